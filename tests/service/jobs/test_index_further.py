import numpy as np
import pytest

from service.errors import NotFound
from service.jobs import index_further
from service.library.further_encoders import open_further_index
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.ids import new_id
from service.store.tables import TrackEmbedding, TrackVector, User, utc_now
from tests.service.small_library import add_track, embed


def index(database: Database, settings: Settings, encoder_id: str) -> dict[str, object]:
    payload = job_requests.index_further(encoder_id).payload
    return run_inline(database, settings, index_further, payload, lambda *_: None)


def test_music_that_is_there_can_be_found_and_the_index_in_use_stays_as_it_is(
    database: Database, store_settings: Settings, rng: np.random.Generator
) -> None:
    with database.session() as db_session:
        clap = register(db_session, "encoder", "clap", "1" * 64, {"vector_size": 4}, {}, further=True)
        heard, unknown, missing, speech = (add_track(db_session, name) for name in "abcd")
        for track in (heard, speech):
            embed(db_session, track, "piano", rng)
        db_session.query(TrackEmbedding).filter_by(track_id=speech.id).one().is_music = False
        missing.missing_since = utc_now()
        for track in (heard, unknown, missing, speech):
            vector = np.eye(4, dtype="<f4")[0]
            db_session.add(TrackVector(track_id=track.id, encoder_id=clap.id, vector=vector.tobytes()))
        db_session.add(User(name="kim"))

    published = index(database, store_settings, clap.id)

    assert open_further_index(store_settings, "clap")[1].track_ids == (heard.id, unknown.id)
    assert index(database, store_settings, clap.id) == published
    assert not (store_settings.index_dir / "index.json").exists()
    with database.session(read_only=True) as db_session:
        assert db_session.query(User).one().list_revision == 0


def test_an_encoder_that_has_heard_nothing_has_an_empty_index(
    database: Database, store_settings: Settings
) -> None:
    with database.session() as db_session:
        clap = register(db_session, "encoder", "clap", "1" * 64, {"vector_size": 4}, {}, further=True)
    assert index(database, store_settings, clap.id)["tracks"] == 0


def test_an_encoder_that_is_not_there_is_not_found(web_settings: Settings) -> None:
    database = open_database(web_settings)
    with pytest.raises(NotFound):
        index(database, web_settings, new_id())
    database.close()
