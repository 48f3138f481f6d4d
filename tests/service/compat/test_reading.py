"""Whatever is sent is read, or refused in one sentence."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.compat.audioscrobbler.reading import read_batch, read_handshake
from service.compat.audioscrobbler.reading import read_now_playing as read_old_now_playing
from service.compat.lastfm.nodes import Node, ok_json, ok_xml
from service.compat.lastfm.reading import read_now_playing, read_scrobbles
from service.compat.listenbrainz.rate_limit import RateLimit
from service.compat.listenbrainz.reading import read_json, read_submission
from service.errors import InvalidRequest
from service.listening.listens import ListenEvent
from service.listening.scrobbles import is_time_of_a_listen
from service.store.tables.base import utc_now

unhurried = settings(deadline=None)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NUMBER = st.sampled_from([1_790_000_000, "1790000000", 0, -1, True, None, "x", 1.5, 10**30, "9" * 11, "٣"])
NAME = st.text(max_size=8) | st.sampled_from([None, "Song", "\0", "\ud800", " ", "a\nb", 7])


def _is_storable(event: ListenEvent) -> None:
    assert is_time_of_a_listen(event.listened_at)
    for text in (event.title, event.artist, event.album or "-"):
        assert text.strip() == text != ""
        assert "\0" not in text
        text.encode()
    assert event.track_seconds is None or 0 < event.track_seconds <= 24 * 86_400
    assert event.recording_mbid is None or len(event.recording_mbid) == 36
    assert event.isrc is None or len(event.isrc) == 12


@unhurried
@given(st.binary(max_size=60) | ANYTHING.map(lambda read: json.dumps(read).encode()))
def test_a_body_is_a_json_object_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read_json(body), dict)
    except InvalidRequest as error:
        assert error.code == "bad_json"  # noqa: PT017 - both ways are right


LISTEN = ANYTHING | st.fixed_dictionaries(
    {
        "track_metadata": st.fixed_dictionaries(
            {"track_name": NAME, "artist_name": NAME},
            optional={
                "release_name": NAME,
                "additional_info": ANYTHING
                | st.fixed_dictionaries(
                    {},
                    optional={
                        "duration_ms": NUMBER | ANYTHING,
                        "duration": NUMBER | ANYTHING,
                        "duration_played": NUMBER,
                        "tags": ANYTHING,
                        "recording_mbid": ANYTHING,
                        "isrc": NAME,
                        "skipped": ANYTHING,
                    },
                ),
            },
        )
    },
    optional={"listened_at": NUMBER | ANYTHING},
)


@unhurried
@given(
    st.sampled_from(["single", "import", "playing_now", "x", None, 1]),
    ANYTHING | st.lists(LISTEN, max_size=3),
)
def test_a_submission_is_listens_that_can_be_kept_or_refused(listen_type: Any, payload: Any) -> None:
    body = json.dumps({"listen_type": listen_type, "payload": payload}).encode()
    try:
        submission = read_submission(body, utc_now())
    except InvalidRequest as error:
        assert error.code in ("bad_json", "bad_listen")  # noqa: PT017 - both ways are right
        return
    assert submission.events
    for event in submission.events:
        _is_storable(event)


FORM_NAMES = st.sampled_from(
    [
        f"{name}{number}"
        for name in ("track", "artist", "timestamp", "duration", "mbid", "album")
        for number in ("", "[0]", "[7]")
    ]
)
OLD_NAMES = st.sampled_from(
    [f"{name}[{number}]" for name in "atiorlbnm" for number in (0, 1, "x", "-1", "9" * 9)]
)
VALUES = st.text(max_size=8) | st.sampled_from(
    ["1790000000", "Song", "L", "B", "99999999999", "\0", "\ud800", "٣٣"]
)


@unhurried
@given(st.dictionaries(FORM_NAMES, VALUES, max_size=8))
def test_each_of_last_fm_s_scrobbles_can_be_kept_or_says_why_not(parameters: dict[str, str]) -> None:
    try:
        told = read_scrobbles(parameters)
    except InvalidRequest as error:
        assert error.code == "no_scrobble"  # noqa: PT017 - both ways are right
        return
    for each in [*told, read_now_playing(parameters, utc_now())]:
        assert (each.event is None) == (each.ignored > 0)
        if each.event is not None:
            _is_storable(each.event)


@unhurried
@given(st.dictionaries(OLD_NAMES, VALUES, max_size=12))
def test_each_of_an_old_batch_is_kept_or_counted(form: dict[str, str]) -> None:
    try:
        batch = read_batch(form)
    except InvalidRequest as error:
        assert error.code == "bad_submission"  # noqa: PT017 - both ways are right
        return
    assert batch.scrobbles or batch.left_out
    for scrobble in batch.scrobbles:
        _is_storable(scrobble.event)


@unhurried
@given(
    st.dictionaries(st.sampled_from(["hs", "p", "t", "u", "a"]), VALUES | st.sampled_from(["true", "1.2"]))
)
def test_a_handshake_is_read_or_refused(query: dict[str, str]) -> None:
    try:
        assert read_handshake(query).is_clock_right in (True, False)
    except InvalidRequest as error:
        assert error.code == "bad_handshake"  # noqa: PT017 - both ways are right


@unhurried
@given(st.dictionaries(st.sampled_from("atblm"), VALUES))
def test_what_plays_now_is_read_or_refused(form: dict[str, str]) -> None:
    try:
        _is_storable(read_old_now_playing(form, utc_now()))
    except InvalidRequest as error:
        assert error.code == "bad_submission"  # noqa: PT017 - both ways are right


@unhurried
@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_a_name_holds_the_answer_can_be_written(text: str) -> None:
    ok_xml(Node("track", text, attributes={"mbid": text})).decode()
    json.loads(ok_json(Node("track", text)))


def test_a_rate_limit_counts_each_by_themselves_and_begins_anew() -> None:
    limit = RateLimit(requests=2, window_seconds=10)
    assert [limit.count("ada", 100.0).remaining for _ in range(3)] == [1, 0, 0]
    exceeded = limit.count("ada", 104.0)
    assert (exceeded.is_exceeded, exceeded.reset_in_seconds) == (True, 6)
    assert exceeded.headers(104.0)["X-RateLimit-Reset"] == "110"
    assert not limit.count("ben", 104.0).is_exceeded
    assert not limit.count("ada", 110.0).is_exceeded


@pytest.mark.parametrize("text", ["\x00", "\x0b", "\ufffe", "\ud800"])
def test_what_xml_cannot_hold_becomes_a_blank(text: str) -> None:
    assert b"> <" in ok_xml(Node("track", text))
