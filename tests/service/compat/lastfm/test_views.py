import time
from xml.etree import ElementTree as ET

from apiflask import APIFlask
from werkzeug.test import TestResponse

from service.accounts.app_passwords import list_app_passwords, revoke_app_password
from service.compat.lastfm.methods import METHODS
from tests.service.clients import listener, parts_of
from tests.service.compat.apps import app_password, listens_of, thumbs_of, track_of
from tests.service.compat.lastfm.app import App, error_of, md5

NOON = 1_790_000_000


def test_an_app_signs_in_in_each_way_and_stays_so_until_its_password_is_revoked(
    web_app: APIFlask, secret: str
) -> None:
    client = web_app.test_client()
    by_password = App(client, secret).sign_in(username="ada", password=secret)
    by_token = App(client, secret).sign_in(username="ada", authToken=md5("ada" + md5(secret)))
    assert by_password.session == by_token.session
    assert secret not in by_password.session
    assert by_password.json("user.getInfo")["user"]["name"] == "ada"

    with parts_of(web_app).database.session() as db_session:
        user_id = listener(db_session, "ada").id
        for row in list_app_passwords(db_session, user_id):
            revoke_app_password(db_session, user_id, row.id)
    assert error_of(by_password.ask("user.getInfo")) == 9


def test_a_wrong_password_session_signature_or_method_is_refused_in_last_fm_s_way(
    web_app: APIFlask, ada: App, secret: str
) -> None:
    stranger = App(web_app.test_client(), secret)
    for name, password in (
        ("ada", "hsa_wrong"),
        ("nobody", secret),
        ("", ""),
        ("%", ""),
        ("ada\ud7ff", secret),
    ):
        response = stranger.ask("auth.getMobileSession", username=name or "-", password=password or "-")
        assert (response.status_code, error_of(response)) == (403, 4)
    for session in ("x", ada.session[:-1] + "_", "é" * 58, app_password(web_app, "ben")):
        assert error_of(ada.ask("user.getInfo", sk=session)) == 9
    for signature in ("-", "x", "0" * 32, md5("")):
        assert error_of(ada.ask("track.scrobble", api_sig=signature)) == 13
    assert error_of(ada.ask("track.addTags")) == 3
    assert error_of(web_app.test_client().get("/2.0/")) == 3
    assert listens_of(web_app) == []


def test_no_method_is_there_for_an_app_without_a_session_or_its_scope(web_app: APIFlask) -> None:
    for scope in ("listens:write", "feedback:write"):
        less = app_password(web_app, without=scope)
        app = App(web_app.test_client(), less).sign_in(username="ada", password=less)
        for name, method in METHODS.items():
            assert error_of(app.ask(name, sk="")) == 9
            if method.scope == scope:
                assert (app.ask(name).status_code, error_of(app.ask(name))) == (403, 4)


def test_an_app_with_a_key_of_its_own_signs_by_a_secret_that_nobody_else_knows(
    web_app: APIFlask, secret: str
) -> None:
    app = App(web_app.test_client(), secret, key="b25b959554ed76058ac220b7b2e0a026").sign_in(
        username="ada", password=secret
    )
    app.secret = "the app's own"
    assert app.json("user.getInfo")["user"]["name"] == "ada"
    assert error_of(app.ask("user.getInfo", api_sig="-")) == 13


def test_scrobbles_are_kept_once_each_and_what_became_of_each_is_told(web_app: APIFlask, ada: App) -> None:
    track_id = track_of(web_app, "Song", "Artist")
    batch = {
        "artist[0]": "Artist", "track[0]": "Song", "timestamp[0]": NOON, "duration[0]": 200, "album[0]": "Album",
        "artist[1]": "Artist", "track[1]": "Old", "timestamp[1]": 1,
        "artist[2]": "Artist", "track[2]": "New", "timestamp[2]": int(time.time()) + 9_999,
        "artist[3]": "Artist", "track[3]": " ", "timestamp[3]": NOON,
        "track[4]": "Song", "timestamp[4]": NOON,
        "artist[5]": "Artist", "track[5]": "No time",
    }  # fmt: skip
    for _ in range(2):
        told = ada.json("track.scrobble", **batch)["scrobbles"]
        assert told["@attr"] == {"accepted": "1", "ignored": "5"}
        codes = [each["ignoredMessage"]["code"] for each in told["scrobble"]]
        assert codes == ["0", "3", "4", "2", "1", "3"]
    kept = listens_of(web_app)
    assert [(row.title, row.album, row.track_seconds, row.track_id) for row in kept] == [
        ("Song", "Album", 200.0, track_id)
    ]
    one = ada.json("track.scrobble", artist="Artist", track="One", timestamp=NOON + 1)["scrobbles"]
    assert one["scrobble"]["track"] == {"corrected": "0", "#text": "One"}
    too_many = {f"track[{number}]": "Song" for number in range(51)}
    assert error_of(ada.ask("track.scrobble", **too_many)) == 6
    assert error_of(ada.ask("track.scrobble")) == 6


