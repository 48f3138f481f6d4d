"""What a listener's app does: who it is, the list, thumbs, pieces, taste, playing."""

from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.store.tables import Composition
from tests.service.access_house import House
from tests.service.api.served import furnished_house
from tests.service.clients import client_of, parts_of

API = "/api/v1"


@pytest.fixture
def house(web_app: APIFlask, tmp_path: Path) -> House:
    return furnished_house(web_app, tmp_path / "music")


@pytest.fixture
def ada(house: House) -> FlaskClient:
    return house.program("ada")


def listed(client: FlaskClient) -> list[str]:
    return [place["track"]["id"] for place in client.get(f"{API}/recommendations").json["items"]]


def test_the_server_says_what_it_is_to_everybody(web_app: APIFlask) -> None:
    anybody = web_app.test_client()

    assert anybody.get(f"{API}/server").json["name"] == "homespun"
    assert anybody.get(f"{API}/healthz").json == anybody.get(f"{API}/readyz").json == {"status": "ok"}
    assert anybody.get(f"{API}/me").status_code == 401


def test_what_is_not_ready_says_so_and_tells_nothing_of_the_store(web_app: APIFlask) -> None:
    with parts_of(web_app).database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE user_account RENAME TO gone")

    answer = web_app.test_client().get(f"{API}/readyz")

    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    assert "user_account" not in answer.get_data(as_text=True)


def test_a_token_is_shown_once_passes_on_no_more_than_its_own_and_can_be_revoked(
    web_app: APIFlask,
) -> None:
    ada = client_of(web_app, scopes=["profile:read", "profile:write", "stream"])
    made = ada.post(
        f"{API}/me/tokens", json={"label": "kitchen 👩‍👩‍👧", "scopes": ["stream", "profile:read"]}
    )
    assert made.status_code == 201
    secret = made.json["secret"]
    assert secret not in ada.get(f"{API}/me/tokens").get_data(as_text=True)

    more = ada.post(f"{API}/me/tokens", json={"label": "more", "scopes": ["compose"]})
    assert (more.status_code, more.json["code"]) == (403, "missing_scope")

    program = web_app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    assert program.get(f"{API}/me").json["name"] == "ada"
    assert ada.delete(f"{API}/me/tokens/{made.json['id']}").status_code == 204
    assert program.get(f"{API}/me").status_code == 401


def test_an_app_password_is_shown_once_with_what_else_the_app_asks_for_and_can_be_revoked(
    web_app: APIFlask,
) -> None:
    ada = client_of(web_app)
    made = ada.post(f"{API}/me/app-passwords", json={"label": "phone"})
    assert made.status_code == 201
    assert (made.json["user_name"], made.json["server_url"]) == ("ada", "http://localhost")
    assert "http://localhost/1/submit-listens" in [each["url"] for each in made.json["addresses"]]
    assert "stream" in made.json["scopes"]
    assert made.json["secret"].startswith("hsa_")

    listed = ada.get(f"{API}/me/app-passwords")
    assert made.json["secret"] not in listed.text
    assert [each["label"] for each in listed.json["items"]] == ["phone"]
    # It is for apps: nothing here is opened by it.
    program = web_app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made.json['secret']}"
    assert program.get(f"{API}/me").status_code == 401

    assert ada.delete(f"{API}/me/app-passwords/{made.json['id']}").status_code == 204
    assert ada.get(f"{API}/me/app-passwords").json["items"] == []


def test_a_list_has_tracks_with_reasons_and_a_thumb_down_leaves_it_at_once_and_exactly(
    ada: FlaskClient,
) -> None:
    before = listed(ada)
    assert before
    place = ada.get(f"{API}/recommendations?limit=1").json["items"][0]
    assert place["track"]["id"] == before[0]
    assert place["reason"].endswith(".")
    assert place["score"] == pytest.approx(sum(place["parts"].values()), abs=0.01)

    down = ada.put(f"{API}/tracks/{before[0]}/thumb", json={"value": "down"})
    assert down.json == {"track_id": before[0], "value": "down", "changed": True}
    assert before[0] not in listed(ada)
    assert ada.get(f"{API}/tracks/{before[0]}").json["thumb"] == "down"

    assert ada.delete(f"{API}/tracks/{before[0]}/thumb").json["changed"] is True
    assert listed(ada) == before


