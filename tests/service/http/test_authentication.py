import base64
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.accounts.api_tokens import revoke_token
from service.accounts.login_sessions import revoke_sessions
from service.accounts.people import set_password
from service.http.authentication import check_every_view_is_marked, owner_only, requires
from service.http.login_cookie import cookie_name
from service.store.tables import ApiToken, LoginSession, User
from service.store.tables.base import utc_now
from tests.service.clients import browser_of, client_of, listener, parts_of

LIBRARY, REVIEW, PLAYER, DESK = "/api/v1/library", "/api/v1/review", "/player", "/desk"


def _program_with(app: Flask, authorization: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = authorization
    return client


def _secret_of(client: FlaskClient) -> str:
    return str(client.environ_base["HTTP_AUTHORIZATION"]).removeprefix("Bearer ")


def test_a_token_speaks_for_its_listener(app: APIFlask) -> None:
    answer = client_of(app, "ada").get(LIBRARY)

    assert (answer.status_code, answer.json) == (200, {"name": "ada"})


def test_a_browser_that_is_signed_in_speaks_for_its_listener_everywhere(app: APIFlask) -> None:
    browser = browser_of(app, "ada")

    assert browser.get(LIBRARY).json == {"name": "ada"}
    assert browser.get(PLAYER).json == {"name": "ada"}


def test_a_token_may_do_what_its_scopes_say_and_no_more(app: APIFlask) -> None:
    client = client_of(app, "ada", scopes=["library:read"])

    assert client.get(LIBRARY).status_code == 200
    refused = client.put("/api/v1/thumb")
    assert (refused.status_code, refused.json["code"]) == (403, "missing_scope")


@pytest.mark.parametrize("path", [REVIEW, DESK])
def test_what_is_for_owners_is_refused_to_other_listeners(app: APIFlask, path: str) -> None:
    refused = browser_of(app, "bea").get(path)

    assert refused.status_code == 403
    assert browser_of(app, "ada", owner=True).get(path).status_code == 200


def test_owner_routes_say_owner_only_to_other_listeners(app: APIFlask) -> None:
    assert client_of(app, "bea").get(REVIEW).json["code"] == "owner_only"


def test_a_person_who_owns_the_house_no_longer_may_not_use_what_their_token_says(app: APIFlask) -> None:
    client = client_of(app, "ada", owner=True)
    with parts_of(app).database.session() as db_session:
        listener(db_session, "ada").is_owner = False

    assert client.get(REVIEW).status_code == 403


def test_pages_are_for_browsers_and_not_for_tokens(app: APIFlask) -> None:
    assert client_of(app, "ada").get(PLAYER).status_code == 403


@pytest.mark.parametrize("name", ["ada", "nobody", ""])
@pytest.mark.parametrize("password", ["", "correct horse battery"])
@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "bearer", "Digest", "Token", ""])
@pytest.mark.parametrize("path", [LIBRARY, REVIEW])
def test_no_scheme_lets_anybody_in_by_name_and_password(
    app: APIFlask, name: str, password: str, scheme: str, path: str
) -> None:
    with parts_of(app).database.session() as db_session:
        set_password(db_session, listener(db_session, "ada", owner=True), "correct horse battery")
    for told in (
        f"{name}:{password}",
        base64.b64encode(f"{name}:{password}".encode()).decode(),
        password,
        name,
    ):
        answer = _program_with(app, f"{scheme} {told}").get(path)

        assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="homespun"'


def test_every_secret_that_is_no_good_is_answered_alike(app: APIFlask) -> None:
    parts = parts_of(app)
    revoked, signed_out, expired = client_of(app, "ada"), browser_of(app, "ada"), browser_of(app, "bea")
    with parts.database.session() as db_session:
        token = db_session.scalars(select(ApiToken)).one()
        revoke_token(db_session, token.user_id, token.id)
        revoke_sessions(db_session, listener(db_session, "ada").id)
        db_session.execute(
            update(LoginSession)
            .where(LoginSession.user_id == listener(db_session, "bea").id)
            .values(expires_at=utc_now() - timedelta(seconds=1))
        )
    clients = [app.test_client(), revoked, signed_out, expired, _program_with(app, "Bearer hst_made-up")]

    answers = [client.get(LIBRARY) for client in clients]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.get_data() for answer in answers}) == 1


def test_the_secret_of_a_session_is_no_token_and_the_other_way_round(app: APIFlask) -> None:
    program, browser = client_of(app, "ada"), browser_of(app, "ada")
    name = cookie_name(parts_of(app).settings, "session")
    cookie = browser.get_cookie(name)
    assert cookie is not None
    swapped = app.test_client()
    swapped.set_cookie(name, _secret_of(program))

    assert _program_with(app, f"Bearer {cookie.value}").get(LIBRARY).status_code == 401
    assert swapped.get(LIBRARY).status_code == 401


def test_a_bad_token_is_refused_although_the_cookie_beside_it_is_good(app: APIFlask) -> None:
    browser = browser_of(app, "ada")

    assert browser.get(LIBRARY, headers={"Authorization": "Bearer hst_made-up"}).status_code == 401


def test_a_stranger_is_sent_to_sign_in_and_comes_back_after_it(app: APIFlask) -> None:
    answer = app.test_client().get(f"{PLAYER}?view=late")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/player?view%3Dlate"


def test_a_fragment_of_a_page_sends_the_whole_browser_to_sign_in(app: APIFlask) -> None:
    answer = app.test_client().get(PLAYER, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_a_deleted_person_is_nobody(app: APIFlask) -> None:
    client = client_of(app, "ada")
    with parts_of(app).database.session() as db_session:
        db_session.delete(db_session.scalars(select(User)).one())

    assert client.get(LIBRARY).status_code == 401


def test_an_application_with_a_view_that_does_not_say_who_may_call_it_is_not_made(app: APIFlask) -> None:
    check_every_view_is_marked(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    with pytest.raises(RuntimeError, match="forgotten"):
        check_every_view_is_marked(app)


def test_a_view_that_does_not_say_who_may_call_it_is_never_called(app: APIFlask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    answer = browser_of(app, "ada", owner=True).get("/forgotten")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_scopes_are_asked_of_those_who_can_have_them() -> None:
    with pytest.raises(ValueError, match="no scope of listeners"):
        requires("admin:review")
    with pytest.raises(ValueError, match="no scope of owners"):
        owner_only("stream")
