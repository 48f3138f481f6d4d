from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.listening.listens import ListenEvent, record_listen
from service.listening.matching import LibraryMatcher, find_as_spelt, match_unmatched
from service.store.database import Database
from service.store.tables import Listen
from tests.service.small_library import add_listener, add_track

MBID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"


def find(db_session: Session, **wanted: object) -> str | None:
    return LibraryMatcher(db_session, "nobody").find(**wanted)  # type: ignore[arg-type]  # each test says what it asks for


def test_a_code_is_trusted_before_names(database: Database) -> None:
    with database.session() as db_session:
        add_track(db_session, "Song", "Artist")
        by_isrc = add_track(db_session, "x", "y", isrc="GBAYE0601498").id
        by_mbid = add_track(db_session, "x", "z", recording_mbid=MBID).id
        assert find(db_session, title="Song", artist="Artist", isrc="gbaye0601498") == by_isrc
        assert find(db_session, title="Song", artist="Artist", recording_mbid=MBID.upper()) == by_mbid


def test_names_match_within_three_seconds_of_the_same_length(database: Database) -> None:
    with database.session() as db_session:
        studio = add_track(db_session, "Song", "The Artist", duration_seconds=200.0).id
        live = add_track(db_session, "Song", "The Artist", duration_seconds=300.0).id
        assert find(db_session, title="song", artist="artist", track_seconds=202.9) == studio
        assert find(db_session, title="song", artist="artist", track_seconds=299.0) == live
        assert find(db_session, title="song", artist="artist", track_seconds=250.0) is None
        assert find(db_session, title="song", artist="artist") == studio


@pytest.mark.parametrize("names", [("Song", "Somebody"), ("Other", "Artist"), ("", "Artist")])
def test_other_names_match_nothing(names: tuple[str, str], database: Database) -> None:
    with database.session() as db_session:
        add_track(db_session, "Song", "Artist")
        assert find(db_session, title=names[0], artist=names[1]) is None


def test_a_track_composed_for_somebody_else_is_never_found(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        track = add_track(db_session, "Piece", "bob's studio", origin="composed", owner_id=bob.id)
        wanted = {"title": "Piece", "artist": "bob's studio"}
        assert LibraryMatcher(db_session, ada.id).find(**wanted) is None
        assert LibraryMatcher(db_session, bob.id).find(**wanted) == track.id


def test_listens_find_their_track_once_it_has_been_scanned(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        for hour in range(3):
            when = datetime(2026, 1, 1, hour, tzinfo=UTC)
            record_listen(db_session, ada.id, ListenEvent(when, "Song", "Artist", "test"))
        assert match_unmatched(db_session, ada.id) == 0
        track = add_track(db_session, "Song", "Artist")
        assert match_unmatched(db_session, ada.id) == 3
        assert match_unmatched(db_session, ada.id) == 0
        db_session.expire_all()
        assert {listen.track_id for listen in db_session.query(Listen)} == {track.id}


@pytest.mark.parametrize(
    ("title", "artist", "found"),
    [
        ("SONG", "the artist", True),
        ("Söng", "Artist", True),
        ("Song (2011 Remaster)", "Artist", True),
        ("Songs", "Artist", False),
        ("Song", "Somebody", False),
        ("Song!", "Artist", True),
    ],
)
def test_one_listen_finds_its_track_by_the_names_it_was_told(
    title: str, artist: str, found: bool, database: Database
) -> None:
    with database.session() as db_session:
        add_track(db_session, "Songbird", "Artist")
        track = add_track(db_session, "Song", "Artist")
        expected = track.id if found else None
        assert find_as_spelt(db_session, "nobody", title=title, artist=artist) == expected


def test_one_listen_finds_its_track_by_a_code_and_not_by_names_of_another_length(database: Database) -> None:
    mbid = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
    with database.session() as db_session:
        track = add_track(db_session, "Song", "Artist", recording_mbid=mbid, isrc="GBAYE0601498")
        for codes in ({"isrc": "gbaye0601498"}, {"recording_mbid": mbid.upper()}):
            assert find_as_spelt(db_session, "nobody", title="?", artist="?", **codes) == track.id
        for seconds, expected in ((201.0, track.id), (300.0, None)):
            assert (
                find_as_spelt(db_session, "nobody", title="Song", artist="Artist", track_seconds=seconds)
                == expected
            )


def test_one_listen_never_finds_what_was_composed_for_somebody_else(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        track = add_track(db_session, "Piece", "bob's studio", origin="composed", owner_id=bob.id)
        wanted = {"title": "Piece", "artist": "bob's studio"}
        assert find_as_spelt(db_session, ada.id, **wanted) is None
        assert find_as_spelt(db_session, bob.id, **wanted) == track.id


@pytest.mark.parametrize(
    ("told", "confidence"),
    [
        ({"title": "?", "artist": "?", "isrc": "GBAYE0601498"}, 1.0),
        ({"title": "Song", "artist": "Artist One, Artist Two", "track_seconds": 201.0}, 0.95),
        ({"title": "Song", "artist": "Artist One, Artist Two"}, 0.85),
        ({"title": "Song", "artist": "Artist One & Artist Three", "track_seconds": 201.0}, 0.85),
        ({"title": "Song", "artist": "Artist One"}, 0.75),
        ({"title": "Song (Live)", "artist": "Artist One", "track_seconds": 201.0}, 0.75),
        ({"title": "Song", "artist": "", "album": "Album"}, 0.7),
        ({"title": "Sonng", "artist": "Artist One", "track_seconds": 201.0}, 0.65),
        ({"title": "Song (Live)", "artist": "Artist One"}, None),
        ({"title": "Sonng", "artist": "Artist One"}, None),
        ({"title": "Song", "artist": "Artist One", "track_seconds": 250.0}, None),
        ({"title": "Song", "artist": "Somebody", "album": "Album"}, None),
        ({"title": "Other", "artist": "Artist One", "track_seconds": 201.0}, None),
    ],
)
def test_a_match_says_how_sure_it_is(
    told: dict[str, Any], confidence: float | None, database: Database
) -> None:
    with database.session() as db_session:
        track = add_track(db_session, "Song", "Artist One, Artist Two", isrc="GBAYE0601498", album="Album")
        match = LibraryMatcher(db_session, "nobody").match(**told)
        assert match == (None if confidence is None else (track.id, confidence))