def test_a_fresh_piece_is_handed_out_once_and_then_one_is_composed(ada: FlaskClient) -> None:
    first = ada.post(f"{API}/compositions/next", json={})
    assert (first.status_code, first.json["track"]["origin"]) == (200, "composed")

    then = ada.post(f"{API}/compositions/next", json={})
    assert (then.status_code, then.json["kind"]) == (202, "compose_music")
    assert then.headers["Location"] == f"{API}/jobs/{then.json['id']}"


def test_a_piece_is_renamed_only_as_it_was_seen_and_thrown_away(ada: FlaskClient, house: House) -> None:
    url = f"{API}/compositions/{house.ids['composition_id']}"
    seen = ada.get(url)
    etag = seen.headers["ETag"]

    renamed = ada.patch(url, json={"title": "Rain"}, headers={"If-Match": etag})
    assert (renamed.status_code, renamed.json["title"]) == (200, "Rain")
    assert ada.get(f"{API}/tracks/{house.ids['track_id']}").json["title"] == "Rain"
    late = ada.patch(url, json={"title": "Snow"}, headers={"If-Match": etag})
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert ada.get(url).headers["ETag"] == renamed.headers["ETag"] != etag

    assert ada.delete(url).status_code == 204
    for gone in (
        url,
        f"{API}/tracks/{house.ids['track_id']}",
        f"{API}/tracks/{house.ids['track_id']}/stream",
    ):
        assert ada.get(gone).status_code == 404
    with parts_of(house.app).database.session(read_only=True) as db_session:
        kept = select(Composition.expired_at).where(Composition.id == house.ids["composition_id"])
        assert db_session.scalar(kept) is not None


def test_a_taste_is_corrected_and_a_correction_taken_back(ada: FlaskClient, house: House) -> None:
    url = f"{API}/profile/taste/clusters/{house.ids['cluster_id']}"
    edit = {"name": "Sundays", "weight": 2.0, "muted": True, "valence": -0.5}

    changed = ada.patch(url, json=edit).json
    assert (changed["name"], changed["weight"], changed["muted"], changed["own_valence"]) == (
        "Sundays",
        2.0,
        True,
        -0.5,
    )
    taken_back = ada.patch(url, json={"name": None, "valence": None}).json
    assert (taken_back["name"], taken_back["own_valence"], taken_back["weight"]) == (None, None, 2.0)
    assert ada.get(f"{API}/profile/taste").json["items"][0] == taken_back


def test_how_a_track_came_to_be_is_told_to_its_listener_alone(ada: FlaskClient, house: House) -> None:
    url = f"{API}/tracks/{house.ids['track_id']}/provenance"

    told = ada.get(url).json
    assert (told["origin"], told["model"], told["composition_id"]) == (
        "composed",
        "homespun-1",
        house.ids["composition_id"],
    )
    assert house.program("ben").get(url).json["code"] == "unknown_track"


def test_a_track_is_played_by_ranges_and_has_cover_outline_and_neighbours(ada: FlaskClient) -> None:
    track = ada.get(f"{API}/tracks?query=piano").json["items"][0]
    url = f"{API}/tracks/{track['id']}"

    with ada.get(f"{url}/stream", headers={"Range": "bytes=0-3"}) as part:
        assert (part.status_code, part.get_data()) == (206, b"fLaC")
    with ada.get(f"{url}/stream", headers={"Range": "bytes=9999999-"}) as beyond:
        assert (beyond.status_code, beyond.json["code"]) == (416, "range_not_satisfiable")
    assert ada.get(f"{url}/cover?size=96").mimetype == "image/webp"
    assert max(ada.get(f"{url}/waveform").json["peaks"]) > 0.1
    near = [each["title"] for each in ada.get(f"{url}/similar?limit=3").json["items"]]
    assert track["title"] not in near
    assert near
    for encoder, status, code in (
        ("clap", 409, "encoder_not_added"),
        ("nonsense", 400, "invalid_query"),
        ("..%2Fclap", 400, "invalid_query"),
    ):
        answer = ada.get(f"{url}/similar?encoder={encoder}")
        assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_station_gives_each_track_once(ada: FlaskClient) -> None:
    track = ada.get(f"{API}/tracks?query=piano").json["items"][0]
    station = ada.post(f"{API}/stations", json={"track_id": track["id"], "calmer": 0.5})
    assert station.status_code == 201

    url = f"{API}/stations/{station.json['id']}/next"
    given = [each["id"] for _ in range(4) for each in ada.post(url, json={"count": 2}).json["items"]]
    assert given
    assert len(given) == len(set(given))


