"""Job: listen to the tracks that have not been listened to, the most played first, and measure their loudness.

What another encoder than the one in use hears is kept beside it until it has heard the whole library; then it takes the
other's place.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from recommender.embedding import ENCODER_NAME, VECTOR_SIZE, TrackEncoder
from service.audio import DecoderPool
from service.jobs.index_offsets import composed_offset, weights_dir_of
from service.jobs.listening_progress import ListeningProgress
from service.library.heard_rows import (
    HeardTrack,
    TrackFailure,
    begin_to_serve,
    composed_tracks,
    is_heard_whole,
    keep_failures,
    keep_heard,
    listeners_to,
    present_tracks,
    unheard_tracks,
)
from service.library.hearing import Heard
from service.library.hearing_pool import Answer, HearingPool, UnheardTrack, listen
from service.library.waveforms import keep_peaks
from service.listening.list_revisions import all_lists_changed
from service.operations import job_requests
from service.operations.encoder_weights import WEIGHTS_SHA256, load_encoder_weights
from service.operations.fence import Fence
from service.operations.job_queue import Report, bring_forward, enqueue
from service.operations.job_requests import JobRequest, rebuild_index, taste_soon
from service.operations.model_versions import in_use, register
from service.settings import Settings
from service.store.database import Database

BATCH_TRACKS = 8
LONGEST_UNSTORED_SECONDS = 3.0
"""What was heard is stored at least so often: it is lost when the job is ended."""

FEW_TRACKS = 12
"""So few are listened to in this process, whose encoder is loaded: starting others would take longer."""


@dataclass(frozen=True)
class Inputs:
    """What is to be listened to, in order, and by how many processes.

    `left` more wait for the next job. Where the whole library is asked for, so many of its tracks are `present`.
    `composed` tracks were composed with the weights in `weights_dir`.
    """

    encoder_id: str
    models_dir: Path
    threads: int
    weights_dir: Path
    tracks: list[UnheardTrack]
    composed: frozenset[str]
    left: int
    present: int
    is_library: bool
    cache_dir: Path


@dataclass(frozen=True)
class Batch:
    """What was found in a few tracks, and how the job stands after them; `is_last` of the job's last ones."""

    encoder_id: str
    heard: list[HeardTrack]
    failed: list[TrackFailure]
    heard_in_all: int
    failed_in_all: list[TrackFailure]
    cpu_seconds: dict[str, float]
    left: int
    is_last: bool
    is_library: bool
    cache_dir: Path


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Names the encoder and finds the tracks it has not heard; those whose file is missing wait for it.

    Tracks without a gain, which versions before the service did not measure, are heard again.
    """
    # Jobs that were queued by a version before have no such wish, and name the tracks that had failed.
    retry_before = payload.get("retry_failed_before")
    with db.session() as db_session:
        encoder = register(
            db_session, "encoder", ENCODER_NAME, WEIGHTS_SHA256, {"vector_size": VECTOR_SIZE}, metrics={}
        )
        tracks, left = unheard_tracks(
            db_session,
            encoder.id,
            track_ids=payload["track_ids"],
            skipping=payload.get("skipping", ()),
            at_most=payload["at_most"],
            retry_failed_before=retry_before and datetime.fromisoformat(retry_before),
        )
        return Inputs(
            encoder_id=encoder.id,
            models_dir=settings.models_dir,
            threads=settings.threads,
            weights_dir=weights_dir_of(settings),
            tracks=tracks,
            composed=composed_tracks(db_session),
            left=left,
            present=present_tracks(db_session) if payload["track_ids"] is None else len(tracks) + left,
            is_library=payload["track_ids"] is None,
            cache_dir=settings.cache_dir,
        )


def compute(inputs: Inputs, report: Report) -> Generator[Batch, None, None]:
    """Listens to the tracks, a batch at a time; a file that fails is told of and the rest goes on.

    Raises NotPrepared (models_not_prepared) or CorruptArtifact when there is something to hear and no ear for it, or
    something composed and the generator's anchors are damaged.
    """
    found = _Found(inputs)
    if not inputs.tracks:
        yield found.batch(is_last=True)
        return
    progress = ListeningProgress(report, len(inputs.tracks), inputs.left, inputs.present)
    with _answers(inputs) as answers:
        for answer in answers:
            if answer is not None:
                found.add(answer)
                progress.heard_one()
            progress.tell()
            if found.waits_to_be_stored(progress.seconds_since_stored()):
                yield found.batch(is_last=False)
                progress.stored()
    yield found.batch(is_last=True)


def store_result(db: Database, output: Batch, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # rows are equal whoever wrote them
    """Writes what was found in these tracks; one that was removed or heard meanwhile is passed over."""
    for each in output.heard:
        keep_peaks(output.cache_dir, each.content_hash, each.heard.measures)
    with db.session() as db_session:
        keep_heard(db_session, output.encoder_id, output.heard)
        keep_failures(db_session, output.encoder_id, output.failed)
        # Listeners before jobs, as whoever records a listen locks them: the other way round they could wait for each other.
        if output.is_last and output.heard_in_all:
            all_lists_changed(db_session)
        for user_id in listeners_to(db_session, [each.track_id for each in output.heard]):
            enqueue(db_session, taste_soon(user_id))
        if output.is_last and output.is_library:
            # What was learned of tastes meanwhile comes before the rest of the library.
            bring_forward(db_session, "update_taste")
        promoted = output.is_last and is_heard_whole(db_session, output.encoder_id)
        if promoted:
            begin_to_serve(db_session, output.encoder_id)
        serving = in_use(db_session, "encoder")
    return {
        "embedded": output.heard_in_all,
        "failed": [
            {"track_id": each.track_id, "code": each.code, "reason": each.reason}
            for each in output.failed_in_all
        ],
        "left": output.left,
        "promoted": promoted,
        "serves": serving is not None and serving.id == output.encoder_id,
        "cpu_seconds": {stage: round(seconds, 3) for stage, seconds in output.cpu_seconds.items()},
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """What was heard can be found; what is left is heard next."""
    # All tracks were asked for when the library was scanned, which may have lost some, or found some again.
    requests = [rebuild_index()] if result["embedded"] or payload["track_ids"] is None else []
    if result["left"]:
        retry_before = payload.get("retry_failed_before")
        requests.append(
            job_requests.embed_tracks(
                payload["track_ids"],
                at_most=payload["at_most"] and job_requests.TRACKS_BETWEEN_INDEXES,
                retry_failed_before=retry_before and datetime.fromisoformat(retry_before),
            )
        )
    elif not result["serves"] and payload["track_ids"] is not None:
        # A new encoder heard what was asked for, which is only found once it has heard everything.
        requests.append(job_requests.embed_tracks(at_most=job_requests.FIRST_TRACKS))
    return requests


class _Found:
    """What was found so far, and what of it is not stored yet."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._heard: list[HeardTrack] = []
        self._failed: list[TrackFailure] = []
        self._heard_in_all = 0
        self._failed_in_all: list[TrackFailure] = []
        self._cpu_seconds: Counter[str] = Counter()

    def add(self, answer: Answer) -> None:
        track, found = answer
        if isinstance(found, Heard):
            self._heard.append(self._among_recordings(HeardTrack(track.track_id, track.content_hash, found)))
            self._cpu_seconds.update(found.cpu_seconds)
            self._heard_in_all += 1
        else:
            failure = TrackFailure(track.track_id, found.code, found.reason, track.modified_ns)
            self._failed.append(failure)
            self._failed_in_all.append(failure)

    def _among_recordings(self, track: HeardTrack) -> HeardTrack:
        """A composition without what all renders share, else compositions would lie nearest to each other; others as heard."""
        offset = (
            composed_offset(self._inputs.weights_dir) if track.track_id in self._inputs.composed else None
        )
        if offset is None:
            return track
        encoding = track.heard.encoding
        moved = replace(encoding, vector=offset.removed(encoding.vector[None])[0])
        return replace(track, heard=replace(track.heard, encoding=moved), index_offset=offset.name)

    def waits_to_be_stored(self, seconds: float) -> bool:
        waiting = len(self._heard) + len(self._failed)
        return waiting >= BATCH_TRACKS or (waiting > 0 and seconds >= LONGEST_UNSTORED_SECONDS)

    def batch(self, *, is_last: bool) -> Batch:
        heard, failed = self._heard, self._failed
        self._heard, self._failed = [], []
        return Batch(
            self._inputs.encoder_id,
            heard,
            failed,
            self._heard_in_all,
            list(self._failed_in_all),
            dict(self._cpu_seconds),
            left=self._inputs.left,
            is_last=is_last,
            is_library=self._inputs.is_library,
            cache_dir=self._inputs.cache_dir,
        )


