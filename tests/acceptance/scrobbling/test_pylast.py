"""pylast as it is published, told of this house's address."""

import time
from urllib.parse import urlencode
from urllib.request import urlopen

import pylast
import pytest

from service.accounts.app_addresses import LASTFM_API_KEY
from tests.acceptance.scrobbling.conftest import ServedHouse
from tests.acceptance.scrobbling.tls import TlsPort


def network(house: ServedHouse, port: TlsPort, **changed: str) -> pylast._Network:
    # It has no other place for a certificate that is nobody else's.
    pylast.SSL_CONTEXT.load_verify_locations(cadata=port.certificate)
    signed_in = {
        "api_key": LASTFM_API_KEY,
        "api_secret": house.app_password,
        "session_key": "",
        "username": house.name,
        "password_hash": pylast.md5(house.app_password),
    }
    return pylast._Network(
        name="Homespun",
        homepage="",
        ws_server=(f"127.0.0.1:{port.port}", "/2.0/"),
        domain_names={},
        urls={},
        **(signed_in | changed),
    )


def test_pylast_signs_in_scrobbles_loves_and_reads(house: ServedHouse, house_by_https: TlsPort) -> None:
    lastfm = network(house, house_by_https)
    now = int(time.time())
    lastfm.update_now_playing("Artist", "Loved", album="Album", duration=31)
    lastfm.scrobble("Artist", "Played", now - 600, album="Album", duration=31)
    batch = [{"artist": "Nobody", "title": f"Elsewhere {n}", "timestamp": now - 1_000 - n} for n in range(60)]
    for _ in range(2):
        lastfm.scrobble_many(batch)
    assert len(house.listens()) == 61
    assert house.listens()[-1].track_id == house.track_ids["Played"]

    for title in ("Loved", "Hated"):
        lastfm.get_track("Artist", title).love()
    assert house.thumbs() == {"Loved": "up", "Hated": "up"}
    lastfm.get_track("Artist", "Hated").unlove()
    assert house.thumbs() == {"Loved": "up"}

    ada = lastfm.get_user(house.name)
    assert ada.get_name(properly_capitalized=True) == house.name
    assert ada.get_playcount() == 61
    assert abs(ada.get_unixtime_registered() - now) < 600
    assert ada.get_now_playing().title == "Loved"
    recent = ada.get_recent_tracks(limit=3)
    assert (recent[0].track.title, recent[0].timestamp) == ("Played", str(now - 600))
    assert len(ada.get_recent_tracks(limit=None)) == 61
    assert len(ada.get_recent_tracks(limit=None, time_from=now - 1_010)) == 12
    assert [each.track.title for each in ada.get_loved_tracks()] == ["Loved"]
    assert [(str(each.item), each.weight) for each in ada.get_top_artists()] == [
        ("Nobody", "60"),
        ("Artist", "1"),
    ]
    assert [each.item.title for each in ada.get_top_albums()] == ["Album"]
    assert len(ada.get_top_tracks(limit=10)) == 10


def test_pylast_asks_about_the_library_and_about_weeks(house: ServedHouse, house_by_https: TlsPort) -> None:
    lastfm = network(house, house_by_https)
    now = int(time.time())
    for ago in (600, 10_000):
        lastfm.scrobble("Artist", "played", now - ago, album="Album")
    lastfm.get_track("Artist", "Played").love()

    played = lastfm.get_track("artist", "PLAYED")
    played.username = house.name
    assert (played.get_correction(), played.get_duration()) == ("Played", 31_000)
    assert (played.get_userplaycount(), played.get_userloved(), played.get_playcount()) == (2, True, 2)
    assert (played.get_album(), played.get_top_tags(), played.get_similar()) == (None, [], [])
    artist = lastfm.get_artist("ARTIST")
    artist.username = house.name
    assert (artist.get_correction(), artist.get_userplaycount(), artist.get_bio_content()) == (
        "Artist",
        2,
        None,
    )
    assert (artist.get_similar(), artist.get_top_tags()) == ([], [])
    assert [each.title for each in lastfm.search_for_track("", "play").get_next_page()] == ["Played"]
    assert [each.name for each in lastfm.search_for_artist("art").get_next_page()] == ["Artist"]
    assert lastfm.search_for_album("Album").get_next_page() == []
    for unknown in (lastfm.get_track("Artist", "Nothing"), lastfm.get_album("Artist", "Nothing")):
        with pytest.raises(pylast.WSError) as absent:
            unknown.get_playcount()
        assert absent.value.status == "6"

    ada = lastfm.get_user(house.name)
    assert [int(each.timestamp) for each in ada.get_track_scrobbles("Artist", "Played")] == [
        now - 600,
        now - 10_000,
    ]
    assert [(str(each.item), each.playcount) for each in ada.get_library().get_artists()] == [("Artist", 2)]
    assert [(str(each.item), each.weight) for each in ada.get_weekly_artist_charts()] == [("Artist", 2)]
    assert [each.item.title for each in ada.get_weekly_album_charts()] == ["Album"]
    begin, end = ada.get_weekly_chart_dates()[-1]
    assert int(begin) <= now < int(end)
    assert len(ada.get_weekly_track_charts(begin, end)) <= 1
    assert (ada.get_friends(), ada.get_top_tags(), ada.get_country()) == ([], [], None)


def test_pylast_is_told_what_is_wrong(house: ServedHouse, house_by_https: TlsPort) -> None:
    with pytest.raises(pylast.WSError) as refused:
        network(house, house_by_https, password_hash=pylast.md5("hsa_wrong"))
    assert refused.value.status == "4"
    with pytest.raises(pylast.WSError) as unsigned:
        network(house, house_by_https, api_secret="another")
    assert unsigned.value.status == "13"
    over = network(house, house_by_https, session_key="0" * 58)
    with pytest.raises(pylast.WSError) as ended:
        over.get_user(house.name).get_playcount()
    assert ended.value.status == "9"
    assert house.listens() == []


def test_pylast_is_let_in_through_a_browser(house: ServedHouse, house_by_https: TlsPort) -> None:
    lastfm = network(house, house_by_https, username="", password_hash="")
    lastfm.homepage = house.url
    generator = pylast.SessionKeyGenerator(lastfm)
    url = generator.get_web_auth_url()
    with pytest.raises(pylast.WSError) as waiting:
        generator.get_web_auth_session_key(url)
    assert waiting.value.status == "14"
    form = urlencode({"username": house.name, "password": house.app_password}).encode()
    with urlopen(url, form, timeout=60) as page:  # noqa: S310  # the house's own address
        assert b"Go back to it" in page.read()
    lastfm.session_key = generator.get_web_auth_session_key(url)
    lastfm.scrobble("Artist", "Played", int(time.time()) - 60)
    assert [listen.title for listen in house.listens()] == ["Played"]
