import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.errors import InvalidRequest
from service.listening.history_files.rows import FailedRow, SkippedRow, ThumbRow
from tests.service.listening.history_files.exported import event_of, rows_of, written, zipped

COLUMNS = (
    "Album Name",
    "End Reason Type",
    "Event End Timestamp",
    "Event Start Timestamp",
    "Event Type",
    "IP City",
    "IP Latitude",
    "Media Duration In Milliseconds",
    "Media Type",
    "Play Duration Milliseconds",
    "Song Name",
    "UTC Offset In Seconds",
)
PLAY = {
    "Album Name": "Album One",
    "End Reason Type": "NATURAL_END_OF_TRACK",
    "Event End Timestamp": "2023-11-14T22:16:40.123456789Z",
    "Event Start Timestamp": "2023-11-14T22:13:20.123Z",
    "Event Type": "PLAY_END",
    "IP City": "Town One",
    "IP Latitude": "12.5",
    "Media Duration In Milliseconds": "200000",
    "Media Type": "AUDIO",
    "Play Duration Milliseconds": "200000",
    "Song Name": "Song One",
    "UTC Offset In Seconds": "-18000",
}
DAILY = "Country,Track Identifier,Date Played,Play Duration Milliseconds,Track Description\n"


def activity(*plays: dict[str, str]) -> str:
    lines = [",".join(COLUMNS)]
    lines += [",".join(f'"{(PLAY | play)[column]}"' for column in COLUMNS) for play in plays]
    return "\n".join(lines) + "\n"


def only_row(tmp_path: Path, **fields: str) -> Any:
    play = {name.replace("_", " "): value for name, value in fields.items()}
    (row,) = rows_of(
        written(tmp_path / "Apple Music Play Activity.csv", activity(play)), known_as="apple_music"
    )
    return row


def test_a_play_without_an_artist_is_kept_with_title_and_album_and_without_places(tmp_path: Path) -> None:
    event = event_of(only_row(tmp_path))
    assert (event.title, event.artist, event.album) == ("Song One", "", "Album One")
    assert event.listened_at == datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)
    assert (event.played_seconds, event.track_seconds, event.skipped) == (200.0, 200.0, False)
    assert "Town One" not in repr(event)


def test_artists_are_found_in_the_archives_within_the_archive(tmp_path: Path) -> None:
    library = [{"Title": "Song One", "Artist": "Artist One", "Album": "Album One", "Track Duration": 1}]
    inner = zipped(tmp_path / "i", {"Apple Music Library Tracks.json": json.dumps(library)}).read_bytes()
    middle = zipped(
        tmp_path / "m",
        {
            "Apple Music Activity/Apple Music Library Tracks.json.zip": inner,
            "Apple Music Activity/Apple Music - Play History Daily Tracks.csv": DAILY
            + "ZZ,1,20231114,1,Artist Two - Song Two\nZZ,1,20231114,1,Artist - Three - Song Three\n",
            "Apple Music Activity/Apple Music Play Activity.csv": activity(
                {}, {"Song Name": "Song Two"}, {"Song Name": "Song Three"}, {"Song Name": "Song Four"}
            ),
        },
    ).read_bytes()
    path = zipped(tmp_path / "Apple_Media_Services.zip", {"Apple Music Activity.zip": middle})
    rows = rows_of(path, known_as="apple_music")
    assert [event_of(row).artist for row in rows] == ["Artist One", "Artist Two", "Artist - Three", ""]


@pytest.mark.parametrize(
    ("fields", "played", "skipped"),
    [
        ({"End_Reason_Type": "TRACK_SKIPPED_FORWARDS", "Play_Duration_Milliseconds": "9000"}, 9.0, True),
        ({"End_Reason_Type": "TRACK_SKIPPED_FORWARDS", "Play_Duration_Milliseconds": "150000"}, 150.0, False),
        ({"Play_Duration_Milliseconds": "-5000"}, None, False),
        ({"Play_Duration_Milliseconds": "86400000"}, 200.0, False),
    ],
)
def test_lengths_that_no_play_has_are_not_believed(
    fields: dict[str, str], played: float | None, skipped: bool, tmp_path: Path
) -> None:
    event = event_of(only_row(tmp_path, **fields))
    assert (event.played_seconds, event.skipped) == (played, skipped)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Event_Type": "PLAY_START"}, SkippedRow("not_the_end_of_a_play")),
        ({"Media_Type": "VIDEO"}, SkippedRow("video")),
        ({"Song_Name": ""}, SkippedRow("no_track_named")),
        ({"End_Reason_Type": "FAILED_TO_LOAD"}, SkippedRow("playback_error")),
        (
            {"Event_Start_Timestamp": "soon"},
            FailedRow("Apple Music Play Activity.csv", 2, "event start timestamp is not a time"),
        ),
    ],
)
def test_what_is_no_play_is_skipped_or_named(
    fields: dict[str, str], expected: object, tmp_path: Path
) -> None:
    assert only_row(tmp_path, **fields) == expected


def test_where_no_start_is_told_it_is_the_end_less_the_play(tmp_path: Path) -> None:
    event = event_of(only_row(tmp_path, Event_Start_Timestamp=""))
    assert event.listened_at.replace(microsecond=0) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_favourites_are_thumbs(tmp_path: Path) -> None:
    path = written(
        tmp_path / "Apple Music - Favorites.csv",
        "Favorite Type,Item Reference,Item Description,Last Modified,Preference\n"
        "SONG,1,Artist One - Song One,2023-11-14T22:13:20Z,LIKE\n"
        "SONG,2,Artist One - Song Two,2023-11-14T22:13:20Z,DISLIKE\n"
        "ALBUM,3,Artist One - Album One,2023-11-14T22:13:20Z,LIKE\n",
    )
    up, down, album = rows_of(path, known_as="apple_music")
    when = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert up == ThumbRow("up", when, title="Song One", artist="Artist One")
    assert down == ThumbRow("down", when, title="Song Two", artist="Artist One")
    assert album == SkippedRow("favourite_other_than_a_song")


def test_days_alone_are_refused_with_what_to_give_instead(tmp_path: Path) -> None:
    path = written(tmp_path / "Daily.csv", DAILY + "ZZ,1,20231114,1,Artist Two - Song Two\n")
    with pytest.raises(InvalidRequest, match=r"Apple Music Play Activity\.csv") as refused:
        rows_of(path)
    assert refused.value.code == "history_file_incomplete"
