"""Every method that apps may call, asked for by everybody who may not, with the ids of one listener's things.

The methods come from the application itself, and who may call them from what their views say. A new one takes part at
once, and fails here until it is said what it is asked with.
"""

import sys
from dataclasses import dataclass
from typing import Any

import pytest
from apiflask import APIFlask

from service.accounts.app_passwords import issue_app_password, revoke_app_password
from service.accounts.scopes import APP_SCOPES
from service.compat.opensubsonic.ids import album_id, artist_id
from service.http.authentication import access_of
from service.library.albums import album_key_of
from service.listening.playlists import create_playlist
from service.store.ids import new_id
from service.store.tables import Track, User
from tests.service.access_house import House, house_of
from tests.service.clients import parts_of

SCROBBLERS = ("/1/", "/2.0/", "/apis/")
"""Asked for in `compat/test_app_access.py`, and Last.fm's methods in the tests of its view."""

OK, MISSING, WRONG, BAD_KEY, NOT_ALLOWED, NOT_FOUND = -1, 10, 40, 44, 50, 70

# What each method is asked with, where it needs anything; words in braces are ids of ada's things.
ASKED: dict[str, dict[str, str]] = {
    "createBookmark": {"id": "{track}", "position": "1000"},
    "createPlaylist": {"name": "Mine", "songId": "{track}"},
    "deleteBookmark": {"id": "{track}"},
    "deletePlaylist": {"id": "{playlist}"},
    "download": {"id": "{track}"},
    "findSonicPath": {"startSongId": "{track}", "endSongId": "{track}"},
    "getAlbum": {"id": "{album}"},
    "getAlbumInfo": {"id": "{album}"},
    "getAlbumInfo2": {"id": "{album}"},
    "getAlbumList": {"type": "newest"},
    "getAlbumList2": {"type": "newest"},
    "getArtist": {"id": "{artist}"},
    "getArtistInfo": {"id": "{artist}"},
    "getArtistInfo2": {"id": "{artist}"},
    "getAvatar": {"username": "ada"},
    "getCoverArt": {"id": "{track}"},
    "getLyricsBySongId": {"id": "{track}"},
    "getMusicDirectory": {"id": "{album}"},
    "getPlaylist": {"id": "{taste}"},
    "getSimilarSongs": {"id": "{track}"},
    "getSimilarSongs2": {"id": "{artist}"},
    "getSong": {"id": "{track}"},
    "getSongsByGenre": {"genre": "Chamber"},
    "getSonicSimilarTracks": {"id": "{track}"},
    "getTopSongs": {"artist": "ada's studio"},
    "getTranscodeDecision": {"mediaId": "{track}", "mediaType": "song"},
    "getUser": {"username": "ada"},
    "reportPlayback": {"mediaId": "{track}", "mediaType": "song", "state": "starting"},
    "savePlayQueue": {"id": "{track}"},
    "savePlayQueueByIndex": {"id": "{track}", "currentIndex": "0"},
    "scrobble": {"id": "{track}"},
    "search": {"any": "listed"},
    "setRating": {"id": "{track}", "rating": "5"},
    "star": {"id": "{track}"},
    "stream": {"id": "{track}"},
    "unstar": {"id": "{album}"},
    "updatePlaylist": {"playlistId": "{playlist}", "name": "Ours"},
}
# Of these the body is JSON, and what they are asked with stands in the query.
POSTED: dict[str, dict[str, str]] = {"getTranscodeDecision": {"name": "an app", "platform": "a phone"}}
# Asked for by another listener, these are refused as somebody else's and not as absent.
BY_NAME = ("getUser", "getAvatar")
# Nobody's app may do this.
NEVER = ("startScan",)


@dataclass
class AppHouse:
    """The application, the secrets of apps, and ids of ada's things."""

    app: APIFlask
    secrets: dict[str, str]
    ids: dict[str, str]
    asked: int = 0

    def ask(self, name: str, ids: dict[str, str] | None = None, **shown: str) -> tuple[int, str]:
        """The number and the sentence of the answer; each from an address of its own, so that nothing is throttled."""
        self.asked += 1
        query = {key: value.format_map(ids or self.ids) for key, value in ASKED.get(name, {}).items()}
        told = query | shown | {"f": "json"}
        sent = {"query_string": told, "json": POSTED[name]} if name in POSTED else {"data": told}
        response = self.app.test_client().post(
            f"/rest/{name}",
            **sent,
            environ_overrides={
                "REMOTE_ADDR": f"10.{self.asked >> 16 & 255}.{self.asked >> 8 & 255}.{self.asked & 255}"
            },
        )
        assert response.status_code == 200, (name, response.status_code, response.text)
        body: Any = response.get_json(silent=True)
        response.close()
        error = body["subsonic-response"].get("error", {}) if body is not None else {}
        return error.get("code", OK), error.get("message", "")