def test_a_track_is_loved_and_hated_and_neither(web_app: APIFlask, ada: App) -> None:
    track_id = track_of(web_app, "Song", "Artist")
    song = {"track": "song", "artist": "The Artist"}
    assert ada.json("track.love", **song) == {}
    assert thumbs_of(web_app) == {track_id: "up"}
    loved = ada.json("user.getLovedTracks")["lovedtracks"]
    assert [each["name"] for each in loved["track"]] == ["Song"]
    ada.ask("track.unban", **song)
    assert thumbs_of(web_app) == {track_id: "up"}
    ada.ask("track.unlove", **song)
    assert thumbs_of(web_app) == {}
    ada.ask("track.ban", **song)
    ada.ask("track.unlove", **song)
    assert thumbs_of(web_app) == {track_id: "down"}
    assert ada.json("user.getLovedTracks")["lovedtracks"]["track"] == []
    assert error_of(ada.ask("track.love", track="Song")) == 6

    ada.ask("track.love", track="Not here", artist="Artist")
    assert ada.json("user.getLovedTracks")["lovedtracks"]["@attr"]["total"] == "1"
    ada.ask("track.unlove", track="not here", artist="artist")
    assert ada.json("user.getLovedTracks")["lovedtracks"]["@attr"]["total"] == "0"


def test_what_was_heard_is_told_by_pages_with_what_plays_now_before_it(ada: App) -> None:
    names = {f"track[{n}]": f"Song {n % 3}" for n in range(5)} | {f"artist[{n}]": "Artist" for n in range(5)}
    ada.ask("track.scrobble", **names, **{f"timestamp[{n}]": NOON + n for n in range(5)})
    ada.ask("track.updateNowPlaying", track="Now", artist="Artist\x0b".strip(), duration=600)

    recent = ada.json("user.getRecentTracks", limit=2)["recenttracks"]
    assert [each["name"] for each in recent["track"]] == ["Now", "Song 1", "Song 0"]
    assert recent["track"][0]["@attr"] == {"nowplaying": "true"}
    assert recent["track"][1]["date"] == {"uts": str(NOON + 4), "#text": "21 Sep 2026, 14:13"}
    assert (recent["@attr"]["totalPages"], recent["@attr"]["total"]) == ("3", "5")
    third = ada.json("user.getRecentTracks", limit=2, page=3)["recenttracks"]
    assert [each["date"]["uts"] for each in third["track"]] == [str(NOON)]
    some = ada.json("user.getRecentTracks", **{"from": NOON + 1, "to": NOON + 2})["recenttracks"]
    assert [each["date"]["uts"] for each in some["track"]] == [str(NOON + 2), str(NOON + 1)]
    assert ada.json("user.getInfo")["user"]["playcount"] == "5"
    top = ada.json("user.getTopTracks", limit=2)["toptracks"]
    assert [(each["name"], each["playcount"]) for each in top["track"]] == [("Song 0", "2"), ("Song 1", "2")]
    artists = ada.json("user.getTopArtists", period="overall")["topartists"]["artist"]
    assert [(each["name"], each["playcount"]) for each in artists] == [("Artist", "5")]
    assert ada.json("user.getTopAlbums", period="7day")["topalbums"]["album"] == []
    assert error_of(ada.ask("user.getRecentTracks", user="ben")) == 6
    xml = ET.fromstring(ada.ask("user.getRecentTracks").data)  # noqa: S314  # what the test itself was answered
    assert next(each.findtext("name") for each in xml.iter("track")) == "Now"


def test_the_address_below_apis_is_the_same_and_a_large_body_is_refused(ada: App) -> None:
    assert ada.ask("user.getInfo", address="/apis/audioscrobbler/2.0/").status_code == 200
    assert ada.ask("user.getInfo", address="/2.0").status_code == 200
    assert error_of(ada.client.post("/2.0/", data=b"a=" + b"x" * 1_000_001)) == 6


def approved(app: App, token: str, **form: str) -> TestResponse:
    return app.client.post("/api/auth/", data={"token": token} | form)


def test_an_app_is_let_in_on_a_page_and_takes_its_session_once(web_app: APIFlask, secret: str) -> None:
    # The key is the app's own: nobody here knows its secret.
    app = App(web_app.test_client(), "the app's own secret", key="another")
    token = app.json("auth.getToken")["token"]
    page = app.client.get(f"/api/auth/?api_key=another&token={token}")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert f'value="{token}"' in page.text
    assert error_of(app.ask("auth.getSession", token=token)) == 14

    refused = approved(app, token, username="ada", password="wrong")
    assert (refused.status_code, "app password is wrong" in refused.text) == (401, True)
    assert error_of(app.ask("auth.getSession", token=token)) == 14

    assert "Go back to it" in approved(app, token, username="ada", password=secret).text
    told = app.json("auth.getSession", token=token)
    assert told["session"]["name"] == "ada"
    app.session = told["session"]["key"]
    assert app.json("user.getInfo")["user"]["name"] == "ada"
    assert error_of(app.ask("auth.getSession", token=token)) == 14


def test_with_our_key_the_session_is_signed_with_the_app_password_that_approved_it(
    web_app: APIFlask, secret: str
) -> None:
    app = App(web_app.test_client(), "not the app password")
    token = app.json("auth.getToken")["token"]
    approved(app, token, username="ada", password=secret)
    assert error_of(app.ask("auth.getSession", token=token)) == 13
    app.secret = secret
    assert app.json("auth.getSession", token=token)["session"]["name"] == "ada"


def test_a_token_is_asked_for_with_a_signature_and_approved_as_it_was_given(
    web_app: APIFlask, secret: str
) -> None:
    app = App(web_app.test_client(), secret)
    assert error_of(app.ask("auth.getToken", api_sig="-")) == 13
    assert error_of(app.ask("auth.getSession", token="0" * 32)) == 14
    for token in ("", "<script>", "0" * 31):
        answer = approved(app, token, username="ada", password=secret)
        assert (answer.status_code, "begin again in the app" in answer.text) == (400, True)
    with_markup = approved(app, "0" * 32, username='"><b>', password="wrong")
    assert '"><b>' not in with_markup.text
