from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from service.compositions.keeping import SCREENED_OUT
from service.compositions.standing_orders import MOST_QUEUED, TRIED_LATELY, missing_pieces
from service.operations.job_queue import cancel, end_job, enqueue
from service.operations.job_requests import BULK, compose_music
from service.settings import load_settings
from service.store.database import Database
from service.store.tables import Job, TasteCluster, User, utc_now
from tests.service.compositions.pieces import Shelf
from tests.service.compositions.tastes import Listener, add_cluster, add_encoder, add_listener

SETTINGS = load_settings(composed_seconds=30.0)


class Tastes:
    """A listener with a large taste, a small one and one that is muted, who wants one fresh piece for each."""

    def __init__(self, database: Database, media_dir: Path) -> None:
        self.database = database
        encoder_id = add_encoder(database)
        self.listener: Listener = add_listener(database, encoder_id)
        self.large, self.small, self.muted = (
            add_cluster(database, self.listener, encoder_id, position, share, muted=position == 2)
            for position, share in enumerate((0.6, 0.3, 0.1))
        )
        self._media_dir = media_dir

    def want(self, fresh_per_taste: int) -> None:
        with self.database.session() as db_session:
            db_session.get_one(User, self.listener.user.id).fresh_per_taste = fresh_per_taste

    def shelf(self, cluster_id: str) -> Shelf:
        return Shelf(self.database, self._media_dir, self.listener.user.id, cluster_id)

    def missing(self, *, later: timedelta = timedelta(0)) -> list[str]:
        with self.database.session(read_only=True) as db_session:
            requests = missing_pieces(db_session, SETTINGS, utc_now() + later)
        assert all(request.priority == BULK for request in requests)
        assert all(request.payload["seconds"] == 30.0 for request in requests)
        return [request.payload["cluster_id"] for request in requests]

    def ask(self, occasion: str) -> str:
        with self.database.session() as db_session:
            request = compose_music(self.listener.user.id, cluster_id=self.large, occasion=occasion)
            return enqueue(db_session, request).id


@pytest.fixture
def tastes(database: Database, tmp_path: Path) -> Tastes:
    return Tastes(database, tmp_path)


def test_each_taste_that_is_not_muted_wants_its_pieces_those_with_none_first(tastes: Tastes) -> None:
    assert tastes.missing() == [tastes.large, tastes.small]
    tastes.want(2)
    assert tastes.missing() == [tastes.large, tastes.small, tastes.large, tastes.small]
    tastes.want(9)
    assert len(tastes.missing()) == MOST_QUEUED
    assert Counter(tastes.missing())[tastes.small] == MOST_QUEUED // 2
    tastes.want(0)
    assert tastes.missing() == []


def test_a_piece_counts_until_it_is_played_or_handed_out_or_gone(tastes: Tastes) -> None:
    shelf = tastes.shelf(tastes.large)
    played, handed_out, gone = (shelf.add() for _ in range(3))
    assert tastes.missing() == [tastes.small]
    shelf.play(played)
    shelf.change(handed_out, handed_out_at=utc_now())
    assert tastes.missing() == [tastes.small]
    shelf.change(gone, expired_at=utc_now())
    assert tastes.missing() == [tastes.large, tastes.small]


def test_what_waits_for_review_counts_and_what_was_screened_out_for_a_while(tastes: Tastes) -> None:
    tastes.shelf(tastes.large).add(passed=False)
    rejected = tastes.shelf(tastes.small).add(passed=False, review_policy="none")
    assert rejected.state == "rejected"
    assert SCREENED_OUT
    assert tastes.missing() == []
    assert tastes.missing(later=TRIED_LATELY + timedelta(minutes=1)) == [tastes.small]


def test_what_is_queued_counts_whoever_asked_and_what_failed_for_a_while(tastes: Tastes) -> None:
    asked = tastes.ask("asked")
    assert tastes.missing() == [tastes.small]
    with tastes.database.session() as db_session:
        cancel(db_session, db_session.get_one(Job, asked))
    assert tastes.missing() == [tastes.large, tastes.small]
    failed = tastes.ask("standing")
    with tastes.database.session() as db_session:
        end_job(db_session, db_session.get_one(Job, failed), "failed", error_code="weights_missing")
    assert tastes.missing() == [tastes.small]
    assert tastes.missing(later=TRIED_LATELY + timedelta(minutes=1)) == [tastes.large, tastes.small]


def test_only_a_few_wait_at_a_time(tastes: Tastes) -> None:
    tastes.want(9)
    for _ in range(MOST_QUEUED - 1):
        tastes.ask("standing")
    assert len(tastes.missing()) == 1
    tastes.ask("standing")
    assert tastes.missing() == []


def test_a_taste_that_is_gone_is_not_composed_for(tastes: Tastes) -> None:
    with tastes.database.session() as db_session:
        db_session.delete(db_session.get_one(TasteCluster, tastes.large))
    assert tastes.missing() == [tastes.small]


def test_nothing_is_composed_for_whoever_is_turned_away_or_has_no_room(tastes: Tastes) -> None:
    def change(**values: object) -> None:
        with tastes.database.session() as db_session:
            user = db_session.get_one(User, tastes.listener.user.id)
            for name, value in values.items():
                setattr(user, name, value)

    change(disabled_at=utc_now())
    assert tastes.missing() == []
    change(disabled_at=None, composed_megabytes=0)
    assert tastes.missing() == []
    change(composed_megabytes=1)
    assert tastes.missing() == [tastes.large, tastes.small]
