import pytest

from service.compositions.wished import Asked, request_wished, taste_named
from service.compositions.wishes import Wish
from service.errors import InvalidRequest
from service.settings import load_settings
from service.store.database import Database
from service.store.tables import TasteCluster
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener


@pytest.fixture
def tastes(database: Database) -> tuple[str, str, str]:
    """Anna's id, and her tastes: the larger is called slow piano, the smaller indie rock."""
    encoder_id = add_encoder(database)
    anna = add_listener(database, encoder_id)
    ids = [add_cluster(database, anna, encoder_id, place, share) for place, share in enumerate((0.7, 0.3))]
    with database.session() as db_session:
        for cluster_id, words in zip(ids, ("slow piano pieces", "indie rock"), strict=True):
            db_session.get_one(TasteCluster, cluster_id).words = words
    return anna.user.id, ids[0], ids[1]


def test_words_choose_the_taste_and_the_length_and_what_is_set_by_hand_counts_more(
    database: Database, tastes: tuple[str, str, str]
) -> None:
    anna, _, rock = tastes
    asked = Asked("fast rock with flute, two minutes", Wish(tempo_bpm=90.0))
    with database.session() as db_session:
        payload = request_wished(db_session, load_settings(), anna, asked, seed=3).payload
    assert payload["cluster_id"] == rock
    assert payload["seconds"] == 120.0
    assert payload["wish"]["tempo_bpm"] == 90.0
    assert payload["wish"]["instruments"] == {"lead": "flute"}


def test_nothing_said_is_the_largest_taste_as_it_is(database: Database, tastes: tuple[str, str, str]) -> None:
    with database.session() as db_session:
        payload = request_wished(db_session, load_settings(), tastes[0], Asked()).payload
    assert (payload["cluster_id"], payload["seconds"], payload["wish"]) == (tastes[1], 60.0, None)


def test_words_that_say_nothing_here_are_refused_unless_something_else_is_wanted(
    database: Database, tastes: tuple[str, str, str]
) -> None:
    with database.session() as db_session:
        with pytest.raises(InvalidRequest) as refused:
            request_wished(db_session, load_settings(), tastes[0], Asked("zorblax"))
        assert refused.value.code == "nothing_understood"
        assert request_wished(db_session, load_settings(), tastes[0], Asked("zorblax", cluster_id=tastes[2]))


def test_a_muted_taste_is_not_chosen_by_its_name(database: Database, tastes: tuple[str, str, str]) -> None:
    with database.session() as db_session:
        assert taste_named(db_session, tastes[0], ("rock",)) is not None
        db_session.get_one(TasteCluster, tastes[2]).muted = True
        db_session.flush()
        assert taste_named(db_session, tastes[0], ("rock",)) is None
