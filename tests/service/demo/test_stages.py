from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import pytest

from service.demo.listeners import EVENING
from service.demo.sign_in import prepare_listeners
from service.demo.stages import FIRST_TRACKS, remaining_stages
from service.settings import Settings
from service.store.database import open_database
from service.store.tables import Track
from tests.service.demo.inline import done

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_what_the_first_listener_plays_most_comes_before_all_else_and_nothing_is_done_twice(
    sqlite_settings: Settings,
) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    stages = remaining_stages(database, sqlite_settings, NOW)
    for stage in islice(stages, 3):
        for request in stage.requests:
            done(database, sqlite_settings, request)
    listening = next(stages)
    assert listening.name == "embed"
    (request,) = listening.requests
    with database.session(read_only=True) as db_session:
        tracks = [db_session.get_one(Track, track_id) for track_id in request.payload["track_ids"]]
    assert len(tracks) == FIRST_TRACKS
    slugs = {track.display_path.rpartition("/")[2].partition(".")[0] for track in tracks}
    assert slugs >= set(EVENING.moods[0].slugs[:6])
    assert slugs <= {slug for mood in EVENING.moods for slug in mood.slugs}

    assert next(remaining_stages(database, sqlite_settings, NOW)) == listening
    database.close()
