"""Job: listen with a further encoder to the tracks it has not heard, the most played first.

What it hears stands in rows of its own. The encoder in use, tastes and lists know nothing of it.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits

from recommender.encoders.encoder import Encoder, fill_excerpt
from service.audio import AudioError, DecoderPool
from service.jobs.listening_progress import ListeningProgress
from service.library.further_encoders import findable_vectors, further_index_dir
from service.library.further_loading import FoundEncoder, find_encoder, load_encoder
from service.library.heard_rows import (
    TrackFailure,
    keep_failures,
    keep_vectors,
    present_tracks,
    unheard_tracks,
)
from service.library.hearing_pool import UnheardTrack
from service.library.published_index import published_in
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import JobRequest, embed_further, index_further
from service.operations.model_versions import register
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ModelVersion

BATCH_TRACKS = 8

_LEAST_TO_SPARE_SECONDS = 0.1
"""What a row says of a file's length may be a little more than the decoder finds."""


@dataclass(frozen=True)
class Inputs:
    """What is to be listened to, in order, and by how many threads; ``left`` more wait, of ``present`` tracks in all."""

    encoder_id: str
    found: FoundEncoder
    threads: int
    tracks: list[UnheardTrack]
    left: int
    present: int
    index_is_behind: bool


@dataclass
class Batch:
    """What was found in a few tracks, unit vectors float32 (d,) by track id, and how the job stands after them."""

    encoder_id: str
    encoder: str
    left: int
    index_is_behind: bool
    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    failed: list[TrackFailure] = field(default_factory=list)
    heard_in_all: int = 0
    failed_in_all: list[TrackFailure] = field(default_factory=list)


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Names the encoder and finds what it has not heard; files that are missing or failed as they are wait.

    Raises InvalidRequest (``unknown_encoder``) and NotPrepared (``encoder_not_prepared``).
    """
    found = find_encoder(settings, payload["encoder"])
    with db.session() as db_session:
        config = {"vector_size": found.vector_size}
        version = register(db_session, "encoder", found.name, found.sha256, config, metrics={}, further=True)
        tracks, left = unheard_tracks(db_session, version.id, at_most=payload["at_most"], further=True)
        return Inputs(
            encoder_id=version.id,
            found=found,
            threads=settings.threads,
            tracks=tracks,
            left=left,
            present=present_tracks(db_session),
            index_is_behind=_index_is_behind(db_session, settings, version),
        )


def compute(inputs: Inputs, report: Report) -> Generator[Batch, None, None]:
    """Listens to the tracks, a batch at a time; a file that fails is told of and the rest goes on.

    Raises NotPrepared (``encoder_not_prepared``) when there is something to hear and the encoder cannot be loaded.
    """
    if not inputs.tracks:
        yield Batch(inputs.encoder_id, inputs.found.name, inputs.left, inputs.index_is_behind)
        return
    encoder = load_encoder(inputs.found)
    progress = ListeningProgress(report, len(inputs.tracks), inputs.left, inputs.present)
    heard_in_all = 0
    failed_in_all: list[TrackFailure] = []
    with (
        DecoderPool(inputs.threads) as pool,
        _one_thread_an_operation(),
        ThreadPoolExecutor(inputs.threads) as executor,
    ):
        for start in range(0, len(inputs.tracks), BATCH_TRACKS):
            batch = Batch(inputs.encoder_id, inputs.found.name, inputs.left, inputs.index_is_behind)
            tracks = inputs.tracks[start : start + BATCH_TRACKS]
            for track, answer in zip(
                tracks, executor.map(lambda track: _listen(track, encoder, pool), tracks), strict=True
            ):
                if isinstance(answer, TrackFailure):
                    batch.failed.append(answer)
                else:
                    batch.vectors[track.track_id] = answer
                progress.heard_one()
                progress.tell()
            heard_in_all += len(batch.vectors)
            failed_in_all += batch.failed
            batch.heard_in_all, batch.failed_in_all = heard_in_all, list(failed_in_all)
            yield batch


def store_result(db: Database, output: Batch, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # rows are equal whoever wrote them
    """Writes vectors and failures; a track that was removed or heard meanwhile is passed over."""
    with db.session() as db_session:
        keep_vectors(db_session, output.encoder_id, output.vectors)
        keep_failures(db_session, output.encoder_id, output.failed)
    return {
        "encoder": output.encoder,
        "encoder_id": output.encoder_id,
        "embedded": output.heard_in_all,
        "failed": [
            {"track_id": each.track_id, "code": each.code, "reason": each.reason}
            for each in output.failed_in_all
        ],
        "left": output.left,
        "index_is_behind": output.index_is_behind or output.heard_in_all > 0,
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """What was heard can be found; what is left is heard next."""
    requests = [index_further(result["encoder_id"])] if result["index_is_behind"] else []
    if result["left"]:
        requests.append(embed_further(payload["encoder"], at_most=payload["at_most"]))
    return requests


def _index_is_behind(db_session: Session, settings: Settings, version: ModelVersion) -> bool:
    """Whether the index holds another encoder's vectors or another number of tracks than there are, as after a crash."""
    findable = findable_vectors(version.id).order_by(None).subquery()
    tracks = db_session.scalar(select(func.count()).select_from(findable))
    published = published_in(further_index_dir(settings, version.name))
    in_force = (version.id, 0) if published is None else (published.encoder_id, published.tracks)
    return in_force != (version.id, tracks)


def _listen(track: UnheardTrack, encoder: Encoder, pool: DecoderPool) -> NDArray[np.float32] | TrackFailure:
    try:
        return encoder.encode(_excerpts(track, encoder, pool))
    except AudioError as error:
        return TrackFailure(track.track_id, error.code, str(error), track.modified_ns)
    except ValueError as error:  # what the engine says to audio that is empty, silent or no number
        return TrackFailure(track.track_id, "unreadable_audio", str(error), track.modified_ns)


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
