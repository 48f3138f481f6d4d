import pytest
from sqlalchemy import select

from service.accounts.api_tokens import issue, list_tokens, revoke_token
from service.accounts.people import add_user
from service.accounts.viewers import viewer_by_token
from service.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from service.store.database import Database
from service.store.tables import ApiToken, User


@pytest.fixture
def people(database: Database) -> tuple[User, User]:
    """The owner ada, and bea."""
    with database.session() as db_session:
        return add_user(db_session, "ada"), add_user(db_session, "bea")


def test_a_token_speaks_for_its_listener_with_its_scopes(
    database: Database, people: tuple[User, User]
) -> None:
    with database.session() as db_session:
        row, secret = issue(db_session, people[1].id, "kitchen radio", ["stream", "library:read", "stream"])

    with database.reading() as connection:
        who = viewer_by_token(connection, secret)
    assert (who.user_id, who.name, who.is_owner, who.token_id) == (people[1].id, "bea", False, row.id)
    assert who.scopes == {"stream", "library:read"}
    assert row.scopes == ["library:read", "stream"]


def test_the_store_holds_nothing_to_sign_in_with(database: Database, people: tuple[User, User]) -> None:
    with database.session() as db_session:
        _, secret = issue(db_session, people[0].id, "radio", ["stream"])
        row = db_session.scalars(select(ApiToken)).one()

    assert secret not in repr(vars(row))
    with database.reading() as connection, pytest.raises(Unauthenticated):
        viewer_by_token(connection, row.token_sha256)


@pytest.mark.parametrize("label", ["", "  ", "x" * 121, "two\nlines"])
def test_a_label_is_one_short_line(database: Database, people: tuple[User, User], label: str) -> None:
    with pytest.raises(InvalidRequest) as refusal, database.session() as db_session:
        issue(db_session, people[0].id, label, ["stream"])

    assert refusal.value.code == "bad_label"


@pytest.mark.parametrize("scopes", [[], ["everything"], ["stream", "admin"]])
def test_scopes_are_those_there_are(database: Database, people: tuple[User, User], scopes: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refusal, database.session() as db_session:
        issue(db_session, people[0].id, "radio", scopes)

    assert refusal.value.code == "unknown_scope"


def test_only_an_owner_passes_on_what_owners_may(database: Database, people: tuple[User, User]) -> None:
    owner, bea = people
    with database.session() as db_session:
        issue(db_session, owner.id, "desk", ["admin:review"])
    with pytest.raises(Forbidden) as refusal, database.session() as db_session:
        issue(db_session, bea.id, "desk", ["admin:review"])

    assert refusal.value.code == "owner_only"


def test_a_token_makes_no_token_that_may_do_more(database: Database, people: tuple[User, User]) -> None:
    held = frozenset({"profile:write", "stream"})
    with database.session() as db_session:
        issue(db_session, people[1].id, "radio", ["stream"], within=held)
    with pytest.raises(Forbidden) as refusal, database.session() as db_session:
        issue(db_session, people[1].id, "radio", ["stream", "compose"], within=held)

    assert refusal.value.code == "missing_scope"


def test_a_revoked_token_is_gone_from_the_next_query_on(
    database: Database, people: tuple[User, User]
) -> None:
    with database.session() as db_session:
        row, secret = issue(db_session, people[0].id, "radio", ["stream"])
    with database.session() as db_session:
        revoke_token(db_session, people[0].id, row.id)

    with database.reading() as connection, pytest.raises(Unauthenticated):
        viewer_by_token(connection, secret)
    with database.session(read_only=True) as db_session:
        assert list_tokens(db_session, people[0].id) == []
    with pytest.raises(NotFound), database.session() as db_session:
        revoke_token(db_session, people[0].id, row.id)


def test_another_persons_token_is_not_there(database: Database, people: tuple[User, User]) -> None:
    owner, bea = people
    with database.session() as db_session:
        row, secret = issue(db_session, bea.id, "radio", ["stream"])
    with pytest.raises(NotFound) as refusal, database.session() as db_session:
        revoke_token(db_session, owner.id, row.id)

    assert refusal.value.code == "unknown_token"
    with database.reading() as connection:
        assert viewer_by_token(connection, secret).user_id == bea.id


def test_tokens_are_listed_newest_first(database: Database, people: tuple[User, User]) -> None:
    with database.session() as db_session:
        for label in ("first", "second"):
            issue(db_session, people[0].id, label, ["stream"])
        listed = [row.label for row in list_tokens(db_session, people[0].id)]

    assert listed == ["second", "first"]
