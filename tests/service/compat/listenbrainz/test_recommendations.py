import numpy as np
from apiflask import APIFlask

from tests.service.clients import listener, parts_of
from tests.service.compat.apps import app_password
from tests.service.small_library import add_sounding_tracks, publish

MBID = "c1f7a3a2-0000-4000-8000-00000000000a"
ADDRESS = "/1/cf/recommendation/user/ada/recording"


def test_of_a_listeners_list_those_with_a_code_are_told(web_app: APIFlask, rng: np.random.Generator) -> None:
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        listener(db_session, "ada")
        add_sounding_tracks(db_session, "piano", 4, rng)[2].recording_mbid = MBID
    ada = web_app.test_client()
    ada.environ_base["HTTP_AUTHORIZATION"] = f"Token {app_password(web_app)}"
    assert ada.get(ADDRESS).status_code == 204

    publish(parts.database, parts.settings)
    told = ada.get(ADDRESS).json["payload"]
    assert [each["recording_mbid"] for each in told["mbids"]] == [MBID]
    assert isinstance(told["mbids"][0]["score"], float)
    assert (told["count"], told["total_mbid_count"], told["user_name"]) == (1, 1, "ada")
    assert ada.get(f"{ADDRESS}?offset=1").json["payload"]["mbids"] == []
    assert ada.get(f"{ADDRESS}?artist_type=best").status_code == 400
    assert ada.get(ADDRESS.replace("ada", "ben")).status_code == 404
    assert web_app.test_client().get(ADDRESS).status_code == 401
