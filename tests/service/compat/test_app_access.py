"""Every route for apps, asked for by whoever may not. Last.fm's methods are in its own tests: they share one address."""

import re

from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.http.authentication import access_of
from tests.service.compat.apps import app_password

_PREFIXES = ("/1/", "/apis/")


def _calls(app: APIFlask) -> list[tuple[str, Rule, str]]:
    """Method, route and scope of each."""
    found = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            access = access_of(rule.endpoint)
            if access is not None and access.kind == "app" and rule.rule.startswith(_PREFIXES):
                assert access.scope is not None, rule.rule
                methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
                found += [(method, rule, access.scope) for method in sorted(methods)]
    return found


def _ask(client: FlaskClient, method: str, rule: Rule, secret: str) -> TestResponse:
    path = re.sub(r"<\w+>", "ada", rule.rule)
    return client.open(path, method=method, headers={"Authorization": f"Token {secret}"})


def test_no_route_for_apps_lets_in_whoever_may_not(web_app: APIFlask) -> None:
    calls, client = _calls(web_app), web_app.test_client()
    less = {
        scope: app_password(web_app, without=scope)
        for scope in ("listens:write", "feedback:write", "library:read")
    }
    holes = []
    for method, rule, scope in calls:
        stranger, lesser = (_ask(client, method, rule, shown) for shown in ("", less[scope]))
        is_old = "legacy" in rule.rule
        told = (
            (stranger.status_code, stranger.text) == (200, "BADSESSION\n")
            if is_old
            else stranger.status_code == 401
        )
        if not told or (not is_old and lesser.status_code != 403):
            holes.append(f"{method} {rule.rule}: {stranger.status_code}, {lesser.status_code}")
    assert not holes
    assert len(calls) == 30


def test_a_browser_s_cookie_opens_none_of_them_and_none_of_them_wants_one(web_app: APIFlask) -> None:
    secret = app_password(web_app)
    body = {
        "listen_type": "single",
        "payload": [
            {"listened_at": 1_790_000_000, "track_metadata": {"track_name": "Song", "artist_name": "Artist"}}
        ],
    }
    headers = {"Authorization": f"Token {secret}", "Origin": "https://elsewhere.example"}
    assert web_app.test_client().post("/1/submit-listens", json=body, headers=headers).status_code == 200
