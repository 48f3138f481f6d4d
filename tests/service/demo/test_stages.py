from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.demo import invent_histories
from service.demo.listeners import EVENING
from service.demo.sign_in import prepare_listeners
from service.demo.stages import remaining_stages
from service.settings import Settings
from service.store.database import open_database
from service.store.tables import Track
from tests.service.demo.inline import done

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def test_the_first_piece_follows_from_what_its_listener_plays_most_and_nothing_is_done_twice(
    sqlite_settings: Settings,
) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    first = next(remaining_stages(database, sqlite_settings, NOW))
    lay_out, scan, histories = first.requests
    for request in (lay_out, scan):
        done(database, sqlite_settings, request)
    result = done(database, sqlite_settings, histories)

    chain = invent_histories.follow_ups(result, dict(histories.payload))
    assert [request.kind for request in chain] == ["embed_tracks", "update_taste", "compose_music"]
    assert [request.singleton_key for request in chain] == [None] * 3
    assert min(request.priority for request in chain) > scan.priority >= histories.priority
    with database.session(read_only=True) as db_session:
        heard = [db_session.get_one(Track, track_id) for track_id in chain[0].payload["track_ids"]]
    slugs = {Path(track.file_name).stem for track in heard}
    assert len(slugs) == invent_histories.FIRST_TRACKS
    assert slugs >= set(EVENING.moods[0].slugs[:6])
    assert slugs <= {slug for mood in EVENING.moods for slug in mood.slugs}

    after = next(remaining_stages(database, sqlite_settings, NOW))
    assert {request.kind for request in after.requests} == {"render_scores"}
    assert len(after.requests) > 10
    database.close()