@contextmanager
def _answers(inputs: Inputs) -> Iterator[Iterator[Answer | None]]:
    if len(inputs.tracks) > FEW_TRACKS:
        # Whether there is an ear at all is found out here, where it can be told.
        load_encoder_weights(inputs.models_dir)
        with HearingPool(inputs.threads, inputs.models_dir) as pool:
            yield pool.answers(inputs.tracks)
        return
    encoder = _encoder(inputs.models_dir)
    with (
        DecoderPool(inputs.threads) as decoders,
        _one_thread_an_operation(),
        ThreadPoolExecutor(inputs.threads) as executor,
    ):
        yield _in_threads(inputs.tracks, lambda track: (track, listen(track, encoder, decoders)), executor)


def _in_threads(
    tracks: Sequence[UnheardTrack], listening: Callable[[UnheardTrack], Answer], executor: ThreadPoolExecutor
) -> Iterator[Answer | None]:
    futures = [executor.submit(listening, track) for track in tracks]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


@lru_cache(maxsize=1)
def _encoder(models_dir: Path) -> TrackEncoder:
    """Loaded once a process: a worker hears one composed track after the other."""
    return TrackEncoder.from_weights(load_encoder_weights(models_dir))


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    """Each thread listens to a track of its own, which is faster than all sharing one, and gives the same bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
