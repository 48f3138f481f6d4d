import numpy as np
import pytest
from apiflask import APIFlask

from tests.service.clients import listener, parts_of
from tests.service.compat.lastfm.app import App, error_of
from tests.service.small_library import add_track, embed, publish

NOON = 1_790_000_000


@pytest.fixture
def library(web_app: APIFlask, rng: np.random.Generator) -> APIFlask:
    """An album of two tracks by Ann, and one by Bob that sounds like its first."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        listener(db_session, "ada")
        album = {"album": "Tides", "genre": "Chamber"}
        for number, title in enumerate(("Ebb", "Flow"), start=1):
            track = add_track(
                db_session, title, "Ann", track_number=number, duration_seconds=90.0 + number, **album
            )
            embed(db_session, track, "piano" if number == 1 else "metal", rng)
        embed(db_session, add_track(db_session, "Tern", "Bob"), "piano", rng)
    publish(parts.database, parts.settings)
    return web_app


@pytest.mark.usefixtures("library")
def test_an_album_is_told_with_its_tracks_and_how_often_it_was_heard(ada: App) -> None:
    ada.ask("track.scrobble", artist="Ann", track="ebb", album="tides", timestamp=NOON)
    album = ada.json("album.getInfo", artist="ANN", album="tides")["album"]
    assert (album["name"], album["artist"], album["userplaycount"]) == ("Tides", "Ann", "1")
    assert [(track["name"], track["duration"]) for track in album["tracks"]["track"]] == [
        ("Ebb", "91"),
        ("Flow", "92"),
    ]
    tags = ada.json("album.getTopTags", artist="Ann", album="Tides")["toptags"]["tag"]
    assert [(tag["name"], tag["count"]) for tag in tags] == [("Chamber", "2")]
    track = ada.json("track.getInfo", artist="Ann", track="Flow", username="ada")["track"]
    assert (track["album"]["title"], track["userplaycount"], track["userloved"]) == ("Tides", "0", "0")
    found = ada.json("album.search", album="tid")["results"]["albummatches"]["album"]
    assert [(each["name"], each["artist"]) for each in found] == [("Tides", "Ann")]


@pytest.mark.usefixtures("library")
def test_what_sounds_alike_is_told_with_how_alike_it_is(ada: App) -> None:
    similar = ada.json("track.getSimilar", artist="Ann", track="Ebb", limit=1)["similartracks"]["track"]
    assert [(each["name"], each["artist"]["name"]) for each in similar] == [("Tern", "Bob")]
    assert 0.5 < float(similar[0]["match"]) <= 1.0
    artists = ada.json("artist.getSimilar", artist="ann")["similarartists"]["artist"]
    assert [each["name"] for each in artists] == ["Bob"]


@pytest.mark.usefixtures("library")
def test_what_the_library_has_not_and_what_another_heard_is_not_told(ada: App, library: APIFlask) -> None:
    for method, names in (
        ("track.getInfo", {"artist": "Ann", "track": "Surf"}),
        ("artist.getInfo", {"artist": "Nobody"}),
        ("album.getInfo", {"artist": "Ann", "album": "Shores"}),
        ("track.getInfo", {"artist": "Ann", "track": "Ebb", "username": "ben"}),
        ("artist.getInfo", {}),
        ("track.search", {"track": "nul\0"}),
        ("user.getWeeklyTrackChart", {"user": "ben"}),
        ("user.getTrackScrobbles", {"artist": "Ann"}),
    ):
        assert error_of(ada.ask(method, **names)) == 6, (method, names)
    assert library.test_client().get("/2.0/?method=track.getInfo&artist=Ann&track=Ebb").status_code == 403


def test_weeks_begin_with_the_first_listens_sunday(ada: App) -> None:
    assert ada.json("user.getWeeklyChartList")["weeklychartlist"]["chart"] == []
    ada.ask("track.scrobble", artist="Ann", track="Ebb", timestamp=NOON)
    first = ada.json("user.getWeeklyChartList")["weeklychartlist"]["chart"][0]
    assert int(first["from"]) <= NOON < int(first["to"])
    assert (int(first["from"]) - 3 * 86_400) % (7 * 86_400) == 0
    bounds = {"from": first["from"], "to": first["to"]}
    chart = ada.json("user.getWeeklyTrackChart", **bounds)["weeklytrackchart"]["track"]
    assert [(each["name"], each["artist"]["#text"], each["playcount"]) for each in chart] == [
        ("Ebb", "Ann", "1")
    ]
    earlier = {"from": str(int(first["from"]) - 7 * 86_400), "to": first["from"]}
    assert ada.json("user.getWeeklyTrackChart", **earlier)["weeklytrackchart"]["track"] == []
