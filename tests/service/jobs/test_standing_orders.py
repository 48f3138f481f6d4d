from pathlib import Path

import pytest
from sqlalchemy import select

from service.jobs import standing_orders, tidy
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Job
from tests.service.compositions.pieces import Shelf
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener


@pytest.fixture
def shelf(database: Database, store_settings: Settings) -> Shelf:
    encoder_id = add_encoder(database)
    listener = add_listener(database, encoder_id)
    cluster_id = add_cluster(database, listener, encoder_id, 0, 1.0)
    return Shelf(database, store_settings.media_dir, listener.user.id, cluster_id)


def look(shelf: Shelf, settings: Settings) -> dict[str, int]:
    request = job_requests.standing_orders()
    return run_inline(shelf.database, settings, standing_orders, request.payload, lambda *_: None)


def queued(shelf: Shelf) -> list[Job]:
    with shelf.database.session(read_only=True) as db_session:
        return list(db_session.scalars(select(Job).where(Job.kind == "compose_music")))


def test_an_old_piece_goes_and_a_new_one_is_asked_for_once(shelf: Shelf, store_settings: Settings) -> None:
    old = shelf.add(days_ago=store_settings.keep_unheard_days + 1, size_bytes=100)
    first = look(shelf, store_settings)
    assert (first["expired"], first["asked_for"], first["composed_bytes"]) == (1, 1, 0)
    assert not (store_settings.media_dir / old.media_paths["flac"]).exists()
    assert look(shelf, store_settings)["asked_for"] == 0
    (job,) = queued(shelf)
    assert (job.user_id, job.payload["cluster_id"]) == (shelf.user_id, shelf.cluster_id)
    assert job.payload["occasion"] == "standing"


def test_with_no_room_nothing_is_asked_for(shelf: Shelf, store_settings: Settings) -> None:
    full = store_settings.model_copy(update={"composed_megabytes": 1})
    shelf.change(shelf.add(size_bytes=1_100_000), cluster_id=None)
    assert look(shelf, full) == {"expired": 0, "asked_for": 0, "composed_bytes": 1_100_000}
    assert look(shelf, store_settings)["asked_for"] == 1


def test_tidying_removes_what_nothing_refers_to(shelf: Shelf, store_settings: Settings) -> None:
    lost = Path(store_settings.media_dir) / "composed" / "lost"
    lost.mkdir(parents=True)
    result = run_inline(shelf.database, store_settings, tidy, job_requests.tidy().payload, lambda *_: None)
    assert result == {
        "jobs_forgotten": 0,
        "egress_forgotten": 0,
        "media_removed": 0,
        "uploads_removed": 0,
    }
    assert lost.exists()
