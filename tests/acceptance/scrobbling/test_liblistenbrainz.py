"""liblistenbrainz as it is published, told of this house's address."""

import time

import pytest
from liblistenbrainz import Listen, ListenBrainz
from liblistenbrainz.errors import ListenBrainzAPIException

from tests.acceptance.scrobbling.conftest import ServedHouse

MBID = "c1f7a3a2-0000-4000-8000-00000000000a"


def test_liblistenbrainz_submits_reads_loves_and_deletes(house: ServedHouse) -> None:
    client = ListenBrainz(api_base_url=house.url)
    with pytest.raises(ListenBrainzAPIException):
        client.get_listens(house.name)
    client.set_auth_token(house.app_password)
    assert client.get_user_releases(house.name) is None
    now = int(time.time())

    client.submit_playing_now(Listen("Played", "Artist", additional_info={"duration_ms": 60_000}))
    playing = client.get_playing_now(house.name)
    assert (playing.track_name, playing.artist_name) == ("Played", "Artist")

    client.submit_single_listen(Listen("Played", "Artist", now - 600, release_name="Album", tags=["calm"]))
    older = [Listen(f"Elsewhere {n}", "Nobody", now - 1_000 - n, recording_mbid=MBID) for n in range(30)]
    assert client.submit_multiple_listens(older) == {"status": "ok"}
    assert client.submit_multiple_listens(older) == {"status": "ok"}
    assert client.get_user_listen_count(house.name) == 31
    assert len(client.get_listens(house.name)) == 25
    latest = client.get_listens(house.name, max_ts=now, count=2)
    assert [(each.track_name, each.release_name) for each in latest] == [
        ("Played", "Album"),
        ("Elsewhere 0", None),
    ]
    assert len(client.get_listens(house.name, min_ts=now - 1_010)) == 11
    assert [row.track_id for row in house.listens()][-1] == house.track_ids["Played"]

    client.submit_user_feedback(1, MBID)
    told = client.get_user_feedback(house.name, 1, metadata=True)
    assert [(each["recording_mbid"], each["score"]) for each in told["feedback"]] == [(MBID, 1)]
    client.submit_user_feedback(0, MBID)
    assert client.get_user_feedback(house.name, 1, metadata=False)["total_count"] == 0

    artists = client.get_user_artists(house.name)["payload"]["artists"]
    assert [(each["artist_name"], each["listen_count"]) for each in artists] == [
        ("Nobody", 30),
        ("Artist", 1),
    ]
    assert client.get_user_recordings(house.name, count=5)["payload"]["total_recording_count"] == 31
    assert [each["release_name"] for each in client.get_user_releases(house.name)["payload"]["releases"]] == [
        "Album"
    ]

    groups = client.get_user_release_groups(house.name)["payload"]
    assert [each["release_group_name"] for each in groups["release_groups"]] == ["Album"]
    assert groups["total_release_group_count"] == 1
    # Nothing was listened to by the encoder, so that there is no list.
    assert client.get_user_recommendation_recordings(house.name, "raw") is None

    client.delete_listen(latest[0])
    assert client.get_user_listen_count(house.name) == 30
    assert client.remaining_requests > 0


def test_liblistenbrainz_is_told_what_is_wrong(house: ServedHouse) -> None:
    client = ListenBrainz(api_base_url=house.url)
    client.set_auth_token(house.app_password)
    with pytest.raises(ListenBrainzAPIException) as refused:
        client.submit_single_listen(Listen("Song", "Artist", 5))
    assert (refused.value.status_code, bool(refused.value.message)) == (400, True)
    with pytest.raises(ListenBrainzAPIException) as unknown:
        client.get_user_listen_count("nobody")
    assert unknown.value.status_code == 404
    assert house.listens() == []
