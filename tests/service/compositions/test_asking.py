from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.compositions.requests import MOST_WAITING, next_piece, request_composition
from service.errors import Conflict, InvalidRequest, NotFound, TooManyRequests
from service.listening.listens import ListenEvent, record_listen
from service.listening.thumbs import set_thumb
from service.settings import Settings, load_settings
from service.store.database import Database
from service.store.ids import new_id
from service.store.tables import Composition, Job, ModelVersion, TasteCluster, Track, utc_now
from tests.service.compositions.tastes import (
    Listener,
    add_cluster,
    add_encoder,
    add_listener,
    add_track,
    vector,
)
from tests.service.small_library import add_listener as add_plain_listener


@pytest.fixture
def anna(database: Database) -> Listener:
    return add_listener(database, add_encoder(database))


@pytest.fixture
def cluster_id(database: Database, anna: Listener) -> str:
    return add_cluster(database, anna, _encoder_id(database), 0, 0.7)


def _encoder_id(database: Database) -> str:
    with database.session(read_only=True) as db_session:
        return db_session.scalars(select(ModelVersion.id).where(ModelVersion.kind == "encoder")).one()


def ready(database: Database, user_id: str, cluster_id: str | None, **columns: Any) -> str:
    """A listed piece; returns its track's id."""
    track_id = add_track(database, _encoder_id(database), vector(1.0, 0.0, 0.0), owner=user_id)
    with database.session() as db_session:
        version = ModelVersion(kind="generator", name=new_id(), sha256="1" * 64)
        db_session.add(version)
        db_session.flush()
        values = {
            "state": "listed",
            "seconds": 60.0,
            "seed": 1,
            "engine": "notes",
            "dtype": "float32",
            "threads": 1,
        }
        db_session.add(
            Composition(
                user_id=user_id,
                cluster_id=cluster_id,
                track_id=track_id,
                model_version_id=version.id,
                **(values | columns),
            )
        )
    return track_id


def ask_next(
    database: Database, settings: Settings, anna: Listener, cluster_id: str | None = None
) -> Track | Job:
    with database.session() as db_session:
        return next_piece(db_session, settings, anna.user.id, cluster_id=cluster_id)


def ask(database: Database, settings: Settings, anna: Listener, **wishes: Any) -> Job:
    with database.session() as db_session:
        return request_composition(db_session, settings, anna.user.id, **wishes)