def test_a_play_that_came_to_its_end_is_a_listen(ada: FlaskClient) -> None:
    track = ada.get(f"{API}/tracks?query=metal").json["items"][0]
    event = {
        "track_id": track["id"],
        "play_key": "one",
        "kind": "end",
        "position_seconds": 1.5,
        "happened_at": "2026-11-22T12:00:00Z",
    }
    assert ada.post(f"{API}/playback-events", json={"events": [event, event]}).json == {"recorded": 1}

    assert [each["track_id"] for each in ada.get(f"{API}/listens").json["items"]] == [track["id"]]


def test_a_folder_that_is_added_is_there_and_scanned(house: House, tmp_path: Path) -> None:
    rosa = house.program("rosa")
    answer = rosa.post(f"{API}/libraries", json={"folder": str(tmp_path)})
    assert (answer.status_code, answer.json["kind"]) == (202, "scan_library")

    paths = {each["path"] for each in rosa.get(f"{API}/libraries").json["items"]}
    assert str(tmp_path) in paths
    assert {each["path"] for each in house.program("ada").get(f"{API}/libraries").json["items"]} == {None}
    missing = rosa.post(f"{API}/libraries", json={"folder": "/no/such/folder"})
    assert (missing.status_code, missing.json["code"]) == (404, "no_such_folder")


def test_two_tastes_are_merged_and_the_merge_taken_back(ada: FlaskClient, house: House) -> None:
    url = f"{API}/profile/taste/clusters/{house.ids['cluster_id']}/merge"
    merged = ada.post(url, json={"other_id": house.ids["other_cluster_id"]}).json
    assert (merged["id"], merged["share"]) == (house.ids["cluster_id"], 1.0)
    assert [each["id"] for each in ada.get(f"{API}/profile/taste").json["items"]] == [merged["id"]]
    assert ada.get(f"{API}/profile/taste/drift").json["since"] is None
    (merge,) = ada.get(f"{API}/profile/taste/merges").json["items"]
    assert ada.delete(f"{API}/profile/taste/merges/{merge['id']}").status_code == 204
    assert ada.post(url, json={"other_id": merged["id"]}).json["code"] == "merged_with_itself"


def test_what_is_muted_leaves_the_list_until_that_is_taken_back(ada: FlaskClient) -> None:
    before = listed(ada)
    muted = ada.post(f"{API}/me/mutes", json={"scope": "track", "what": before[0]})
    assert muted.status_code == 201
    assert before[0] not in listed(ada)
    assert muted.json["id"] in [each["id"] for each in ada.get(f"{API}/me/mutes").json["items"]]
    assert ada.delete(f"{API}/me/mutes/{muted.json['id']}").status_code == 204
    assert listed(ada) == before
    unknown = ada.post(f"{API}/me/mutes", json={"scope": "album", "what": "Nowhere"})
    assert (unknown.status_code, unknown.json["code"]) == (404, "unknown_track")


def test_a_list_is_explained_and_made_for_a_context(ada: FlaskClient) -> None:
    (place,) = ada.get(f"{API}/recommendations?limit=1&explain=1").json["items"]
    assert place["score"] == pytest.approx(sum(place["parts"].values()))
    assert place["because"]["kind"]
    calm = ada.get(f"{API}/recommendations?context=calm").json["items"]
    assert "context" in calm[0]["parts"]
    assert ada.get(f"{API}/recommendations?context=jogging").status_code == 400
    assert ada.patch(f"{API}/me", json={"familiar_share": 0.2}).json["familiar_share"] == 0.2
