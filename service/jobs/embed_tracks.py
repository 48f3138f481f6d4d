"""Job: listen to the tracks that have not been listened to, the most played first, and measure their loudness."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from recommender.embedding import ENCODER_NAME, PATCHES, VECTOR_SIZE, TrackEncoder, TrackEncoding
from recommender.emotion import Emotion, estimate_emotion
from recommender.features import FEATURE_SECONDS, Features, measure_features, middle_start_seconds
from recommender.musicnn import PATCH_SAMPLES, SAMPLE_RATE
from service.audio import AudioError, AudioMeasures, DecoderPool
from service.library.gain import gain_db
from service.library.waveforms import keep_peaks
from service.listening.list_revisions import all_lists_changed
from service.operations import job_requests
from service.operations.encoder_weights import WEIGHTS_SHA256, load_encoder_weights
from service.operations.fence import Fence
from service.operations.job_queue import Report, enqueue
from service.operations.job_requests import JobRequest, rebuild_index, taste_soon
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Listen, Thumb, Track, TrackEmbedding

BATCH_TRACKS = 8


@dataclass(frozen=True)
class UnheardTrack:
    """A track without an embedding, and its file as `open` takes it."""

    track_id: str
    file_name: str
    content_hash: str
    duration_seconds: float


@dataclass(frozen=True)
class Inputs:
    """What is to be listened to, in order, and by how many threads; `left` more wait for the next job."""

    encoder_id: str
    models_dir: Path
    threads: int
    tracks: list[UnheardTrack]
    left: int
    cache_dir: Path


@dataclass(frozen=True)
class HeardTrack:
    """What was found in one track."""

    track_id: str
    content_hash: str
    encoding: TrackEncoding
    features: Features
    emotion: Emotion
    measures: AudioMeasures


@dataclass(frozen=True)
class FailedTrack:
    """A track whose file could not be listened to, and why."""

    track_id: str
    code: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """What was found in a few tracks, and how the job stands after them; `is_last` of the job's last ones."""

    encoder_id: str
    heard: list[HeardTrack]
    heard_in_all: int
    failed_in_all: list[FailedTrack]
    left: int
    is_last: bool
    cache_dir: Path


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Names the encoder and finds the tracks it has not heard; those whose file is missing wait for it.

    Tracks without a gain, which versions before the service did not measure, are heard again.
    """
    with db.session() as db_session:
        encoder = register(
            db_session, "encoder", ENCODER_NAME, WEIGHTS_SHA256, {"vector_size": VECTOR_SIZE}, metrics={}
        )
        plays = (
            select(Listen.track_id, func.count().label("plays"))
            .where(Listen.track_id.is_not(None))
            .group_by(Listen.track_id)
            .subquery()
        )
        heard = select(TrackEmbedding.track_id).where(TrackEmbedding.encoder_id == encoder.id)
        wanted = (
            select(Track)
            .outerjoin(plays, plays.c.track_id == Track.id)
            .where(Track.missing_since.is_(None), or_(Track.id.not_in(heard), Track.gain_db.is_(None)))
            .order_by(func.coalesce(plays.c.plays, 0).desc(), Track.id)
        )
        if payload["track_ids"] is not None:
            wanted = wanted.where(Track.id.in_(payload["track_ids"]))
        skipping = set(payload["skipping"])
        tracks = [
            UnheardTrack(track.id, track.file_name, track.content_hash, track.duration_seconds)
            for track in db_session.scalars(wanted)
            if track.id not in skipping
        ]
        at_most = payload["at_most"] or len(tracks)
        return Inputs(
            encoder_id=encoder.id,
            models_dir=settings.models_dir,
            threads=settings.threads,
            tracks=tracks[:at_most],
            left=len(tracks[at_most:]),
            cache_dir=settings.cache_dir,
        )


def compute(inputs: Inputs, report: Report) -> Generator[Batch, None, None]:
    """Listens to the tracks, a batch at a time; a file that fails is told of and the rest goes on.

    Raises NotPrepared (models_not_prepared) or CorruptArtifact when there is something to hear and no ear for it.
    """
    if not inputs.tracks:
        yield Batch(inputs.encoder_id, [], 0, [], left=0, is_last=True, cache_dir=inputs.cache_dir)
        return
    encoder = _encoder(inputs.models_dir)
    heard_in_all = 0
    failed_in_all: list[FailedTrack] = []
    with (
        DecoderPool(inputs.threads) as pool,
        _one_thread_an_operation(),
        ThreadPoolExecutor(inputs.threads) as executor,
    ):
        for start in range(0, len(inputs.tracks), BATCH_TRACKS):
            report(start / len(inputs.tracks), f"listening to {start + 1} of {len(inputs.tracks)} tracks")
            tracks = inputs.tracks[start : start + BATCH_TRACKS]
            found = list(executor.map(lambda track: _listen(track, encoder, pool), tracks))
            heard = [each for each in found if isinstance(each, HeardTrack)]
            failed_in_all += [each for each in found if isinstance(each, FailedTrack)]
            heard_in_all += len(heard)
            is_last = start + BATCH_TRACKS >= len(inputs.tracks)
            yield Batch(
                inputs.encoder_id,
                heard,
                heard_in_all,
                list(failed_in_all),
                left=inputs.left,
                is_last=is_last,
                cache_dir=inputs.cache_dir,
            )


def store_result(db: Database, output: Batch, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # rows are equal whoever wrote them
    """Writes what was found in these tracks; one that was removed or heard meanwhile is passed over."""
    ids = [each.track_id for each in output.heard]
    for each in output.heard:
        keep_peaks(output.cache_dir, each.content_hash, each.measures)
    with db.session() as db_session:
        present = {track.id: track for track in db_session.scalars(select(Track).where(Track.id.in_(ids)))}
        for each in output.heard:
            if each.track_id in present:
                present[each.track_id].gain_db = gain_db(each.measures)
        heard = set(
            db_session.scalars(
                select(TrackEmbedding.track_id).where(
                    TrackEmbedding.track_id.in_(ids), TrackEmbedding.encoder_id == output.encoder_id
                )
            )
        )
        db_session.add_all(
            _row(each, output.encoder_id) for each in output.heard if each.track_id in present.keys() - heard
        )
        # Listeners before jobs, as whoever records a listen locks them: the other way round they could wait for each other.
        if output.is_last and output.heard_in_all:
            all_lists_changed(db_session)
        for user_id in _listeners_to(db_session, ids):
            enqueue(db_session, taste_soon(user_id))
    return {
        "embedded": output.heard_in_all,
        "failed": [vars(each) for each in output.failed_in_all],
        "left": output.left,
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """What was heard can be found; what is left is heard next."""
    # All tracks were asked for when the library was scanned, which may have lost some, or found some again.
    requests = [rebuild_index()] if result["embedded"] or payload["track_ids"] is None else []
    if result["left"]:
        failed = [each["track_id"] for each in result["failed"]]
        skipping = [*payload["skipping"], *failed]
        requests.append(
            job_requests.embed_tracks(payload["track_ids"], at_most=payload["at_most"], skipping=skipping)
        )
    return requests


def _listeners_to(db_session: Session, track_ids: list[str]) -> list[str]:
    """Whose taste these tracks have a part in, now that it is known how they sound."""
    played = select(Listen.user_id).where(Listen.track_id.in_(track_ids))
    thumbed = select(Thumb.user_id).where(Thumb.track_id.in_(track_ids))
    return sorted(db_session.scalars(played.union(thumbed)))


@lru_cache(maxsize=1)
def _encoder(models_dir: Path) -> TrackEncoder:
    """Loaded once a process: a worker hears one composed track after the other."""
    return TrackEncoder.from_weights(load_encoder_weights(models_dir))


def _listen(track: UnheardTrack, encoder: TrackEncoder, pool: DecoderPool) -> HeardTrack | FailedTrack:
    try:
        excerpts = pool.load_excerpts(
            track.file_name,
            sample_rate=SAMPLE_RATE,
            excerpt_seconds=PATCH_SAMPLES / SAMPLE_RATE,
            excerpts=PATCHES,
        )
        middle = pool.load(
            track.file_name,
            sample_rate=SAMPLE_RATE,
            mono=True,
            start_seconds=middle_start_seconds(track.duration_seconds),
            max_seconds=FEATURE_SECONDS,
        )
        encoding = encoder.encode(excerpts.reshape(-1))
        features = measure_features(middle.samples[0])
        measures = pool.measure(track.file_name)
    except AudioError as error:
        return FailedTrack(track.track_id, error.code, str(error))
    except ValueError as error:  # what the engine says to audio that is empty or no number
        return FailedTrack(track.track_id, "unreadable_audio", str(error))
    emotion = estimate_emotion(encoding.tags, features)
    return HeardTrack(track.track_id, track.content_hash, encoding, features, emotion, measures)


def _row(heard: HeardTrack, encoder_id: str) -> TrackEmbedding:
    return TrackEmbedding(
        track_id=heard.track_id,
        encoder_id=encoder_id,
        vector=heard.encoding.vector.astype("<f4").tobytes(),
        tags=heard.encoding.tags.astype("<f4").tobytes(),
        **vars(heard.features),
        **vars(heard.emotion),
    )


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    """Each thread listens to a track of its own, which is faster than all sharing one, and gives the same bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
