import numpy as np
import pytest

from service.errors import NotPrepared
from service.jobs import find_twins
from service.library.troubles import sounding_alike
from service.operations import job_requests
from service.operations.job_queue import end_job, enqueue, run_inline
from service.settings import Settings
from service.store.database import Database
from service.store.tables import TrackEmbedding, utc_now
from tests.service.small_library import add_composed, add_listener, add_track, blob_encoder, embed


def _twins(database: Database, store_settings: Settings) -> list[list[str]]:
    """Titles of the pairs, as owners see them."""
    result = run_inline(
        database, store_settings, find_twins, job_requests.find_twins().payload, lambda *_: None
    )
    with database.session() as db_session:
        job = enqueue(db_session, job_requests.find_twins())
        end_job(db_session, job, "done", result=result)
    with database.session(read_only=True) as db_session:
        found = sounding_alike(db_session, 10)
        assert found is not None
        return [sorted(str(track.title) for track in pair) for pair in found.pairs]


def test_one_recording_of_two_names_is_found_and_one_of_one_name_is_left_to_names(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    ada = add_listener(database)
    with database.session() as db_session:
        blob_encoder(db_session).promoted = True
        names = (
            ("Moonlight", "Ann"),
            ("Track 07", None),
            ("moonlight (2011 Remaster)", "ann"),
            ("Other", "Ann"),
        )
        tracks = [add_track(db_session, title, artist) for title, artist in names]
        for track in tracks:
            embed(db_session, track, "piano" if track.title != "Other" else "metal", rng, spread=0.001)
        longer = add_track(db_session, "Long Version", "Ann", duration_seconds=260.0)
        embed(db_session, longer, "piano", rng, spread=0.001)
        composed = add_composed(db_session, ada, "A Piece", "piano", rng)
        theirs = db_session.query(TrackEmbedding).filter_by(track_id=composed.id).one()
        theirs.vector = db_session.query(TrackEmbedding).filter_by(track_id=tracks[0].id).one().vector

    assert sorted(_twins(database, store_settings)) == [
        ["Moonlight", "Track 07"],
        ["Track 07", "moonlight (2011 Remaster)"],
    ]

    with database.session() as db_session:
        db_session.get_one(type(tracks[0]), tracks[1].id).missing_since = utc_now()
    with database.session(read_only=True) as db_session:
        left = sounding_alike(db_session, 10)
    assert left is not None
    assert (left.pairs, left.tracks) == ([], 5)


def test_nothing_can_be_compared_before_anything_was_heard(
    database: Database, store_settings: Settings
) -> None:
    with pytest.raises(NotPrepared):
        run_inline(database, store_settings, find_twins, {}, lambda *_: None)
