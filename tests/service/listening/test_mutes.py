import numpy as np
import pytest

from service.errors import Conflict, InvalidRequest, NotFound
from service.listening.mutes import mute, muted_by, mutes_of, unmute
from service.store.database import Database
from service.store.tables import User
from tests.service.small_library import add_listener, add_track, blob_encoder, embed


def test_each_scope_mutes_what_it_names_however_it_is_spelt(
    database: Database, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        tracks = [
            add_track(db_session, "one", "The Björks", album="First"),
            add_track(db_session, "two", "bjorks", album="Second"),
            add_track(db_session, "three", "Carol", album="First", genre="Pop; Christmas"),
            add_track(db_session, "four", "Dora"),
            add_track(db_session, "five", "Dora"),
        ]
        embed(db_session, tracks[3], "metal", rng)
        one, two, three, four, five = ids = [track.id for track in tracks]
        encoder = blob_encoder(db_session).id

        def muted_after(scope: str, **named: str) -> set[str]:
            row = mute(db_session, ada.id, scope, **named)
            found = muted_by(db_session, ada.id).among(db_session, ids, encoder)
            unmute(db_session, ada.id, row.id)
            return found

        assert muted_after("track", track_id=five) == {five}
        assert muted_after("artist", name="BJORKS") == muted_after("artist", track_id=one) == {one, two}
        assert muted_after("album", track_id=one) == {one}
        assert muted_after("tag", name="christmas") == {three}
        assert muted_after("tag", name="Metal") == {four}
        assert not muted_by(db_session, ada.id)


def test_a_mute_is_its_listeners_own_and_said_twice_is_one(database: Database) -> None:
    ada, bob = add_listener(database, "ada"), add_listener(database, "bob")
    with database.session() as db_session:
        before = db_session.get_one(User, ada.id).list_revision
        first = mute(db_session, ada.id, "tag", name="christmas")
        assert mute(db_session, ada.id, "tag", name="Christmas").id == first.id
        assert [row.shown for row in mutes_of(db_session, ada.id)] == ["christmas"]
        assert mutes_of(db_session, bob.id) == []
        with pytest.raises(NotFound):
            unmute(db_session, bob.id, first.id)
    with database.session(read_only=True) as db_session:
        assert db_session.get_one(User, ada.id).list_revision == before + 1


@pytest.mark.parametrize(
    ("scope", "named", "code"),
    [
        ("folder", {"name": "x"}, "unknown_mute_scope"),
        ("tag", {}, "bad_mute"),
        ("album", {"name": "First"}, "bad_mute"),
        ("tag", {"name": " \n"}, "bad_mute"),
        ("artist", {"name": "x" * 201}, "bad_mute"),
    ],
)
def test_what_cannot_be_muted_is_refused(
    scope: str, named: dict[str, str], code: str, database: Database
) -> None:
    ada = add_listener(database)
    with database.session() as db_session, pytest.raises(InvalidRequest) as refused:
        mute(db_session, ada.id, scope, **named)
    assert refused.value.code == code


def test_a_track_that_is_not_there_or_has_no_artist_cannot_be_muted_by(database: Database) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        nameless = add_track(db_session, "nameless").id
        with pytest.raises(Conflict, match="names no artist"):
            mute(db_session, ada.id, "artist", track_id=nameless)
        with pytest.raises(NotFound):
            mute(db_session, ada.id, "track", track_id="0" * 26)
