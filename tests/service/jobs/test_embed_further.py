import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update

from service.audio import flac_bytes
from service.errors import Cancelled, InvalidRequest, NotPrepared
from service.jobs import embed_further, index_further
from service.library.further_encoders import open_further_index
from service.library.further_loading import find_encoder
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import (
    EmbeddingFailure,
    Listen,
    ModelVersion,
    Track,
    TrackEmbedding,
    TrackVector,
    utc_now,
)
from tests.audio_files import melody
from tests.recommender.encoders.tiny_clap import VECTOR_SIZE, save_tiny_clap
from tests.service.small_library import add_listener, add_track

SAMPLE_RATE = 22_050


@pytest.fixture(scope="module")
def clap_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_clap(tmp_path_factory.mktemp("clap"), knows_words=False)


def with_clap(settings: Settings, clap_dir: Path) -> Settings:
    return settings.model_copy(update={"clap_dir": clap_dir, "threads": 1})


@pytest.fixture
def settings(web_settings: Settings, clap_dir: Path) -> Settings:
    return with_clap(web_settings, clap_dir)


@pytest.fixture
def store(settings: Settings) -> Database:
    return open_database(settings)


def no_report(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def add_file(database: Database, path: Path, seconds: float, *, seed: int = 1, broken: bool = False) -> str:
    sound = flac_bytes(melody(seconds, seed=seed, sample_rate=SAMPLE_RATE, channels=1), SAMPLE_RATE)
    path.write_bytes(b"no music" if broken else sound)
    with database.session() as db_session:
        return add_track(db_session, path.stem, path=bytes(path), duration_seconds=seconds).id


def hear(database: Database, settings: Settings, *, at_most: int | None = None) -> dict[str, object]:
    payload = job_requests.embed_further("clap", at_most=at_most).payload
    return run_inline(database, settings, embed_further, payload, no_report)


def index(database: Database, settings: Settings, encoder_id: object) -> dict[str, object]:
    payload = job_requests.index_further(str(encoder_id)).payload
    return run_inline(database, settings, index_further, payload, no_report)


def test_a_further_encoder_has_rows_and_an_index_of_its_own_and_is_never_the_one_in_use(
    database: Database, store_settings: Settings, clap_dir: Path, tmp_path: Path
) -> None:
    settings = with_clap(store_settings, clap_dir)
    ids = [
        add_file(database, tmp_path / f"{n}.flac", seconds, seed=n) for n, seconds in enumerate((5.0, 0.5))
    ]
    broken = add_file(database, tmp_path / "broken.flac", 5.0, broken=True)

    result = hear(database, settings)
    published = index(database, settings, result["encoder_id"])

    assert (result["embedded"], result["left"]) == (2, 0)
    assert (published["encoder"], published["tracks"]) == ("clap", 2)
    assert open_further_index(settings, "clap")[1].track_ids == tuple(ids)
    with database.session(read_only=True) as db_session:
        version = db_session.scalars(select(ModelVersion)).one()
        rows = db_session.scalars(select(TrackVector).order_by(TrackVector.track_id)).all()
        failure = db_session.scalars(select(EmbeddingFailure)).one()
        assert in_use(db_session, "encoder") is None
        assert db_session.scalars(select(TrackEmbedding)).all() == []
    assert version.config == {"vector_size": VECTOR_SIZE, "further": True}
    assert [row.track_id for row in rows] == ids
    for row in rows:
        assert np.linalg.norm(np.frombuffer(row.vector, "<f4")) == pytest.approx(1.0, abs=1e-5)
    assert (failure.track_id, failure.code, failure.modified_ns) == (broken, "unreadable_audio", 1)


def test_what_failed_is_tried_again_only_when_its_file_has_changed(
    store: Database, settings: Settings, tmp_path: Path
) -> None:
    track_id = add_file(store, tmp_path / "a.flac", 3.0, broken=True)
    assert [hear(store, settings)["failed"] for _ in range(2)][1] == []
    add_file(store, tmp_path / "b.flac", 3.0)
    (tmp_path / "a.flac").write_bytes((tmp_path / "b.flac").read_bytes())
    with store.session() as db_session:
        db_session.execute(update(Track).where(Track.id == track_id).values(modified_ns=2))

    assert hear(store, settings)["embedded"] == 2
    with store.session(read_only=True) as db_session:
        assert db_session.scalars(select(EmbeddingFailure)).all() == []


def test_the_most_played_come_first_missing_files_not_at_all_and_the_rest_is_left_for_the_next_job(
    store: Database, settings: Settings
) -> None:
    listener = add_listener(store)
    with store.session() as db_session:
        ids = [add_track(db_session, name).id for name in "abcd"]
        db_session.get_one(Track, ids[3]).missing_since = utc_now()
        db_session.add_all(
            Listen(
                user_id=listener.id,
                track_id=track_id,
                listened_at=utc_now(),
                source="test",
                title="t",
                artist="a",
                skipped=False,
                dedupe_key=str(play),
            )
            for play, track_id in enumerate([ids[2], ids[1], ids[2]])
        )
    request = job_requests.embed_further("clap", at_most=2)
    inputs = embed_further.load_inputs(store, settings, dict(request.payload))
    assert [track.track_id for track in inputs.tracks] == [ids[2], ids[1]]
    assert inputs.left == 1
    result = {"encoder_id": inputs.encoder_id, "left": 1, "index_is_behind": True}
    index_request, rest = embed_further.follow_ups(result, dict(request.payload))
    assert index_request == job_requests.index_further(inputs.encoder_id)
    assert rest == request
    result = {"encoder_id": inputs.encoder_id, "left": 0, "index_is_behind": False}
    assert embed_further.follow_ups(result, dict(request.payload)) == []


def test_what_was_heard_before_a_stop_stays_and_the_index_catches_up(
    store: Database, settings: Settings, tmp_path: Path
) -> None:
    for number in range(embed_further.BATCH_TRACKS + 1):
        add_file(store, tmp_path / f"{number}.flac", 0.5, seed=number)

    def stop_after_the_first_batch(fraction: float, _text: str) -> None:
        if fraction == 1.0:
            raise Cancelled("Enough.")

    payload = job_requests.embed_further("clap").payload
    with pytest.raises(Cancelled):
        run_inline(store, settings, embed_further, payload, stop_after_the_first_batch)
    rest = hear(store, settings)
    assert (rest["embedded"], rest["index_is_behind"]) == (1, True)
    # as if the process had died before it asked for the index
    again = hear(store, settings)
    assert (again["embedded"], again["index_is_behind"]) == (0, True)
    index(store, settings, again["encoder_id"])
    assert hear(store, settings)["index_is_behind"] is False


def test_other_weights_are_another_encoder_and_everything_is_heard_anew(
    store: Database, settings: Settings, tmp_path: Path
) -> None:
    add_file(store, tmp_path / "a.flac", 2.5)
    first = hear(store, settings)
    index(store, settings, first["encoder_id"])
    other = with_clap(settings, save_tiny_clap(tmp_path / "other", knows_words=False, seed=2))
    second = hear(store, other)
    assert second["embedded"] == 1
    assert second["encoder_id"] != first["encoder_id"]
    index(store, other, second["encoder_id"])
    assert open_further_index(other, "clap")[0].encoder_id == second["encoder_id"]
    with store.session(read_only=True) as db_session:
        one, two = db_session.scalars(select(TrackVector.vector)).all()
    assert one != two


def test_the_same_files_are_the_same_encoder(settings: Settings, clap_dir: Path, tmp_path: Path) -> None:
    found = find_encoder(settings, "clap")
    copy = with_clap(settings, save_tiny_clap(tmp_path / "copy", knows_words=False))
    assert dataclasses.replace(find_encoder(copy, "clap"), folder=clap_dir) == found


def test_what_is_not_set_up_says_how(web_settings: Settings, tmp_path: Path) -> None:
    def refusal(name: str, **changes: object) -> str:
        with pytest.raises(NotPrepared) as caught:
            find_encoder(web_settings.model_copy(update=changes), name)
        assert caught.value.code == "encoder_not_prepared"
        return str(caught.value)

    assert "HOMESPUN_CLAP_DIR" in refusal("clap")
    assert "HOMESPUN_VIBENET" in refusal("vibenet")
    assert str(tmp_path) in refusal("clap", clap_dir=tmp_path)
    with pytest.raises(InvalidRequest) as caught:
        find_encoder(web_settings, "musicnn")
    assert caught.value.code == "unknown_encoder"
