import numpy as np
import pytest

from service.compositions.requests import read_cluster_taste
from service.errors import InvalidRequest, NotFound
from service.listening.taste import edit_cluster, read_taste
from service.store.database import Database
from service.store.tables import TasteCluster, User
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener
from tests.service.small_library import add_listener as add_plain_listener


@pytest.fixture
def clusters(database: Database) -> tuple[str, str, str]:
    """Anna's id, and the ids of her two clusters."""
    encoder = add_encoder(database)
    anna = add_listener(database, encoder)
    return (
        anna.user.id,
        add_cluster(database, anna, encoder, 1, 0.3),
        add_cluster(database, anna, encoder, 0, 0.7),
    )


def test_a_taste_is_read_largest_first(database: Database, clusters: tuple[str, str, str]) -> None:
    anna, second, first = clusters
    with database.session(read_only=True) as db_session:
        assert [cluster.id for cluster in read_taste(db_session, anna)] == [first, second]


def test_what_is_edited_changes_and_the_rest_stays(
    database: Database, clusters: tuple[str, str, str]
) -> None:
    anna, cluster_id, _ = clusters
    with database.session() as db_session:
        edit_cluster(db_session, anna, cluster_id, name=" sundays ", weight=2.0)
        edit_cluster(db_session, anna, cluster_id, muted=True)
        edited = edit_cluster(db_session, anna, cluster_id, valence=-0.5)
    assert (edited.name, edited.weight, edited.muted) == ("sundays", 2.0, True)
    assert (edited.own_valence, edited.own_arousal) == (-0.5, None)
    # What is heard in its tracks is what was estimated, moved a little by what the house says.
    assert 0.15 < edited.valence < 0.25
    with database.session() as db_session:
        assert db_session.get_one(User, anna).list_revision == 3
        assert edit_cluster(db_session, anna, cluster_id, name=None, valence=None).name is None
        cluster = db_session.get_one(TasteCluster, cluster_id)
        assert (cluster.own_valence, cluster.valence) == (None, 0.25)


def test_a_corrected_emotion_is_what_is_composed_for(
    database: Database, clusters: tuple[str, str, str]
) -> None:
    anna, cluster_id, _ = clusters
    with database.session() as db_session:
        edit_cluster(db_session, anna, cluster_id, arousal=0.75)
        taste = read_cluster_taste(db_session, db_session.get_one(TasteCluster, cluster_id))
    assert (taste.valence, taste.arousal) == (0.25, 0.75)
    assert np.isfinite(taste.vectors).all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "bad_cluster_name"),
        ({"name": "x" * 61}, "bad_cluster_name"),
        ({"name": "a\nb"}, "bad_cluster_name"),
        ({"weight": 0.05}, "weight_out_of_range"),
        ({"weight": 3.5}, "weight_out_of_range"),
        ({"weight": float("nan")}, "weight_out_of_range"),
        ({"valence": 1.5}, "emotion_out_of_range"),
        ({"arousal": float("nan")}, "emotion_out_of_range"),
    ],
)
def test_what_is_out_of_range_is_refused(
    change: dict[str, object], code: str, database: Database, clusters: tuple[str, str, str]
) -> None:
    anna, cluster_id, _ = clusters
    with database.session() as db_session, pytest.raises(InvalidRequest) as caught:
        edit_cluster(db_session, anna, cluster_id, **change)  # type: ignore[arg-type]  # each row is one keyword
    assert caught.value.code == code


def test_another_listeners_taste_is_not_there(database: Database, clusters: tuple[str, str, str]) -> None:
    bob = add_plain_listener(database, "bob")
    with database.session() as db_session, pytest.raises(NotFound) as caught:
        edit_cluster(db_session, bob.id, clusters[1], muted=True)
    assert caught.value.code == "unknown_cluster"
