from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from generator.taste.index_offset import IndexOffset
from recommender.embedding import ENCODER_NAME, VECTOR_SIZE
from service.audio import flac_bytes
from service.errors import Cancelled, NotPrepared
from service.jobs import embed_tracks
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.operations.model_versions import in_use, register
from service.settings import Settings
from service.store.database import Database
from service.store.tables import (
    EmbeddingFailure,
    Job,
    Listen,
    Thumb,
    Track,
    TrackEmbedding,
    User,
    utc_now,
)

SAMPLE_RATE = 22_050


def no_report(_fraction: float, _text: str) -> None:
    """Nobody watches."""


def add_track(database: Database, path: Path, content: bytes, seconds: float) -> str:
    path.write_bytes(content)
    with database.session() as db_session:
        track = Track(
            origin="catalogue",
            path=bytes(path),
            content_hash=path.name,
            size_bytes=len(content),
            modified_ns=1,
            duration_seconds=seconds,
            sample_rate=SAMPLE_RATE,
            channels=1,
            codec="flac",
        )
        db_session.add(track)
        db_session.flush()
        return track.id


def tone(hz: float, seconds: float) -> bytes:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    beats = 1.0 - (2.0 * time % 1.0)
    return flac_bytes((0.4 * beats * np.sin(2 * np.pi * hz * time))[None].astype(np.float32), SAMPLE_RATE)


@pytest.fixture
def settings(require: Callable[[str], None], store_settings: Settings) -> Settings:
    require("encoder")
    return store_settings.model_copy(update={"threads": 2})


def test_tracks_are_heard_once_and_a_broken_file_does_not_stop_the_rest(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{hz}.flac", tone(hz, 7.0), 7.0) for hz in (220, 330)]
    broken = add_track(database, tmp_path / "broken.flac", b"no music", 7.0)

    result = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    again = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)

    assert result["embedded"] == 2
    assert [failure["track_id"] for failure in result["failed"]] == [broken]
    assert again["embedded"] == 0
    with database.session(read_only=True) as db_session:
        rows = db_session.scalars(select(TrackEmbedding).order_by(TrackEmbedding.track_id)).all()
    assert [row.track_id for row in rows] == ids
    for row in rows:
        assert np.linalg.norm(np.frombuffer(row.vector, "<f4")) == pytest.approx(1.0, abs=1e-5)
        assert np.frombuffer(row.tags, "<f4").shape == (100,)
        curve = np.frombuffer(row.emotion_curve, "<f4").reshape(-1, 2)
        assert curve[:, 1].mean() == pytest.approx(row.arousal, abs=0.05)
        assert row.is_music
        assert row.beat_strength > 0.1
        assert row.tempo_bpm == pytest.approx(120.0, rel=0.02)
        assert -1.0 <= row.arousal <= 1.0
    with database.session(read_only=True) as db_session:
        gains = [db_session.get_one(Track, track_id).gain_db for track_id in ids]
    assert all(gain is not None and -12.0 < gain < 0.0 for gain in gains)
    assert len(list((settings.cache_dir / "waveforms").rglob("*.json"))) == 2


