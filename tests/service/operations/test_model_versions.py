import pytest

from service.errors import Conflict, NotFound
from service.operations.model_versions import find_version, in_use, previous, promote, register
from service.store.database import Database


def test_the_first_of_a_kind_is_in_use(database: Database) -> None:
    with database.session() as db_session:
        assert in_use(db_session, "encoder") is None
        first = register(db_session, "encoder", "musicnn-1", "a" * 64, {"size": 1}, {})
        register(db_session, "encoder", "musicnn-2", "b" * 64, {}, {})
        register(db_session, "generator", "house", "c" * 64, {}, {})

        assert in_use(db_session, "encoder") is first


def test_a_model_is_registered_once(database: Database) -> None:
    with database.session() as db_session:
        first = register(db_session, "encoder", "musicnn-1", "a" * 64, {"size": 1}, {"loss": 0.5})
        again = register(db_session, "encoder", "musicnn-1", "a" * 64, {}, {})

    assert again.id == first.id
    assert again.config == {"size": 1}


def test_promoting_one_version_demotes_the_other(database: Database) -> None:
    with database.session() as db_session:
        first = register(db_session, "generator", "house", "a" * 64, {}, {})
        second = register(db_session, "generator", "house", "b" * 64, {}, {})
        promote(db_session, second)

    with database.session() as db_session:
        found = in_use(db_session, "generator")
        assert found is not None
        assert found.id == second.id
        promote(db_session, db_session.merge(first))
        found = in_use(db_session, "generator")
        assert found is not None
        assert found.id == first.id


def test_a_further_model_is_never_in_use(database: Database) -> None:
    with database.session() as db_session:
        further = register(db_session, "encoder", "clap", "a" * 64, {"size": 1}, {}, further=True)
        assert in_use(db_session, "encoder") is None
        assert register(db_session, "encoder", "clap", "a" * 64, {}, {}, further=True) is further
        first = register(db_session, "encoder", "musicnn-1", "b" * 64, {}, {})
        with pytest.raises(Conflict, match="never takes its place"):
            promote(db_session, further)
        assert in_use(db_session, "encoder") is first


def test_what_was_in_use_before_is_found_again_and_again(database: Database) -> None:
    with database.session() as db_session:
        first = register(db_session, "ranker", "blend", "a" * 64, {}, {})
        with pytest.raises(Conflict, match="before"):
            previous(db_session, "ranker")
        register(db_session, "ranker", "blend", "b" * 64, {}, {})
        third = register(db_session, "ranker", "blend", "c" * 64, {}, {})
        promote(db_session, third)
        assert previous(db_session, "ranker") is first
        promote(db_session, first)
        assert previous(db_session, "ranker") is third


def test_a_version_is_found_by_the_beginning_of_its_checksum_if_that_says_which(database: Database) -> None:
    with database.session() as db_session:
        one = register(db_session, "ranker", "blend", "ab" * 32, {}, {})
        register(db_session, "ranker", "blend", "ac" * 32, {}, {})
        assert find_version(db_session, one.id) is one
        assert find_version(db_session, "ab") is one
        with pytest.raises(Conflict, match="Several"):
            find_version(db_session, "a")
        for unknown in ("", "x", "%"):
            with pytest.raises(NotFound):
                find_version(db_session, unknown)
