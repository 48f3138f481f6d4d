import pytest

from service.errors import Conflict
from service.operations.model_versions import in_use, promote, register
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
