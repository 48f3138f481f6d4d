import hashlib
from itertools import product

import pytest
from sqlalchemy import func, select

from service.accounts.app_password_keys import AppPasswordKeys, load_app_password_keys
from service.accounts.app_passwords import (
    MOST_FOR_A_LISTENER,
    issue_app_password,
    list_app_passwords,
    revoke_app_password,
)
from service.accounts.app_sign_in import shown_plainly, shown_salted, sign_in_app, sign_in_by_key
from service.accounts.login_throttle import FAILURES_PER_PAIR, count_attempt
from service.accounts.people import add_user
from service.accounts.scopes import APP_SCOPES
from service.errors import Conflict, Forbidden, InvalidRequest, NotFound, TooManyRequests, Unauthenticated
from service.settings import Settings
from service.store.database import Database
from service.store.tables import AppPassword, LoginFailure, User
from service.store.tables.base import utc_now

HOME = "192.0.2.1"


@pytest.fixture
def keys(store_settings: Settings) -> AppPasswordKeys:
    return load_app_password_keys(store_settings)


@pytest.fixture
def people(database: Database) -> tuple[User, User]:
    """The owner ada, and bea."""
    with database.session() as db_session:
        return add_user(db_session, "ada"), add_user(db_session, "bea")


@pytest.fixture
def secret(database: Database, keys: AppPasswordKeys, people: tuple[User, User]) -> str:
    """One of bea's two app passwords."""
    with database.session() as db_session:
        issue_app_password(db_session, keys, people[1].id, "tablet")
        return issue_app_password(db_session, keys, people[1].id, "phone", ["stream", "library:read"]).secret


def _salted(secret: str, salt: str) -> str:
    text = (secret + salt).encode("utf-8", "surrogatepass")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def test_an_app_is_known_by_each_way_of_showing_its_password(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], secret: str
) -> None:
    for proof in (
        shown_plainly(secret),
        shown_salted(_salted(secret, "grain"), "grain"),
        shown_salted(_salted(secret, "grain").upper(), "grain"),
    ):
        viewer = sign_in_app(database, keys, "bea", proof, HOME)
        assert (viewer.user_id, viewer.name, viewer.scopes) == (
            people[1].id,
            "bea",
            {"stream", "library:read"},
        )
    by_key = sign_in_by_key(database, keys, secret, HOME)
    assert by_key == viewer
    assert by_key.token_id is None
    assert by_key.session_id is None


NAMES = ("ada", "nobody", "", "%", "be_", "BEA", "bea ", "a" * 500, "be\ud800", "b\0")
SHOWN = ("", "a", "hsa_" + "a" * 26, "hsa_\ud800", "\0")


@pytest.mark.usefixtures("secret")
def test_what_is_not_known_is_refused_in_the_same_words(database: Database, keys: AppPasswordKeys) -> None:
    told = set()
    for attempt, (name, shown) in enumerate(product(NAMES, SHOWN)):
        address = f"192.0.2.{attempt}"
        for proof in (shown_plainly(shown), shown_salted(shown, ""), shown_salted(_salted(shown, "x"), "x")):
            with pytest.raises(Unauthenticated) as refusal:
                sign_in_app(database, keys, name, proof, address)
            told.add((str(refusal.value), refusal.value.code))
        with pytest.raises(Unauthenticated) as refusal:
            sign_in_by_key(database, keys, shown, address)
    assert told == {(str(refusal.value), "wrong_app_password")}


def test_another_listeners_name_does_not_go_with_it(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], secret: str
) -> None:
    with pytest.raises(Unauthenticated):
        sign_in_app(database, keys, people[0].name, shown_plainly(secret), HOME)


def test_a_salt_makes_another_proof(database: Database, keys: AppPasswordKeys, secret: str) -> None:
    with pytest.raises(Unauthenticated):
        sign_in_app(database, keys, "bea", shown_salted(_salted(secret, "grain"), "other"), HOME)


def test_one_app_is_revoked_and_the_others_go_on(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], secret: str
) -> None:
    user_id = people[1].id
    with database.session() as db_session:
        other = issue_app_password(db_session, keys, user_id, "kitchen").secret
        phone = next(row for row in list_app_passwords(db_session, user_id) if row.label == "phone")
        revoke_app_password(db_session, user_id, phone.id)

    with pytest.raises(Unauthenticated):
        sign_in_app(database, keys, "bea", shown_plainly(secret), HOME)
    with pytest.raises(Unauthenticated):
        sign_in_by_key(database, keys, secret, HOME)
    assert sign_in_app(database, keys, "bea", shown_plainly(other), HOME).user_id == user_id
    with database.session() as db_session:
        assert [row.label for row in list_app_passwords(db_session, user_id)] == ["kitchen", "tablet"]
        with pytest.raises(NotFound):
            revoke_app_password(db_session, user_id, phone.id)


