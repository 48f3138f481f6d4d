import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.listening.history_files.rows import FailedRow, ListenRow, SkippedRow, ThumbRow
from tests.service.listening.history_files.exported import rows_of
from tests.service.small_library import listen_line, write_lines

WHEN = 1_700_000_000
MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
MSID = "d23f4719-9212-49f0-ad08-ddbfbfc50d6f"


def export(path: Path, entries: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in entries.items():
            written.writestr(name, text)
    return path


def only_row(tmp_path: Path, row: object) -> object:
    # Beside a row that says what the file is.
    path = write_lines(tmp_path / "one.jsonl", [json.dumps(row), listen_line("x", "y", WHEN)])
    return rows_of(path)[0]


def test_a_zip_gives_its_months_in_order_and_thumbs_last(tmp_path: Path) -> None:
    path = export(
        tmp_path / "listenbrainz_ada_1.zip",
        {
            "feedback.jsonl": json.dumps({"recording_mbid": MBID, "score": 1, "created": WHEN}),
            "user.json": json.dumps({"user_id": 1, "username": "ada"}),
            "listens/2023/11.jsonl": json.dumps(listen_line("later", "A", WHEN)),
            "listens/2023/2.jsonl": json.dumps(listen_line("earlier", "A", WHEN - 1)),
            "pinned_recording.jsonl": json.dumps({"recording_mbid": MBID, "pinned_until": WHEN}),
        },
    )
    first, second, thumb, pinned = rows_of(path)
    assert isinstance(first, ListenRow)
    assert isinstance(second, ListenRow)
    assert (first.event.title, second.event.title) == ("earlier", "later")
    assert thumb == ThumbRow("up", datetime.fromtimestamp(WHEN, UTC), MBID, None)
    assert pinned == SkippedRow("pinned_recording")


def test_broken_lines_are_named_and_do_not_hide_the_others(tmp_path: Path) -> None:
    broken = ["{", '{"listened_at": 17', "[]", "null", '"' + "x" * 70_000 + '"', '{"a": NaN}']
    lines = [listen_line("First", "A", WHEN), *broken, listen_line("Last", "A", WHEN + 1)]
    first, *bad, last = rows_of(write_lines(tmp_path / "1.jsonl", lines))
    assert isinstance(first, ListenRow)
    assert isinstance(last, ListenRow)
    assert [row.line for row in bad if isinstance(row, FailedRow)] == [2, 3, 4, 5, 6, 7]


def test_the_old_single_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ada_lb-2020-01-01.json"
    path.write_text(json.dumps([listen_line("Song", "A", WHEN), {"listened_at": WHEN}]), encoding="utf-8-sig")
    good, bad = rows_of(path)
    assert isinstance(good, ListenRow)
    assert bad == FailedRow(path.name, 2, "no track_metadata")


def test_all_that_a_listen_tells_is_kept(tmp_path: Path) -> None:
    line = listen_line(
        " Song ",
        "A",
        WHEN,
        duration_ms=200_500,
        duration_played=190,
        isrc="GB-AYE-06-01498",
        recording_mbid="not one",
    )
    line["track_metadata"] |= {
        "release_name": "Album",
        "recording_msid": MSID,
        "mbid_mapping": {"recording_mbid": MBID},
    }
    row = only_row(tmp_path, line)
    assert isinstance(row, ListenRow)
    event = row.event
    assert event.listened_at == datetime.fromtimestamp(WHEN, UTC)
    assert (event.title, event.album, event.isrc) == ("Song", "Album", "GBAYE0601498")
    assert (event.track_seconds, event.played_seconds, event.skipped) == (200.5, 190.0, False)
    assert (event.recording_mbid, row.recording_msid) == (MBID, MSID)


@pytest.mark.parametrize(
    ("info", "skipped"),
    [
        ({"duration": 200, "duration_played": 20}, True),
        ({"duration": 200, "duration_played": 20, "skipped": False}, False),
        ({"skipped": True}, True),
        ({"duration": "long", "duration_played": -5}, False),
        ({}, False),
    ],
)
def test_a_skip_is_kept_as_one(info: dict[str, object], skipped: bool, tmp_path: Path) -> None:
    row = only_row(tmp_path, listen_line("Song", "A", WHEN, **info))
    assert isinstance(row, ListenRow)
    assert row.event.skipped is skipped


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"track_metadata": {"track_name": "x", "artist_name": "y"}}, "playing_now"),
        (listen_line("x", "y", 0), "clock_not_set"),
        (listen_line("x", "y", 1_000_000_000), "clock_not_set"),
    ],
)
def test_rows_that_are_no_listens_are_skipped_with_their_reason(
    row: object, reason: str, tmp_path: Path
) -> None:
    assert only_row(tmp_path, row) == SkippedRow(reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{not json", "not JSON"),
        ("[" * 30_000, "not JSON"),
        ('"text"', "not an object"),
        ("{}", "no track_metadata"),
        (json.dumps(listen_line("", "y", WHEN)), "no track_name"),
        (json.dumps(listen_line("x", "y", 10**30)), "listened_at is not a time"),
        (json.dumps(listen_line("x", "y", WHEN)).replace(str(WHEN), "NaN", 1), "listened_at is not a number"),
        (
            json.dumps(listen_line("x", "y", WHEN)).replace(str(WHEN), "true", 1),
            "listened_at is not a number",
        ),
        ('{"score": 7, "created": 1}', "a score other than 1, 0 and -1"),
        ('{"score": [], "created": 1}', "a score other than 1, 0 and -1"),
        (json.dumps({"long": "x" * 70_000}), "longer than 64 kB"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(text: str, reason: str, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "11.jsonl", [listen_line("x", "y", WHEN), "", text, listen_line("z", "y", WHEN)]
    )
    first, failed, last = rows_of(path)
    assert failed == FailedRow("11.jsonl", 3, reason)
    assert isinstance(first, ListenRow)
    assert isinstance(last, ListenRow)


def test_bytes_that_are_no_text_are_a_failed_row(tmp_path: Path) -> None:
    path = tmp_path / "11.jsonl"
    path.write_bytes(json.dumps(listen_line("x", "y", WHEN)).encode() + b"\n\xff\xfe\n")
    assert rows_of(path)[1] == FailedRow("11.jsonl", 2, "not UTF-8 text")


def test_a_single_file_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(
        json.dumps([listen_line("x", "y", WHEN), listen_line("z", "y", WHEN)])[:-40], encoding="utf-8"
    )
    good, failed = rows_of(path)
    assert isinstance(good, ListenRow)
    assert failed == FailedRow("old.json", 2, "not JSON from here to the end of the file")


def test_a_damaged_month_does_not_cost_the_others(tmp_path: Path) -> None:
    rows = "".join(
        json.dumps(listen_line(f"{n * 7919}", f"{n * 104729}", WHEN + n)) + "\n" for n in range(300)
    )
    path = export(tmp_path / "e.zip", {"listens/2023/1.jsonl": rows, "listens/2023/2.jsonl": rows})
    content = bytearray(path.read_bytes())
    content[2_000:2_010] = b"\x00" * 10
    path.write_bytes(content)
    parsed = rows_of(path)
    assert sum(isinstance(row, ListenRow) for row in parsed) >= 300
    assert any(isinstance(row, FailedRow) and row.file == "listens/2023/1.jsonl" for row in parsed)
