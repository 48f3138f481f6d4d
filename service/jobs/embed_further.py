"""Job: listen with a further encoder to the tracks it has not heard, the most played first.

What it hears stands in rows of its own. The encoder in use, tastes and lists know nothing of it.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits

from recommender.encoders.encoder import Encoder, fill_excerpt
from service.audio import AudioError, DecoderPool
from service.library.further_encoders import further_index_dir
from service.library.further_loading import FoundEncoder, find_encoder, load_encoder
from service.library.published_index import published_in
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import JobRequest, embed_further, index_further
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database
from service.store.tables import EmbeddingFailure, Listen, ModelVersion, Track, TrackVector

BATCH_TRACKS = 8

_LEAST_TO_SPARE_SECONDS = 0.1
"""What a row says of a file's length may be a little more than the decoder finds."""


@dataclass(frozen=True)
class UnheardTrack:
    """A track the encoder has not heard; ``modified_ns`` tells when it is worth trying again what fails."""

    track_id: str
    file_name: str
    duration_seconds: float
    modified_ns: int


@dataclass(frozen=True)
class Inputs:
    """What is to be listened to, in order, and by how many threads; ``left`` more wait for the next job."""

    encoder_id: str
    found: FoundEncoder
    threads: int
    tracks: list[UnheardTrack]
    left: int
    index_is_behind: bool


@dataclass(frozen=True)
class HeardTrack:
    """Where the encoder places one track: a unit vector float32 (d,)."""

    track_id: str
    vector: NDArray[np.float32]


@dataclass(frozen=True)
class FailedTrack:
    """A track whose file could not be listened to, and why."""

    track_id: str
    code: str
    reason: str
    modified_ns: int


