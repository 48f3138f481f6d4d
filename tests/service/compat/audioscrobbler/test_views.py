import hashlib
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.settings import Settings
from tests.service.compat.apps import app_password, listens_of, thumbs_of, track_of
from tests.service.conftest import web_app_of

NOON = 1_790_000_000
PATH = "/apis/audioscrobbler_legacy/"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def shake_hands(client: FlaskClient, secret: str, *, path: str = PATH, **changed: str) -> list[str]:
    now = str(int(time.time()))
    query = {"hs": "true", "p": "1.2.1", "c": "tst", "v": "1.0", "u": "ada", "t": now}
    query |= {"a": md5(md5(secret) + changed.get("t", now))} | changed
    return client.get(path, query_string=query).text.splitlines()


class Scrobbler:
    """A client that shook hands."""

    def __init__(self, web_app: APIFlask, secret: str) -> None:
        self.client = web_app.test_client()
        _, self.session, now_playing, submission = shake_hands(self.client, secret)
        self.now_playing, self.submission = (urlsplit(url).path for url in (now_playing, submission))

    def submit(self, *listens: dict[str, Any], session: str | None = None) -> str:
        fields = {f"{name}[{n}]": value for n, each in enumerate(listens) for name, value in each.items()}
        return self.client.post(self.submission, data={"s": session or self.session, **fields}).text


@pytest.fixture
def scrobbler(web_app: APIFlask) -> Scrobbler:
    return Scrobbler(web_app, app_password(web_app))


def listen(title: str = "Song", at: Any = NOON, rating: str = "", **more: str) -> dict[str, Any]:
    told = {"a": "Artist", "t": title, "i": at, "o": "P", "r": rating, "l": "200", "b": "", "n": "", "m": ""}
    return told | more


def test_a_handshake_tells_where_to_go_on(web_app: APIFlask) -> None:
    secret, client = app_password(web_app), web_app.test_client()
    for path in (PATH, PATH.rstrip("/"), "/"):
        word, session, *addresses = shake_hands(client, secret, path=path)
        assert word == "OK"
        assert session.isalnum()
        assert addresses == [f"http://localhost{PATH}np", f"http://localhost{PATH}sub"]


def test_whoever_does_not_know_the_password_is_told_so(web_app: APIFlask) -> None:
    secret, client = app_password(web_app), web_app.test_client()
    assert shake_hands(client, "hsa_wrong") == ["BADAUTH"]
    assert shake_hands(client, secret, u="nobody") == ["BADAUTH"]
    assert shake_hands(client, secret, a="") == ["BADAUTH"]
    assert shake_hands(client, secret, t=str(int(time.time()) - 7_200)) == ["BADTIME"]
    assert shake_hands(client, secret, t="now") == ["BADTIME"]
    assert shake_hands(client, secret, p="1.1")[0].startswith("FAILED ")
    assert shake_hands(client, app_password(web_app, without="listens:write"))[0].startswith("FAILED ")
    assert client.get(PATH).text.startswith("FAILED ")
    # A browser still finds the pages.
    assert client.get("/").status_code == 303


def test_a_batch_is_kept_once_with_its_tracks_thumbs_and_skips(
    web_app: APIFlask, scrobbler: Scrobbler
) -> None:
    ids = {name: track_of(web_app, name, "Artist") for name in ("Loved", "Banned", "Skipped")}
    batch = [
        listen("Loved", NOON, "L"),
        listen("Banned", NOON + 300, "B", o="L12345"),
        listen("Skipped", NOON + 600, "S", o="L12345"),
        listen("Elsewhere", NOON + 900, m="not an mbid"),
    ]
    for _ in range(2):
        assert scrobbler.submit(*batch) == "OK\n"
    kept = [(row.title, row.track_id, row.skipped) for row in listens_of(web_app)]
    assert kept == [
        ("Loved", ids["Loved"], False),
        ("Banned", ids["Banned"], True),
        ("Skipped", ids["Skipped"], True),
        ("Elsewhere", None, False),
    ]
    assert thumbs_of(web_app) == {ids["Loved"]: "up", ids["Banned"]: "down"}


def test_a_rating_that_follows_an_empty_one_counts(web_app: APIFlask, scrobbler: Scrobbler) -> None:
    """As mpdscribble sends it."""
    track_id = track_of(web_app, "Song", "Artist")
    form = f"s={scrobbler.session}&a[0]=Artist&t[0]=Song&l[0]=200&i[0]={NOON}&o[0]=P&r[0]=&b[0]=&n[0]=&m[0]=&r[0]=L"
    told = scrobbler.client.post(
        scrobbler.submission, data=form, content_type="application/x-www-form-urlencoded"
    )
    assert told.text == "OK\n"
    assert thumbs_of(web_app) == {track_id: "up"}


def test_what_cannot_be_kept_does_not_hold_up_the_rest_of_a_batch(
    web_app: APIFlask, scrobbler: Scrobbler
) -> None:
    bad = [listen(at=0), listen(at="x"), listen(at=int(time.time()) + 7_200), listen(""), listen("nul\0")]
    assert scrobbler.submit(*bad, listen("Good")) == "OK\n"
    assert [row.title for row in listens_of(web_app)] == ["Good"]
    for answer in (
        scrobbler.submit(),
        scrobbler.submit(*[listen(at=NOON + n) for n in range(51)]),
    ):
        assert answer.startswith("FAILED ")


def test_a_session_that_is_none_is_told_so(web_app: APIFlask, scrobbler: Scrobbler) -> None:
    for session in ("x", scrobbler.session[:-1], scrobbler.session.upper(), "é" * 58):
        assert scrobbler.submit(listen(), session=session) == "BADSESSION\n"
    assert (
        scrobbler.client.post(scrobbler.now_playing, data={"a": "Artist", "t": "Song"}).text == "BADSESSION\n"
    )
    assert listens_of(web_app) == []


def test_what_plays_now_is_noted_and_is_no_listen(web_app: APIFlask, scrobbler: Scrobbler) -> None:
    told = {"s": scrobbler.session, "a": "Artist", "t": "Now", "l": "600"}
    assert scrobbler.client.post(scrobbler.now_playing, data=told).text == "OK\n"
    token = {"Authorization": f"Token {app_password(web_app)}"}
    playing = scrobbler.client.get("/1/user/ada/playing-now", headers=token).json["payload"]["listens"]
    assert [each["track_metadata"]["track_name"] for each in playing] == ["Now"]
    nameless = scrobbler.client.post(scrobbler.now_playing, data=told | {"t": ""}).text
    assert nameless.startswith("FAILED ")
    assert listens_of(web_app) == []


def test_below_a_path_the_handshake_names_addresses_below_it(web_settings: Settings) -> None:
    settings = web_settings.model_copy(update={"public_url": "https://example.org/music"})
    with web_app_of(settings) as app:
        secret, client = app_password(app), app.test_client()
        for path in ("/music/", "/music", "/"):
            word, _, now_playing, _ = shake_hands(client, secret, path=path)
            assert (word, now_playing) == ("OK", f"https://example.org/music{PATH}np")
