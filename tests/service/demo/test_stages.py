from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.demo.listeners import EVENING
from service.demo.sign_in import prepare_listeners
from service.demo.stages import FIRST_TRACKS, remaining_stages
from service.jobs import embed_tracks
from service.settings import Settings
from service.store.database import open_database
from tests.service.demo.inline import done

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_the_first_piece_takes_what_its_listener_plays_most_and_nothing_is_done_twice(
    sqlite_settings: Settings,
) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    first = next(remaining_stages(database, sqlite_settings, NOW))
    kinds = [
        "lay_out_music",
        "scan_library",
        "invent_histories",
        "embed_tracks",
        "update_taste",
        "compose_music",
    ]
    assert [request.kind for request in first.requests] == kinds
    for request in first.requests[:3]:
        done(database, sqlite_settings, request)

    again = next(remaining_stages(database, sqlite_settings, NOW))
    assert [request.kind for request in again.requests] == kinds[3:]
    heard = embed_tracks.load_inputs(database, sqlite_settings, dict(again.requests[0].payload))
    slugs = {Path(track.file_name).stem for track in heard.tracks}
    assert len(slugs) == FIRST_TRACKS
    assert slugs >= set(EVENING.moods[0].slugs[:6])
    assert slugs <= {slug for mood in EVENING.moods for slug in mood.slugs}
    database.close()
