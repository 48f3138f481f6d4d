import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.listening.history_files.rows import FailedRow, ReadingOptions, SkippedRow
from tests.service.listening.history_files.exported import event_of, rows_of, spotify_row, written, zipped

AUDIO = "Streaming_History_Audio_2023_1.json"


@pytest.fixture
def in_new_york() -> Iterator[None]:
    os.putenv("TZ", "America/New_York")
    time.tzset()
    yield
    os.unsetenv("TZ")
    time.tzset()


def only_row(tmp_path: Path, **fields: Any) -> Any:
    (row,) = rows_of(written(tmp_path / AUDIO, [spotify_row(**fields)]), known_as="spotify_extended")
    return row


@pytest.mark.usefixtures("in_new_york")
def test_a_time_is_the_end_of_the_play_in_utc_wherever_the_house_is(tmp_path: Path) -> None:
    event = event_of(only_row(tmp_path))
    assert event.listened_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    account = [{"endTime": "2023-11-14 22:16", "artistName": "A", "trackName": "S", "msPlayed": 60_000}]
    (row,) = rows_of(written(tmp_path / "StreamingHistory_music_0.json", account), known_as="spotify_account")
    assert event_of(row).listened_at == datetime(2023, 11, 14, 22, 15, tzinfo=UTC)


def test_what_was_played_is_kept_and_nothing_of_where_or_with_what(tmp_path: Path) -> None:
    event = event_of(only_row(tmp_path))
    assert (event.title, event.artist, event.album) == ("Song One", "Artist One", "Album One")
    assert (event.played_seconds, event.track_seconds, event.skipped) == (200.0, None, False)
    told = repr(event)
    assert not [secret for secret in ("192.0.2.77", "ZZ", "agent-of-one", "listener-one") if secret in told]


@pytest.mark.parametrize(
    ("fields", "skipped"),
    [
        ({"ms_played": 9_000, "reason_end": "fwdbtn", "skipped": True}, True),
        ({"ms_played": 9_000, "reason_end": "endplay"}, True),
        ({"ms_played": 9_000, "reason_end": "trackdone"}, False),
        ({"ms_played": 150_000, "reason_end": "fwdbtn", "skipped": True}, False),
        ({"ms_played": 0, "reason_end": "none"}, True),
        ({"ms_played": 9_000, "reason_end": []}, True),
    ],
)
def test_what_was_left_within_half_a_minute_is_a_skip_unless_the_track_is_that_short(
    fields: dict[str, Any], skipped: bool, tmp_path: Path
) -> None:
    assert event_of(only_row(tmp_path, **fields)).skipped is skipped


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"incognito_mode": True}, "incognito"),
        ({"master_metadata_track_name": None, "episode_name": "Talk One"}, "podcast"),
        ({"master_metadata_track_name": None, "audiobook_title": "Book One"}, "audiobook"),
        ({"master_metadata_track_name": None}, "no_track_named"),
        ({"ts": "1970-01-01T00:10:00Z"}, "clock_not_set"),
        ({"ms_played": 0, "reason_end": "trackerror"}, "playback_error"),
    ],
)
def test_what_is_not_wanted_is_skipped_with_its_reason(
    fields: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assert only_row(tmp_path, **fields) == SkippedRow(reason)


def test_private_listening_comes_in_where_that_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / AUDIO, [spotify_row(incognito_mode=True)])
    (row,) = rows_of(path, ReadingOptions(include_private=True))
    assert event_of(row).title == "Song One"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ts": "yesterday"}, "ts is not a time"),
        ({"ts": 1_700_000_000}, "ts is not a time"),
        ({"ms_played": -4}, "ms_played is not a length"),
        ({"ms_played": "long"}, "ms_played is not a length"),
        ({"master_metadata_album_artist_name": ""}, "no master_metadata_album_artist_name"),
        (
            {"master_metadata_track_name": "x" * 1_001},
            "master_metadata_track_name is longer than 1000 characters",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_number(
    fields: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assert only_row(tmp_path, **fields) == FailedRow(AUDIO, 1, reason)


def test_a_zip_gives_all_its_audio_and_counts_its_videos(tmp_path: Path) -> None:
    folder = "Spotify Extended Streaming History"
    second = spotify_row(master_metadata_track_name="Song Two")
    path = zipped(
        tmp_path / "my_spotify_data.zip",
        {
            f"{folder}/Streaming_History_Audio_2023_1.json": written(
                tmp_path / "1", [spotify_row()]
            ).read_bytes(),
            f"{folder}/endsong_0.json": written(tmp_path / "2", [second]).read_bytes(),
            f"{folder}/Streaming_History_Video_2023.json": written(tmp_path / "3", [second]).read_bytes(),
            f"{folder}/ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF-1.4",
        },
    )
    first, video, last = rows_of(path, known_as="spotify_extended")
    assert [event_of(first).title, event_of(last).title] == ["Song One", "Song Two"]
    assert video == SkippedRow("video")


def test_account_data_tells_podcasts_from_music_and_skips_from_plays(tmp_path: Path) -> None:
    rows = [
        {
            "endTime": "2024-02-01 10:00",
            "artistName": "Artist One",
            "trackName": "Song One",
            "msPlayed": 4_000,
        },
        {"endTime": "2024-02-01 10:00", "podcastName": "Talk", "episodeName": "One", "msPlayed": 4_000},
        {
            "endTime": "2024-02-31 10:00",
            "artistName": "Artist One",
            "trackName": "Song One",
            "msPlayed": 4_000,
        },
    ]
    skip, podcast, broken = rows_of(written(tmp_path / "StreamingHistory0.json", rows))
    assert event_of(skip).skipped
    assert podcast == SkippedRow("podcast")
    assert broken == FailedRow("StreamingHistory0.json", 3, "endTime is not a time")