@pytest.mark.usefixtures("secret")
def test_another_listeners_app_password_is_not_there(database: Database, people: tuple[User, User]) -> None:
    with database.session() as db_session:
        (row, *_) = list_app_passwords(db_session, people[1].id)
        assert list_app_passwords(db_session, people[0].id) == []
        with pytest.raises(NotFound) as refusal:
            revoke_app_password(db_session, people[0].id, row.id)
    assert refusal.value.code == "unknown_app_password"


def test_the_store_alone_tells_no_password(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], secret: str
) -> None:
    with database.session() as db_session:
        tablet, phone = db_session.scalars(select(AppPassword).order_by(AppPassword.id))
        assert secret not in repr(vars(phone))
        assert secret.encode() not in phone.secret_encrypted
        assert keys.decrypted(phone.secret_encrypted, phone.id) == secret
        # Whoever can write the store cannot give one listener's password to another either.
        assert keys.decrypted(phone.secret_encrypted, tablet.id) is None
        phone.user_id = people[0].id
        phone.secret_encrypted = tablet.secret_encrypted

    with pytest.raises(Unauthenticated):
        sign_in_app(database, keys, "ada", shown_plainly(secret), HOME)


def test_without_the_key_file_every_app_password_is_void(
    database: Database, store_settings: Settings, keys: AppPasswordKeys, secret: str
) -> None:
    (store_settings.data_dir / "app-password-key").unlink()
    new_keys = load_app_password_keys(store_settings)

    assert new_keys != keys
    with pytest.raises(Unauthenticated):
        sign_in_app(database, new_keys, "bea", shown_plainly(secret), HOME)
    with pytest.raises(Unauthenticated):
        sign_in_by_key(database, new_keys, secret, HOME)


def test_the_key_is_nobody_elses_to_read(store_settings: Settings, keys: AppPasswordKeys) -> None:
    file = store_settings.data_dir / "app-password-key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.encryption.hex() not in repr(keys)
    file.chmod(0o644)

    with pytest.raises(InvalidRequest) as refusal:
        load_app_password_keys(store_settings)
    assert refusal.value.code == "app_password_key_exposed"


def test_wrong_ones_are_throttled_and_a_right_one_is_let_in(
    database: Database, keys: AppPasswordKeys, secret: str
) -> None:
    for _ in range(FAILURES_PER_PAIR):
        with pytest.raises(Unauthenticated):
            sign_in_app(database, keys, "bea", shown_plainly("wrong"), HOME)
    with pytest.raises(TooManyRequests):
        sign_in_app(database, keys, "bea", shown_plainly("wrong"), HOME)

    with database.session() as db_session:
        counted = db_session.scalar(select(func.count()).select_from(LoginFailure))
        # Nor does it keep anybody from a page.
        count_attempt(db_session, "bea", HOME, utc_now())
    assert counted == FAILURES_PER_PAIR
    assert sign_in_app(database, keys, "bea", shown_plainly(secret), HOME).name == "bea"


@pytest.mark.parametrize("label", ["", " ", "x" * 121, "two\nlines"])
def test_a_label_is_one_short_line(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], label: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal, database.session() as db_session:
        issue_app_password(db_session, keys, people[0].id, label)
    assert refusal.value.code == "bad_label"


@pytest.mark.parametrize("scopes", [[], ["compose"], ["admin:system"], ["stream", "everything"]])
def test_an_app_is_given_what_apps_need_and_no_more(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User], scopes: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as refusal, database.session() as db_session:
        issue_app_password(db_session, keys, people[0].id, "phone", scopes)
    assert refusal.value.code == "unknown_scope"


def test_nobody_makes_one_that_may_do_more_than_themselves(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User]
) -> None:
    with pytest.raises(Forbidden), database.session() as db_session:
        issue_app_password(
            db_session, keys, people[0].id, "phone", APP_SCOPES, within=frozenset({"stream", "profile:write"})
        )


def test_there_are_never_more_than_can_be_compared_quickly(
    database: Database, keys: AppPasswordKeys, people: tuple[User, User]
) -> None:
    with database.session() as db_session:
        for number in range(MOST_FOR_A_LISTENER):
            issue_app_password(db_session, keys, people[0].id, f"app {number}")
    with pytest.raises(Conflict) as refusal, database.session() as db_session:
        issue_app_password(db_session, keys, people[0].id, "one more")
    assert refusal.value.code == "too_many_app_passwords"
