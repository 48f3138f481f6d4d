import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from service.accounts.people import add_user
from service.demo.histories import History, KnownTrack, draw_history, export_bytes
from service.demo.listeners import EVENING, LISTENERS, MORNING, Listener
from service.listening.history_import import import_history
from service.settings import Settings
from service.store.database import open_database

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
TRACKS = {
    slug: KnownTrack(title=slug, artist=f"Artist of {slug}", album="Album", seconds=31.5)
    for listener in LISTENERS
    for mood in listener.moods
    for slug in mood.slugs
}


def _history(listener: Listener, seed: int = 7) -> History:
    return draw_history(listener, TRACKS, now=NOW, rng=np.random.default_rng(seed))


def _plays(history: History) -> set[str]:
    return {row["track_metadata"]["track_name"] for row in history.listens}


@pytest.mark.parametrize("listener", LISTENERS, ids=lambda listener: listener.name)
def test_a_listener_has_a_few_hundred_listens_in_the_eight_weeks_before_now(listener: Listener) -> None:
    moments = [datetime.fromtimestamp(row["listened_at"], UTC) for row in _history(listener).listens]
    assert 200 <= len(moments) <= 450
    assert moments == sorted(moments)
    assert NOW - timedelta(weeks=9) < moments[0]
    assert NOW - timedelta(weeks=1) < moments[-1] < NOW


def test_the_listeners_hear_different_music_at_different_hours_with_some_in_common() -> None:
    evening, morning = _history(EVENING), _history(MORNING)
    hours = [
        np.median([datetime.fromtimestamp(row["listened_at"], UTC).hour for row in history.listens])
        for history in (evening, morning)
    ]
    assert hours[0] >= 18
    assert hours[1] <= 10
    common = _plays(evening) & _plays(morning)
    assert 1 <= len(common) <= 0.4 * len(_plays(evening) | _plays(morning))


@pytest.mark.parametrize("listener", LISTENERS, ids=lambda listener: listener.name)
def test_each_listener_skips_some_and_has_thumbs_both_ways(listener: Listener) -> None:
    history = _history(listener)
    played = [row["track_metadata"]["additional_info"]["duration_played"] for row in history.listens]
    assert 0.03 < np.mean(np.array(played) < 31.5 / 2) < 0.3
    assert {row["score"] for row in history.feedback} == {1, -1}


def test_the_same_seed_and_time_give_the_same_file_byte_for_byte() -> None:
    assert export_bytes("evening", _history(EVENING)) == export_bytes("evening", _history(EVENING))
    assert export_bytes("evening", _history(EVENING, 8)) != export_bytes("evening", _history(EVENING, 7))


def test_the_file_has_the_layout_of_a_listenbrainz_export() -> None:
    history = _history(EVENING)
    with zipfile.ZipFile(BytesIO(export_bytes("evening", history))) as archive:
        names = archive.namelist()
        rows = [
            json.loads(line)
            for name in names
            if name.startswith("listens/")
            for line in archive.read(name).splitlines()
        ]
    assert names[0] == "user.json"
    assert "listens/2026/2.jsonl" in names
    assert rows == history.listens


def test_the_importer_takes_every_row_of_the_file(sqlite_settings: Settings, tmp_path: Path) -> None:
    history = _history(MORNING)
    path = tmp_path / "morning.zip"
    path.write_bytes(export_bytes("morning", history))
    database = open_database(sqlite_settings)
    with database.session() as db_session:
        report = import_history(db_session, add_user(db_session, "morning").id, path, NOW)
    database.close()
    assert report.failed == 0
    assert report.listens == len(history.listens)
    assert report.skips > 0
