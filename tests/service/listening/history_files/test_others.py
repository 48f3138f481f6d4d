"""Maloja's export and the log of portable players."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.listening.history_files.formats import open_history_file
from service.listening.history_files.rows import FailedRow, ReadingOptions, SkippedRow
from tests.service.listening.history_files.exported import event_of, rows_of, written

WHEN = 1_700_000_000
BEGAN = datetime.fromtimestamp(WHEN, UTC)
MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
LOG = "#AUDIOSCROBBLER/1.1\n#TZ/{zone}\n#CLIENT/Player One $Revision: 1$\n"


def scrobble(**fields: Any) -> dict[str, Any]:
    track = {
        "title": "Song One",
        "artists": ["Artist One", "Artist Two"],
        "length": 200,
        "album": {"albumtitle": "Album One", "artists": ["Artist One"]},
    }
    return {"time": WHEN, "track": track, "duration": 150, "origin": "client:one", "extra": {}} | fields


def test_malojas_scrobbles_are_read(tmp_path: Path) -> None:
    told = {
        "maloja": {"export_time": WHEN},
        "scrobbles": [
            scrobble(),
            scrobble(duration=9),
            scrobble(time=None),
            scrobble(track={"title": "x"}),
            7,
        ],
    }
    path = written(tmp_path / "maloja_export_1.json", told)  # type: ignore[arg-type]  # an object is JSON, too
    good, skip, timeless, nobody, number = rows_of(path, known_as="maloja")
    event = event_of(good)
    assert (event.artist, event.album) == ("Artist One, Artist Two", "Album One")
    assert (event.listened_at, event.played_seconds, event.track_seconds) == (BEGAN, 150.0, 200.0)
    assert event_of(skip).skipped
    assert timeless == FailedRow(path.name, 3, "time is not a number")
    assert nobody == FailedRow(path.name, 4, "no artists")
    assert number == FailedRow(path.name, 5, "not an object")


def log(tmp_path: Path, zone: str, *lines: str) -> Path:
    return written(
        tmp_path / ".scrobbler.log", LOG.format(zone=zone) + "".join(f"{line}\n" for line in lines)
    )


def test_a_players_log_has_plays_and_skips(tmp_path: Path) -> None:
    path = log(
        tmp_path,
        "UTC",
        f"Artist One\tAlbum One\tSong One\t1\t200\tL\t{WHEN}\t{MBID}",
        f"Artist One\t\tSong Two\t\t200\tS\t{WHEN}",
        f"<Untagged>\t\tSong Two\t\t200\tL\t{WHEN}\t",
        "Artist One\t\tSong Two\t\t200\tL\t60\t",
        f"Artist One\t\tSong Two\t\t200\tX\t{WHEN}\t",
        "no tabs",
    )
    play, skip, untagged, no_clock, rating, short = rows_of(path, known_as="scrobbler_log")
    event = event_of(play)
    assert (event.listened_at, event.recording_mbid, event.track_seconds) == (BEGAN, MBID, 200.0)
    assert (event.skipped, event_of(skip).skipped) == (False, True)
    assert (untagged, no_clock) == (SkippedRow("untagged"), SkippedRow("clock_not_set"))
    assert rating == FailedRow(".scrobbler.log", 8, "a rating other than L and S")
    assert short == FailedRow(".scrobbler.log", 9, "1 columns instead of 8")


@pytest.mark.parametrize(
    ("zone", "said", "hour"),
    [
        ("UTC", None, 22),
        ("UTC", "America/New_York", 22),
        ("UNKNOWN", None, 22),
        # The clock showed 22 h in New York, where it was winter.
        ("UNKNOWN", "America/New_York", 3),
    ],
)
def test_a_clock_in_a_zone_that_is_not_named_is_where_the_listener_says(
    zone: str, said: str | None, hour: int, tmp_path: Path
) -> None:
    path = log(tmp_path, zone, f"Artist One\t\tSong One\t\t200\tL\t{WHEN}\t")
    (row,) = rows_of(path, ReadingOptions(time_zone=ZoneInfo(said) if said else None))
    assert event_of(row).listened_at.hour == hour
    with open_history_file(path) as file:
        assert file.lacks_time_zone is (zone == "UNKNOWN")