@pytest.fixture
def house(web_app: APIFlask) -> AppHouse:
    furnished: House = house_of(web_app)
    parts = parts_of(web_app)
    secrets = {}
    with parts.database.session() as db_session:
        ada = furnished.ids["user_id"]
        ben = db_session.query(User).filter_by(name="ben").one().id
        for name, user_id in (("ada", ada), ("ben", ben)):
            secrets[name] = issue_app_password(db_session, parts.app_password_keys, user_id, "all").secret
        for scope in APP_SCOPES:
            less = issue_app_password(db_session, parts.app_password_keys, ada, "less", APP_SCOPES - {scope})
            secrets[f"without {scope}"] = less.secret
        revoked = issue_app_password(db_session, parts.app_password_keys, ada, "revoked")
        revoke_app_password(db_session, ada, revoked.row.id)
        secrets["revoked"] = revoked.secret
        track = db_session.get_one(Track, furnished.ids["track_id"])
        ids = {
            "track": track.id,
            "album": album_id(album_key_of(track)),
            "artist": artist_id(track.artist_text),
            "taste": f"taste-{furnished.ids['cluster_id']}",
            "playlist": create_playlist(db_session, ada, "Ada's", [track.id]).id,
        }
    return AppHouse(web_app, secrets, ids)


def methods_of(app: APIFlask) -> dict[str, str | None]:
    """Method -> the scope it needs, of all that apps may call below /rest; scrobblers have tests of their own."""
    found = {}
    with app.app_context():
        for rule in app.url_map.iter_rules():
            access = access_of(rule.endpoint)
            if access is not None and access.kind == "app" and not rule.rule.endswith(".view"):
                if rule.rule.startswith("/rest/"):
                    found[rule.rule.removeprefix("/rest/")] = access.scope
                else:
                    assert rule.rule.startswith(SCROBBLERS), f"say somewhere how an app calls {rule.rule}"
    return found


def test_no_method_lets_in_an_app_that_may_not(house: AppHouse, capsys: pytest.CaptureFixture[str]) -> None:
    holes = []
    methods = methods_of(house.app)
    for name, scope in methods.items():
        expected = {
            "nobody": (house.ask(name), MISSING),
            "an empty password": (house.ask(name, u="ada", p=""), WRONG),
            "an unknown name": (house.ask(name, u="nobody", p=""), WRONG),
            "any name": (house.ask(name, u="%", p=house.secrets["ada"]), WRONG),
            "a wrong salt": (house.ask(name, u="ada", t="0" * 32, s="salt"), WRONG),
            "another's password": (house.ask(name, u="ada", p=house.secrets["ben"]), WRONG),
            "a revoked password": (house.ask(name, u="ada", p=house.secrets["revoked"]), WRONG),
            "a revoked key": (house.ask(name, apiKey=house.secrets["revoked"]), BAD_KEY),
        }
        if scope is not None:
            expected["less scopes"] = (house.ask(name, apiKey=house.secrets[f"without {scope}"]), NOT_ALLOWED)
        if any(value.startswith("{") for value in ASKED.get(name, {}).values()):
            absent = {"track": new_id(), "taste": f"taste-{new_id()}", "playlist": new_id()}
            absent |= {"album": album_id("no\nalbum"), "artist": artist_id("nobody")}
            told = house.ask(name, apiKey=house.secrets["ben"])
            expected["ben"] = (told, NOT_FOUND)
            if told != house.ask(name, absent, apiKey=house.secrets["ben"]):
                holes.append(f"{name} tells ben more of what is ada's than of nothing")
        if name in BY_NAME:
            expected["ben"] = (house.ask(name, apiKey=house.secrets["ben"]), NOT_ALLOWED)
        holes += [
            f"{name} by {who}: {told}, wanted {code}"
            for who, (told, code) in expected.items()
            if told[0] != code
        ]
    with capsys.disabled():
        sys.stdout.write(f"\napps: {len(methods)} methods, {house.asked} cells, {len(holes)} holes\n")
    assert not holes, "\n".join(holes)
    assert ASKED.keys() <= methods.keys()


def test_each_of_these_answers_the_app_that_may(house: AppHouse) -> None:
    """Otherwise what others are told would prove nothing. This house has no search index."""
    methods = sorted(methods_of(house.app), key=lambda name: name == "deletePlaylist")
    refused = {}
    for name in methods:
        code, sentence = house.ask(name, apiKey=house.secrets["ada"])
        if code != OK and "index" not in sentence and name not in NEVER:
            refused[name] = (code, sentence)
    assert not refused
