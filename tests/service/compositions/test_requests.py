import numpy as np
import pytest

from service.compositions.requests import (
    NEAREST_TRACKS,
    check_seconds,
    choose_cluster,
    cluster_at,
    read_cluster_taste,
    titles_of,
)
from service.errors import Conflict, InvalidRequest, NotFound
from service.store.database import Database
from service.store.tables import TasteCluster
from tests.service.compositions.tastes import (
    Listener,
    add_cluster,
    add_encoder,
    add_listener,
    add_track,
    vector,
)


@pytest.fixture
def encoder_id(database: Database) -> str:
    return add_encoder(database)


@pytest.fixture
def listener(database: Database, encoder_id: str) -> Listener:
    return add_listener(database, encoder_id)


@pytest.mark.parametrize("seconds", [0.0, 9.99, 600.01, 10_000.0, -60.0, float("nan"), float("inf")])
def test_a_length_that_is_not_composed_is_refused_in_one_sentence(seconds: float) -> None:
    with pytest.raises(InvalidRequest, match="10 to 600 seconds") as caught:
        check_seconds(seconds)
    assert caught.value.code == "seconds_out_of_range"


@pytest.mark.parametrize("seconds", [10.0, 60.0, 600.0])
def test_a_length_in_range_is_accepted(seconds: float) -> None:
    check_seconds(seconds)


def test_a_listener_without_taste_is_told_so(database: Database, listener: Listener) -> None:
    with database.session(read_only=True) as db_session, pytest.raises(Conflict) as caught:
        choose_cluster(db_session, listener.user, None)
    assert caught.value.code == "no_taste_yet"


def test_a_cluster_that_does_not_exist_is_named(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    add_cluster(database, listener, encoder_id, 0, 1.0)
    for position in (-1, 1, 99):
        with database.session(read_only=True) as db_session, pytest.raises(NotFound) as caught:
            cluster_at(db_session, listener.user, position)
        assert caught.value.code == "no_such_cluster"


def test_the_largest_cluster_that_is_not_muted_is_chosen(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    first = add_cluster(database, listener, encoder_id, 0, 0.6, muted=True)
    second = add_cluster(database, listener, encoder_id, 1, 0.3)
    add_cluster(database, listener, encoder_id, 2, 0.1)
    with database.session(read_only=True) as db_session:
        assert choose_cluster(db_session, listener.user, None).id == second
        assert choose_cluster(db_session, listener.user, first).muted


def test_when_all_is_muted_nothing_is_composed_unasked(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    add_cluster(database, listener, encoder_id, 0, 1.0, muted=True)
    with database.session(read_only=True) as db_session, pytest.raises(Conflict) as caught:
        choose_cluster(db_session, listener.user, None)
    assert caught.value.code == "all_clusters_muted"


def test_the_tracks_nearest_the_medoid_are_read_the_medoid_first(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    cluster_id = add_cluster(database, listener, encoder_id, 0, 1.0)
    with database.session(read_only=True) as db_session:
        taste = read_cluster_taste(db_session, db_session.get_one(TasteCluster, cluster_id))
    expected = np.stack(list(listener.vectors.values())[:NEAREST_TRACKS])
    assert np.allclose(taste.vectors, expected)
    assert np.allclose(taste.tempo_bpm, 100.0 + expected[:, 0])
    assert taste.words == "words 0"
    assert (taste.valence, taste.arousal) == (0.25, -1.0)
    assert not taste.is_major.any()


def test_composed_tracks_do_not_steer_what_is_composed_next(
    database: Database, listener: Listener, encoder_id: str
) -> None:
    own = vector(1.0, 0.001, 0.0)
    listener.vectors[add_track(database, encoder_id, own, owner=listener.user.id)] = own
    cluster_id = add_cluster(database, listener, encoder_id, 0, 1.0)
    with database.session(read_only=True) as db_session:
        taste = read_cluster_taste(db_session, db_session.get_one(TasteCluster, cluster_id))
    assert not np.isclose(taste.vectors, own, atol=1e-5).all(axis=1).any()


def test_a_listener_without_compositions_has_no_titles(database: Database, listener: Listener) -> None:
    with database.session(read_only=True) as db_session:
        assert titles_of(db_session, listener.user) == frozenset()
