from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.listening.history_files.rows import FailedRow, SkippedRow, ThumbRow
from tests.service.listening.history_files.exported import event_of, rows_of, written, zipped

WHEN = 1_700_000_000
BEGAN = datetime.fromtimestamp(WHEN, UTC)
MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
ARCHIVE_HEAD = "ISO time\tunixtime\ttrack name\ttrack mbid\tartist name\tartist mbid\tuncorrected track name\talbum name\n"


def test_lastfm_to_csv_has_no_head_and_minutes(tmp_path: Path) -> None:
    path = written(
        tmp_path / "listener.csv",
        '"Artist, One","Album ""One""",Song One,14 Nov 2023 22:13\n'
        "Artist Two,,Song Two,\n"
        "Artist Three,,Song Three,31 Feb 2023 10:00\n"
        "Artist Four,,Song Four,01 Jan 1970 00:00\n"
        "only,three,cells\n",
    )
    good, playing, no_day, no_clock, short = rows_of(path, known_as="lastfm_to_csv")
    event = event_of(good)
    assert (event.artist, event.album, event.title) == ("Artist, One", 'Album "One"', "Song One")
    assert event.listened_at == datetime(2023, 11, 14, 22, 13, tzinfo=UTC)
    assert playing == SkippedRow("playing_now")
    assert no_day == FailedRow("listener.csv", 3, "the fourth column is not a time")
    assert no_clock == SkippedRow("clock_not_set")
    assert short == FailedRow("listener.csv", 5, "3 columns instead of 4")


def test_ghans_table_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path / "recenttracks-listener.csv",
        '\ufeff"uts","utc_time","artist","artist_mbid","album","album_mbid","track","track_mbid"\r\n'
        f'"{WHEN}","14 Nov 2023, 22:13","Artist One","","Album One","","Song One","{MBID}"\r\n'
        '"0","01 Jan 1970, 00:00","Artist One","","","","Song Two",""\r\n'
        '"","","Artist One","","","","Song Three",""\r\n',
    )
    good, no_clock, playing = rows_of(path, known_as="lastfm_ghan")
    event = event_of(good)
    assert (event.listened_at, event.album, event.recording_mbid) == (BEGAN, "Album One", MBID)
    assert no_clock == SkippedRow("clock_not_set")
    assert playing == SkippedRow("playing_now")


def test_ghans_pages_are_read_one_after_the_other(tmp_path: Path) -> None:
    def track(name: str, **more: Any) -> dict[str, Any]:
        names = {"name": name, "artist": {"#text": "Artist One", "mbid": ""}, "album": {"#text": "Album One"}}
        return names | {"mbid": "", "date": {"uts": str(WHEN), "#text": "14 Nov 2023, 22:13"}} | more

    pages = [
        {"track": [track("Song One"), track("Song Two", date=None, **{"@attr": {"nowplaying": "true"}})]},
        {"track": [track("Song Three"), track("", mbid=MBID)]},
    ]
    first, playing, third, nameless = rows_of(
        written(tmp_path / "recent.json", pages), known_as="lastfm_ghan"
    )
    assert [event_of(first).title, event_of(third).title] == ["Song One", "Song Three"]
    assert event_of(first).listened_at == BEGAN
    assert playing == SkippedRow("playing_now")
    assert nameless == FailedRow("recent.json", 4, "no track")


def test_the_old_archive_has_plays_then_thumbs_and_counts_without_times(tmp_path: Path) -> None:
    row = f"2023-11-14T22:13:20\t{WHEN}\tSong One\t{MBID}\tArtist One\t\tSong 1\tAlbum One\n"
    path = zipped(
        tmp_path / "lastfm.zip",
        {
            "data/banned_tracks.tsv": ARCHIVE_HEAD + row.replace("One", "Two"),
            "data/bootstraps.tsv": "track name\tartist name\tplaycount\nSong One\tArtist One\t7\n",
            "data/loved_tracks.tsv": ARCHIVE_HEAD + row,
            "data/scrobbles.tsv": ARCHIVE_HEAD + row,
        },
    )
    count, play, down, up = rows_of(path, known_as="lastfm_archive")
    assert count == SkippedRow("count_without_times")
    assert (event_of(play).listened_at, event_of(play).album) == (BEGAN, "Album One")
    assert down == ThumbRow("down", BEGAN, MBID, title="Song Two", artist="Artist Two")
    assert up == ThumbRow("up", BEGAN, MBID, title="Song One", artist="Artist One")


@pytest.mark.parametrize("name", ["loved_tracks.tsv", "scrobbles.tsv"])
def test_a_file_of_the_archive_alone_is_known_by_its_name(name: str, tmp_path: Path) -> None:
    row = f"2023-11-14T22:13:20\t{WHEN}\tSong One\t\tArtist One\t\t\t\n"
    (only,) = rows_of(written(tmp_path / name, ARCHIVE_HEAD + row), known_as="lastfm_archive")
    assert isinstance(only, ThumbRow) is ("loved" in name)