@dataclass(frozen=True)
class Batch:
    """What was found in a few tracks, and how the job stands after them."""

    encoder_id: str
    encoder: str
    heard: list[HeardTrack]
    failed: list[FailedTrack]
    heard_in_all: int
    failed_in_all: list[FailedTrack]
    left: int
    index_is_behind: bool


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Names the encoder and finds what it has not heard, without files that are missing or failed as they are.

    Raises InvalidRequest (``unknown_encoder``) and NotPrepared (``encoder_not_prepared``).
    """
    found = find_encoder(settings, payload["encoder"])
    with db.session() as db_session:
        version = register(
            db_session,
            "encoder",
            found.name,
            found.sha256,
            {"vector_size": found.vector_size},
            metrics={},
            further=True,
        )
        tracks = [
            UnheardTrack(track.id, track.file_name, track.duration_seconds, track.modified_ns)
            for track in db_session.scalars(_unheard(version.id))
        ]
        at_most = payload["at_most"] or len(tracks)
        return Inputs(
            encoder_id=version.id,
            found=found,
            threads=settings.threads,
            tracks=tracks[:at_most],
            left=len(tracks[at_most:]),
            index_is_behind=_index_is_behind(db_session, settings, version),
        )


def compute(inputs: Inputs, report: Report) -> Generator[Batch, None, None]:
    """Listens to the tracks, a batch at a time; a file that fails is told of and the rest goes on.

    Raises NotPrepared (``encoder_not_prepared``) when there is something to hear and the encoder cannot be loaded.
    """
    if not inputs.tracks:
        yield _batch(inputs, [], [], 0, [])
        return
    encoder = load_encoder(inputs.found)
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
            found: list[HeardTrack | FailedTrack] = list(
                executor.map(lambda track: _listen(track, encoder, pool), tracks)
            )
            heard = [each for each in found if isinstance(each, HeardTrack)]
            failed = [each for each in found if isinstance(each, FailedTrack)]
            heard_in_all += len(heard)
            failed_in_all += failed
            yield _batch(inputs, heard, failed, heard_in_all, list(failed_in_all))


def store_result(db: Database, output: Batch, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # rows are equal whoever wrote them
    """Writes vectors and failures; a track that was removed or heard meanwhile is passed over."""
    encoder_id = output.encoder_id
    ids = [each.track_id for each in output.heard] + [each.track_id for each in output.failed]
    with db.session() as db_session:
        present = set(db_session.scalars(select(Track.id).where(Track.id.in_(ids))))
        known = set(
            db_session.scalars(
                select(TrackVector.track_id).where(
                    TrackVector.track_id.in_(ids), TrackVector.encoder_id == encoder_id
                )
            )
        )
        db_session.execute(
            delete(EmbeddingFailure).where(
                EmbeddingFailure.track_id.in_(ids), EmbeddingFailure.encoder_id == encoder_id
            )
        )
        db_session.add_all(
            TrackVector(
                track_id=each.track_id, encoder_id=encoder_id, vector=each.vector.astype("<f4").tobytes()
            )
            for each in output.heard
            if each.track_id in present - known
        )
        db_session.add_all(
            EmbeddingFailure(encoder_id=encoder_id, **vars(each))
            for each in output.failed
            if each.track_id in present - known
        )
    return {
        "encoder": output.encoder,
        "encoder_id": encoder_id,
        "embedded": output.heard_in_all,
        "failed": [
            {"track_id": each.track_id, "code": each.code, "reason": each.reason}
            for each in output.failed_in_all
        ],
        "left": output.left,
        "index_is_behind": output.index_is_behind,
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """What was heard can be found; what is left is heard next."""
    requests = [index_further(result["encoder_id"])] if result["index_is_behind"] else []
    if result["left"]:
        requests.append(embed_further(payload["encoder"], at_most=payload["at_most"]))
    return requests


def _batch(
    inputs: Inputs,
    heard: list[HeardTrack],
    failed: list[FailedTrack],
    heard_in_all: int,
    failed_in_all: list[FailedTrack],
) -> Batch:
    return Batch(
        inputs.encoder_id,
        inputs.found.name,
        heard,
        failed,
        heard_in_all,
        failed_in_all,
        left=inputs.left,
        index_is_behind=inputs.index_is_behind or heard_in_all > 0,
    )


def _unheard(encoder_id: str) -> Select[Track]:
    plays = (
        select(Listen.track_id, func.count().label("plays"))
        .where(Listen.track_id.is_not(None))
        .group_by(Listen.track_id)
        .subquery()
    )
    failed_as_it_is = and_(
        EmbeddingFailure.track_id == Track.id,
        EmbeddingFailure.encoder_id == encoder_id,
        EmbeddingFailure.modified_ns == Track.modified_ns,
    )
    heard = select(TrackVector.track_id).where(TrackVector.encoder_id == encoder_id)
    return (
        select(Track)
        .outerjoin(plays, plays.c.track_id == Track.id)
        .outerjoin(EmbeddingFailure, failed_as_it_is)
        .where(Track.missing_since.is_(None), Track.id.not_in(heard), EmbeddingFailure.track_id.is_(None))
        .order_by(func.coalesce(plays.c.plays, 0).desc(), Track.id)
    )


def _index_is_behind(db_session: Session, settings: Settings, version: ModelVersion) -> bool:
    """Whether the index holds another encoder's vectors or another number of tracks than there are, as after a crash."""
    heard = db_session.scalar(
        select(func.count())
        .select_from(TrackVector)
        .join(Track, Track.id == TrackVector.track_id)
        .where(TrackVector.encoder_id == version.id, Track.missing_since.is_(None))
    )
    published = published_in(further_index_dir(settings, version.name))
    in_force = (version.id, 0) if published is None else (published.encoder_id, published.tracks)
    return in_force != (version.id, heard)


def _listen(track: UnheardTrack, encoder: Encoder, pool: DecoderPool) -> HeardTrack | FailedTrack:
    try:
        return HeardTrack(track.track_id, encoder.encode(_excerpts(track, encoder, pool)))
    except AudioError as error:
        return FailedTrack(track.track_id, error.code, str(error), track.modified_ns)
    except ValueError as error:  # what the engine says to audio that is empty, silent or no number
        return FailedTrack(track.track_id, "unreadable_audio", str(error), track.modified_ns)


def _excerpts(track: UnheardTrack, encoder: Encoder, pool: DecoderPool) -> NDArray[np.float32]:
    if track.duration_seconds < encoder.excerpt_seconds + _LEAST_TO_SPARE_SECONDS:
        whole = pool.load(track.file_name, sample_rate=encoder.sample_rate, mono=True)
        return fill_excerpt(encoder, whole.samples[0])
    return pool.load_excerpts(
        track.file_name,
        sample_rate=encoder.sample_rate,
        excerpt_seconds=encoder.excerpt_seconds,
        excerpts=min(encoder.excerpts, int(track.duration_seconds // encoder.excerpt_seconds)),
    )


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    """Each thread listens to a track of its own, which is faster than all sharing one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
