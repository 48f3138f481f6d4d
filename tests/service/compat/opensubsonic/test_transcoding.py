from typing import Any

import pytest
from apiflask import APIFlask

from tests.service.compat.apps import app_password, track_of

ANYTHING = {"containers": [], "audioCodecs": [], "protocols": []}
FLAC = {"containers": ["FLAC"], "audioCodecs": ["flac"], "protocols": ["http"], "maxAudioChannels": 2}


def decided(web_app: APIFlask, client: Any, **query: str) -> Any:
    asked = {
        "apiKey": app_password(web_app),
        "f": "json",
        "mediaId": track_of(web_app, "Song", "Artist"),
        "mediaType": "song",
    }
    answer = web_app.test_client().post("/rest/getTranscodeDecision", query_string=asked | query, json=client)
    return answer.get_json()["subsonic-response"]


def limited(name: str, comparison: str, *values: str, required: bool = True) -> dict[str, Any]:
    limit = {"name": name, "comparison": comparison, "values": list(values), "required": required}
    return {
        "directPlayProfiles": [FLAC],
        "codecProfiles": [{"type": "AudioCodec", "name": "flac", "limitations": [limit]}],
    }


@pytest.mark.parametrize(
    "client",
    [
        {"name": "an app", "platform": "a phone", "directPlayProfiles": [ANYTHING]},
        {"directPlayProfiles": [{"containers": ["mp3"]}, FLAC]},
        limited("audioSamplerate", "LessThanEqual", "44100"),
        limited("audioChannels", "Equals", "1", "2"),
        limited("audioChannels", "NotEquals", "2", required=False),
        limited("audioBitdepth", "Equals", "8"),
    ],
)
def test_a_song_that_the_app_can_play_is_played_as_it_is(web_app: APIFlask, client: Any) -> None:
    decision = decided(web_app, client)["transcodeDecision"]
    assert (decision["canDirectPlay"], decision["canTranscode"], decision["transcodeReason"]) == (
        True,
        False,
        [],
    )
    assert decision["sourceStream"] == {
        "protocol": "http",
        "container": "flac",
        "codec": "flac",
        "audioChannels": 2,
        "audioSamplerate": 44_100,
    }


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        ({}, "no direct play profile fits"),
        ({"directPlayProfiles": [FLAC | {"containers": ["mp3"]}]}, "no direct play profile fits"),
        ({"directPlayProfiles": [FLAC | {"protocols": ["hls"]}]}, "no direct play profile fits"),
        ({"directPlayProfiles": [FLAC | {"maxAudioChannels": 1}]}, "no direct play profile fits"),
        (limited("audioSamplerate", "LessThanEqual", "22050"), "audioSamplerate not supported"),
        (limited("audioSamplerate", "GreaterThanEqual", "48000"), "audioSamplerate not supported"),
        (limited("audioChannels", "NotEquals", "2"), "audioChannels not supported"),
    ],
)
def test_an_app_that_cannot_is_told_why_and_what_to_ask_for(
    web_app: APIFlask, client: Any, reason: str
) -> None:
    decision = decided(web_app, client)["transcodeDecision"]
    assert (decision["canDirectPlay"], decision["transcodeReason"]) == (False, [reason])
    assert "stream" in decision["errorReason"]


@pytest.mark.parametrize(
    ("client", "query"),
    [
        (None, {}),
        (5, {}),
        ({"directPlayProfiles": "all"}, {}),
        (limited("audioChannels", "About", "2"), {}),
        (limited("audioChannels", "Equals", "two"), {}),
        ({}, {"mediaType": "podcast"}),
        ({}, {"mediaId": "nothing"}),
    ],
)
def test_what_is_asked_wrongly_fails_in_the_words_of_the_api(
    web_app: APIFlask, client: Any, query: dict[str, str]
) -> None:
    assert decided(web_app, client, **query)["status"] == "failed"


@pytest.mark.parametrize(
    ("method", "found"),
    [
        ("getPodcasts", {"podcasts": {"channel": []}}),
        ("getShares", {"shares": {"share": []}}),
        ("getVideos", {"videos": {"video": []}}),
    ],
)
def test_what_a_house_has_none_of_is_an_empty_list(
    web_app: APIFlask, method: str, found: dict[str, Any]
) -> None:
    asked = {"apiKey": app_password(web_app), "f": "json"}
    answer = web_app.test_client().get(f"/rest/{method}", query_string=asked)
    assert answer.get_json()["subsonic-response"].items() >= found.items()