def test_the_most_played_come_first_and_missing_files_not_at_all(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{name}.flac", b"", 7.0) for name in "abcd"]
    with database.session() as db_session:
        user = User(name="kim", is_owner=True)
        db_session.add(user)
        db_session.flush()
        for position, track_id in enumerate([ids[2], ids[1], ids[2]]):
            db_session.add(
                Listen(
                    user_id=user.id,
                    track_id=track_id,
                    listened_at=utc_now(),
                    source="test",
                    title="t",
                    artist="a",
                    skipped=False,
                    dedupe_key=str(position),
                )
            )
        db_session.get_one(Track, ids[3]).missing_since = utc_now()

    inputs = embed_tracks.load_inputs(database, settings, dict(job_requests.embed_tracks().payload))

    assert [track.track_id for track in inputs.tracks] == [ids[2], ids[1], ids[0]]


def test_only_the_tracks_that_were_asked_for_are_heard(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{name}.flac", b"", 7.0) for name in "ab"]
    inputs = embed_tracks.load_inputs(database, settings, dict(job_requests.embed_tracks([ids[1]]).payload))
    assert [track.track_id for track in inputs.tracks] == [ids[1]]


def test_what_the_processes_heard_before_a_stop_stays_and_the_next_run_goes_on(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    tracks = embed_tracks.FEW_TRACKS + 1
    for position in range(tracks):
        add_track(database, tmp_path / f"{position}.flac", tone(200.0 + position, 1.5), 1.5)
    told: list[str] = []

    def stop_before_the_end(fraction: float, words: str) -> None:
        told.append(words)
        if fraction == 1.0:
            raise Cancelled("Enough.")

    one_process = settings.model_copy(update={"threads": 1})
    payload = job_requests.embed_tracks().payload
    with pytest.raises(Cancelled):
        run_inline(database, one_process, embed_tracks, payload, stop_before_the_end)
    assert told[0] == f"listened to 0 of {tracks} tracks"
    with database.session(read_only=True) as db_session:
        rows = db_session.scalars(select(TrackEmbedding)).all()
    assert 0 < len(rows) < tracks
    assert all(row.warnings[0] == "short_track" for row in rows)
    result = run_inline(database, one_process, embed_tracks, payload, no_report)
    assert len(rows) + result["embedded"] == tracks


def test_without_weights_it_says_what_to_run(
    database: Database, store_settings: Settings, tmp_path: Path
) -> None:
    add_track(database, tmp_path / "a.flac", tone(220.0, 4.0), 4.0)
    settings = store_settings.model_copy(update={"models_dir": tmp_path})
    with pytest.raises(NotPrepared, match="homespun models prepare"):
        run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)


def outcome(**values: object) -> dict[str, object]:
    return {"embedded": 0, "failed": [], "left": 0, "promoted": False, "serves": True} | values


def test_a_large_library_is_heard_in_parts_with_an_index_after_each() -> None:
    before = utc_now()
    asked = job_requests.embed_tracks(at_most=200, retry_failed_before=before)
    index, rest = embed_tracks.follow_ups(outcome(embedded=199, left=305), dict(asked.payload))
    assert index.kind == "rebuild_index"
    assert rest.payload == {"track_ids": None, "at_most": 300, "retry_failed_before": before.isoformat()}
    assert rest.singleton_key == asked.singleton_key
    last = embed_tracks.follow_ups(outcome(embedded=4), dict(rest.payload))
    assert [request.kind for request in last] == ["rebuild_index"]


def test_a_part_that_was_queued_by_a_version_before_still_runs(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{name}.flac", b"", 7.0) for name in "ab"]
    payload = {"track_ids": None, "at_most": 300, "skipping": [ids[0]]}
    assert [track.track_id for track in embed_tracks.load_inputs(database, settings, payload).tracks] == [
        ids[1]
    ]
    rest = embed_tracks.follow_ups(outcome(left=2), payload)[-1]
    assert rest.payload == {"track_ids": None, "at_most": 300, "retry_failed_before": None}


def test_where_nothing_was_heard_of_what_was_asked_the_index_stays() -> None:
    asked = job_requests.embed_tracks(["a"])
    assert embed_tracks.follow_ups(outcome(), dict(asked.payload)) == []


def test_so_many_are_heard_as_were_asked_for_and_the_rest_is_left(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{name}.flac", b"", 7.0) for name in "abcd"]
    asked = job_requests.embed_tracks(at_most=2)
    inputs = embed_tracks.load_inputs(database, settings, dict(asked.payload))
    assert [track.track_id for track in inputs.tracks] == ids[:2]
    assert (inputs.left, inputs.present) == (2, 4)


def test_who_played_or_judged_what_is_heard_now_gets_their_taste_found_anew(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    track_id = add_track(database, tmp_path / "a.flac", tone(220.0, 7.0), 7.0)
    with database.session() as db_session:
        kim, lou = User(name="kim"), User(name="lou")
        db_session.add_all([kim, lou])
        db_session.flush()
        db_session.add(Thumb(user_id=kim.id, track_id=track_id, value="up"))
    run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    with database.session(read_only=True) as db_session:
        queued = db_session.scalars(select(Job).where(Job.state == "queued")).all()
        revisions = dict(db_session.execute(select(User.name, User.list_revision)).all())
    assert [(job.kind, job.user_id) for job in queued] == [("update_taste", kim.id)]
    assert revisions == {"kim": 1, "lou": 1}


def failures_of(database: Database) -> list[tuple[str, str]]:
    with database.session(read_only=True) as db_session:
        rows = db_session.scalars(select(EmbeddingFailure).order_by(EmbeddingFailure.track_id))
        return [(row.track_id, row.code) for row in rows]


def wanted(database: Database, settings: Settings, **wishes: Any) -> list[str]:
    inputs = embed_tracks.load_inputs(database, settings, dict(job_requests.embed_tracks(**wishes).payload))
    return [track.track_id for track in inputs.tracks]


def test_what_could_not_be_heard_is_tried_again_when_its_file_changed_or_somebody_asks(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    broken = add_track(database, tmp_path / "broken.flac", b"no music", 7.0)
    result = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    assert [failure["code"] for failure in result["failed"]] == ["unreadable_audio"]
    assert failures_of(database) == [(broken, "unreadable_audio")]
    assert wanted(database, settings) == []
    assert wanted(database, settings, retry_failed_before=utc_now()) == [broken]
    assert wanted(database, settings, track_ids=[broken]) == [broken]

    (tmp_path / "broken.flac").write_bytes(tone(220.0, 7.0))
    with database.session() as db_session:
        db_session.get_one(Track, broken).modified_ns = 2
    again = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    assert (again["embedded"], failures_of(database)) == (1, [])


def test_a_failure_that_may_pass_by_itself_is_tried_again_later(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    track_id = add_track(database, tmp_path / "gone.flac", b"", 7.0)
    (tmp_path / "gone.flac").unlink()
    run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    assert failures_of(database) == [(track_id, "unreadable_file")]
    assert wanted(database, settings) == []
    with database.session() as db_session:
        (failure,) = db_session.scalars(select(EmbeddingFailure))
        failure.failed_at -= timedelta(hours=2)
    assert wanted(database, settings) == [track_id]


def test_another_encoder_serves_once_it_has_heard_the_whole_library(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = [add_track(database, tmp_path / f"{hz}.flac", tone(hz, 7.0), 7.0) for hz in (220, 330)]
    add_track(database, tmp_path / "broken.flac", b"no music", 7.0)
    with database.session() as db_session:
        db_session.add(User(name="kim"))
        old = register(db_session, "encoder", "musicnn-0", "0" * 64, {"vector_size": 4}, {})

    def serving() -> str:
        with database.session(read_only=True) as db_session:
            encoder = in_use(db_session, "encoder")
            assert encoder is not None
            return encoder.name

    asked = job_requests.embed_tracks([ids[0]])
    result = run_inline(database, settings, embed_tracks, asked.payload, no_report)
    assert (result["promoted"], result["serves"], serving()) == (False, False, old.name)
    # What was asked for is found only when all of the library was heard, so that comes next.
    assert embed_tracks.follow_ups(result, dict(asked.payload))[-1].payload["track_ids"] is None

    rest = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    assert (rest["promoted"], rest["serves"], serving()) == (True, True, ENCODER_NAME)
    with database.session(read_only=True) as db_session:
        queued = db_session.scalars(select(Job).where(Job.state == "queued").order_by(Job.id)).all()
    assert [job.kind for job in queued] == ["rebuild_index", "update_taste"]
    once_more = run_inline(database, settings, embed_tracks, job_requests.embed_tracks().payload, no_report)
    assert once_more["promoted"] is False


def offset_weights(folder: Path, vector: np.ndarray, encoder: str) -> Path:
    """Write an offset of compositions by this vector, beside no other weights."""
    IndexOffset(vector).save(folder, encoder, {})
    return folder


def rows_of(database: Database, settings: Settings, asked: Sequence[str]) -> dict[str, TrackEmbedding]:
    run_inline(database, settings, embed_tracks, job_requests.embed_tracks(asked).payload, no_report)
    with database.session(read_only=True) as db_session:
        return {row.track_id: row for row in db_session.scalars(select(TrackEmbedding))}


def test_what_all_renders_share_is_taken_out_of_compositions_alone_and_once(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    content = tone(220, 7.0)
    catalogue, composed, again = (
        add_track(database, tmp_path / f"{name}.flac", content, 7.0) for name in "abc"
    )
    with database.session() as db_session:
        user = User(name="kim")
        db_session.add(user)
        db_session.flush()
        for track_id in (composed, again):
            track = db_session.get_one(Track, track_id)
            track.origin, track.owner_id = "composed", user.id
    offset = np.zeros(VECTOR_SIZE, np.float32)
    offset[0] = 0.5
    settings = settings.model_copy(
        update={"composer_dir": offset_weights(tmp_path / "weights", offset, ENCODER_NAME)}
    )
    rows = rows_of(database, settings, [catalogue, composed])
    heard, moved = (np.frombuffer(rows[each].vector, "<f4") for each in (catalogue, composed))
    expected = (heard - offset) / np.linalg.norm(heard - offset)
    np.testing.assert_allclose(moved, expected, atol=1e-3)
    assert rows[catalogue].index_offset is None
    assert rows[composed].index_offset is not None
    with database.session() as db_session:
        db_session.delete(db_session.get_one(TrackEmbedding, (composed, rows[composed].encoder_id)))
    once_more = rows_of(database, settings, [composed])[composed]
    assert (once_more.vector, once_more.index_offset) == (rows[composed].vector, rows[composed].index_offset)

    # an offset of another encoder's vectors says nothing of this one's vectors
    settings = settings.model_copy(
        update={"composer_dir": offset_weights(tmp_path / "others", offset, "another")}
    )
    unmoved = rows_of(database, settings, [again])[again]
    assert unmoved.index_offset is None
    assert unmoved.vector == rows[catalogue].vector