def test_a_request_is_a_job_for_the_largest_taste(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    job = ask(database, store_settings, anna, seconds=30.0, seed=7)
    assert (job.kind, job.user_id, job.state) == ("compose_music", anna.user.id, "queued")
    assert (job.payload["cluster_id"], job.payload["seconds"], job.payload["seed"]) == (cluster_id, 30.0, 7)


def test_what_cannot_be_composed_is_refused(
    database: Database, store_settings: Settings, anna: Listener
) -> None:
    with pytest.raises(Conflict) as caught:
        ask(database, store_settings, anna)
    assert caught.value.code == "no_taste_yet"
    add_cluster(database, anna, _encoder_id(database), 0, 0.7)
    for wishes, error, code in (
        ({"seconds": 5.0}, InvalidRequest, "seconds_out_of_range"),
        ({"seed": -1}, InvalidRequest, "seed_out_of_range"),
        ({"cluster_id": "nothing"}, NotFound, "unknown_cluster"),
    ):
        with pytest.raises(error) as refused:
            ask(database, store_settings, anna, **wishes)
        assert refused.value.code == code


def test_another_listeners_taste_cannot_be_composed_for(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    bob = add_plain_listener(database, "bob")
    add_cluster(database, Listener(bob, anna.vectors), _encoder_id(database), 0, 1.0)
    with database.session() as db_session, pytest.raises(NotFound) as caught:
        request_composition(db_session, store_settings, bob.id, cluster_id=cluster_id)
    assert caught.value.code == "unknown_cluster"


@pytest.mark.usefixtures("cluster_id")
def test_a_day_has_a_quota_which_failures_and_standing_orders_take_no_part_of(
    database: Database, store_settings: Settings, anna: Listener
) -> None:
    few = load_settings(**store_settings.model_dump() | {"daily_compositions": 2})
    ask(database, few, anna, occasion="standing")
    failed = ask(database, few, anna)
    with database.session() as db_session:
        db_session.execute(update(Job).where(Job.id == failed.id).values(state="failed"))
    ask(database, few, anna)
    ask(database, few, anna)
    with pytest.raises(TooManyRequests) as caught:
        ask(database, few, anna)
    assert caught.value.code == "quota_reached"
    assert 0 < caught.value.retry_after_seconds <= 86_400
    with database.session() as db_session:
        db_session.execute(update(Job).values(created_at=utc_now() - timedelta(days=1, minutes=1)))
    assert ask(database, few, anna).state == "queued"


@pytest.mark.usefixtures("cluster_id")
def test_only_so_many_pieces_wait_for_one_listener(
    database: Database, store_settings: Settings, anna: Listener
) -> None:
    for _ in range(MOST_WAITING):
        ask(database, store_settings, anna)
    with pytest.raises(TooManyRequests) as caught:
        ask(database, store_settings, anna)
    assert caught.value.code == "too_many_waiting"


def test_the_oldest_fresh_piece_is_handed_out_once_and_replaced(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    pieces = [ready(database, anna.user.id, cluster_id) for _ in range(2)]
    handed = [ask_next(database, store_settings, anna) for _ in range(3)]
    assert [piece.id for piece in handed[:2]] == pieces
    assert isinstance(handed[2], Job)
    assert handed[2].payload["occasion"] == "next"
    with database.session(read_only=True) as db_session:
        kinds = db_session.scalars(select(Job.kind).order_by(Job.id)).all()
    assert kinds == ["standing_orders", "compose_music"]


@pytest.mark.usefixtures("cluster_id")
@pytest.mark.parametrize(
    "what", ["played", "judged", "held", "expired", "missing", "muted", "another's", "awaited"]
)
def test_what_is_not_fresh_is_not_handed_out(
    what: str, database: Database, store_settings: Settings, anna: Listener
) -> None:
    own = anna.user.id if what != "another's" else add_plain_listener(database, "bob").id
    columns: dict[str, Any] = {
        "held": {"state": "held"},
        "expired": {"expired_at": utc_now()},
        "awaited": {"occasion": "next"},
    }.get(what, {})
    second = add_cluster(database, anna, _encoder_id(database), 1, 0.3)
    track_id = ready(database, own, second, **columns)
    with database.session() as db_session:
        if what == "played":
            event = ListenEvent(utc_now(), "Piece", "studio", "player", track_id=track_id)
            record_listen(db_session, own, event)
        if what == "judged":
            set_thumb(db_session, own, track_id, "down")
        if what == "missing":
            db_session.get_one(Track, track_id).missing_since = utc_now()
        if what == "muted":
            db_session.get_one(TasteCluster, second).muted = True
    assert isinstance(ask_next(database, store_settings, anna), Job)


def test_a_piece_nobody_fetched_from_its_job_is_handed_out_after_an_hour(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    long_ago: datetime = utc_now() - timedelta(hours=2)
    track_id = ready(database, anna.user.id, cluster_id, occasion="next", created_at=long_ago)
    assert ask_next(database, store_settings, anna).id == track_id


def test_a_piece_of_the_taste_asked_for_is_handed_out(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    second = add_cluster(database, anna, _encoder_id(database), 1, 0.3)
    ready(database, anna.user.id, cluster_id)
    wanted = ready(database, anna.user.id, second)
    assert ask_next(database, store_settings, anna, second).id == wanted
    with pytest.raises(NotFound) as caught:
        ask_next(database, store_settings, anna, "nothing")
    assert caught.value.code == "unknown_cluster"


def test_apps_that_ask_at_once_never_get_the_same_piece(
    database: Database, store_settings: Settings, anna: Listener, cluster_id: str
) -> None:
    pieces = {ready(database, anna.user.id, cluster_id) for _ in range(6)}
    with ThreadPoolExecutor(6) as pool:
        handed = list(pool.map(lambda _: ask_next(database, store_settings, anna).id, range(6)))
    assert set(handed) == pieces
    with database.session(read_only=True) as db_session:
        taken = select(func.count()).where(Composition.handed_out_at.is_not(None))
        assert db_session.scalar(taken) == 6
