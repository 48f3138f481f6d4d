from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.listening.history_files.rows import FailedRow, ReadingOptions, SkippedRow
from tests.service.listening.history_files.exported import event_of, rows_of, written, zipped

BEGAN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
PAGE = '<html><head><title>My Activity</title></head><body><div class="mdl-grid">{}</div></body></html>'
CELL = (
    '<div class="outer-cell mdl-cell mdl-cell--12-col"><div class="mdl-grid">'
    '<div class="header-cell mdl-cell"><p class="mdl-typography--title">{header}<br></p></div>'
    '<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">{body}<br>{when}<br></div>'
    '<div class="content-cell mdl-cell mdl-typography--body-1 mdl-typography--text-right"></div>'
    '<div class="content-cell mdl-cell mdl-typography--caption"><b>Products:</b><br>&emsp;YouTube<br></div>'
    "</div></div>"
)
BODY = (
    'Watched\u00a0<a href="https://music.youtube.com/watch?v=1">Song &amp; One</a><br>'
    '<a href="https://www.youtube.com/channel/1">Artist One - Topic</a>'
)
ENGLISH = "Nov 14, 2023, 10:13:20\u202fPM UTC"


def watched(title: str = "Watched Song One", **fields: Any) -> dict[str, Any]:
    return {
        "header": "YouTube Music",
        "title": title,
        "titleUrl": "https://music.youtube.com/watch?v=1",
        "subtitles": [{"name": "Artist One - Topic", "url": "https://www.youtube.com/channel/1"}],
        "time": "2023-11-14T22:13:20.123Z",
        "products": ["YouTube"],
        "activityControls": ["YouTube watch history"],
    } | fields


def page(tmp_path: Path, when: str = ENGLISH, header: str = "YouTube Music", body: str = BODY) -> Path:
    cell = CELL.format(header=header, body=body, when=when)
    return written(tmp_path / "watch-history.html", PAGE.format(cell))


def test_music_is_kept_and_everything_else_that_was_watched_is_not(tmp_path: Path) -> None:
    rows = [
        watched(),
        watched(header="YouTube"),
        watched("Watched https://www.youtube.com/watch?v=2", subtitles=None),
        watched(time="later"),
    ]
    path = zipped(
        tmp_path / "takeout.zip",
        {
            "Takeout/YouTube and YouTube Music/history/watch-history.json": written(
                tmp_path / "w", rows
            ).read_bytes()
        },
    )
    good, video, removed, broken = rows_of(path, known_as="youtube_music")
    event = event_of(good)
    assert (event.title, event.artist, event.skipped) == ("Song One", "Artist One", False)
    assert event.listened_at.replace(microsecond=0) == BEGAN
    assert video == SkippedRow("not_music")
    assert removed == SkippedRow("removed_video")
    assert isinstance(broken, FailedRow)


@pytest.mark.parametrize("around", ["Watched {}", "{} angesehen", "Obejrzano: {}", "Je hebt {} gezien"])
def test_the_word_for_watched_is_taken_off_in_any_language(around: str, tmp_path: Path) -> None:
    names = [f"{'ABCDEFGHIJKL'[number]} song {number}{'mnopqrstuvwx'[number]}" for number in range(12)]
    rows = [watched(around.format(name)) for name in names]
    found = rows_of(written(tmp_path / "watch-history.json", rows))
    assert [event_of(row).title for row in found] == names


@pytest.mark.parametrize(
    "when",
    [
        ENGLISH,
        "14 Nov 2023, 22:13:20 GMT",
        "14.11.2023, 23:13:20 MEZ",
        "14 Nov 2023, 23:13:20 GMT+01:00",
        "Nov 14, 2023, 5:13:20 PM EST",
    ],
)
def test_a_page_is_read_with_the_time_in_its_own_zone(when: str, tmp_path: Path) -> None:
    (row,) = rows_of(page(tmp_path, when), known_as="youtube_music")
    event = event_of(row)
    assert (event.title, event.artist, event.listened_at) == ("Song & One", "Artist One", BEGAN)


def test_a_zone_that_is_not_known_is_the_one_that_the_listener_says(tmp_path: Path) -> None:
    path = page(tmp_path, "14 Nov 2023, 23:13:20 XYZT")
    (failed,) = rows_of(path)
    assert isinstance(failed, FailedRow)
    assert "zone" in failed.reason
    (row,) = rows_of(path, ReadingOptions(time_zone=ZoneInfo("Europe/Berlin")))
    assert event_of(row).listened_at == BEGAN


def test_a_page_in_a_language_that_is_not_known_says_what_to_do(tmp_path: Path) -> None:
    (failed,) = rows_of(page(tmp_path, "2023年11月14日 22:13:20 UTC"))
    assert isinstance(failed, FailedRow)
    assert "JSON" in failed.reason


def test_a_page_of_many_cells_and_one_that_never_ends_loses_none(tmp_path: Path) -> None:
    good = CELL.format(header="YouTube Music", body=BODY, when=ENGLISH)
    endless = CELL.format(header="YouTube Music", body="x" * 300_000, when=ENGLISH)
    other = CELL.format(header="YouTube", body=BODY, when=ENGLISH)
    rows = rows_of(written(tmp_path / "w.html", PAGE.format(good * 200 + endless + good + other)))
    assert len(rows) == 203
    assert {event_of(row).listened_at for row in rows[:200]} == {BEGAN}
    assert rows[200] == FailedRow("w.html", 201, "longer than a row can be")
    assert event_of(rows[201]).title == "Song & One"
    assert rows[202] == SkippedRow("not_music")
