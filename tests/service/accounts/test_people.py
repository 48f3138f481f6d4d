import pytest

from service.accounts.people import add_user, find_user
from service.errors import Conflict, InvalidRequest, NotFound
from service.store.database import Database

NAMES = ["ann", "Ann Lee", "Zoë", "明", "x" * 64, "ann%", "o'brien"]
MISLEADING = [
    "",
    " ",
    " ann",
    "ann ",
    "x" * 65,
    "a\nb",
    "a\x00b",
    "a\x7fb",
    "a\udcffb",
    "a\u2028b",
    "nna\u202e",
]
LIKE_ANN = ["Ann", "an", "ann ", "a%", "%", "a_n", ""]


def test_people_are_found_by_their_exact_names(database: Database) -> None:
    with database.session() as db_session:
        added = {name: add_user(db_session, name).id for name in NAMES}

    with database.session() as db_session:
        assert {name: find_user(db_session, name).id for name in NAMES} == added


def test_names_that_would_mislead_are_refused(database: Database) -> None:
    with database.session() as db_session:
        for name in MISLEADING:
            with pytest.raises(InvalidRequest) as refused:
                add_user(db_session, name)
            with pytest.raises(NotFound):
                find_user(db_session, name)

            assert refused.value.code == "bad_name"


def test_a_name_that_is_only_like_another_finds_nobody(database: Database) -> None:
    with database.session() as db_session:
        add_user(db_session, "ann")
        for name in LIKE_ANN:
            with pytest.raises(NotFound) as caught:
                find_user(db_session, name)

            assert caught.value.code == "no_such_listener"


def test_a_name_is_taken_once(database: Database) -> None:
    with database.session() as db_session:
        add_user(db_session, "ann")
        with pytest.raises(Conflict) as caught:
            add_user(db_session, "ann")

    assert caught.value.code == "name_taken"


def test_the_first_person_owns_the_house(database: Database) -> None:
    with database.session() as db_session:
        assert add_user(db_session, "ann").is_owner
        assert not add_user(db_session, "ben").is_owner
