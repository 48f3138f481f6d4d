"""Many files heard, each in one of a few processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from recommender.embedding import TrackEncoder
from service.audio import AudioError, DecoderPool
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.library import LibraryTrack
from service.library.hearing import hear
from service.operations.encoder_weights import load_encoder_weights

Failures = dict[str, dict[str, str]]


@contextmanager
def ears(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that hear; each begins empty, so that none inherits threads or locks."""
    # Several processes with several threads each would wait for one another.
    executor = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def one_thread() -> Iterator[None]:
    """This process computes with one thread meanwhile, so that others have the other cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def hear_file(models_dir: Path, file_name: str, duration_seconds: float) -> HeardTrack:
    """One file, in this process; raises AudioError."""
    encoder, pool = loaded_ear(models_dir)
    heard = hear(file_name, duration_seconds, encoder, pool)
    facts: dict[str, Any] = {
        **asdict(heard.features),
        **asdict(heard.emotion),
        "file_loudness_lufs": heard.measures.loudness_lufs,
        "loudness_range_lu": heard.measures.loudness_range_lu,
        "voice": heard.voice,
        "is_music": heard.is_music,
        "warnings": list(heard.warnings),
        "emotion_curve": heard.emotion_curve.round(4).tolist(),
        "cpu_seconds": {stage: round(seconds, 4) for stage, seconds in heard.cpu_seconds.items()},
    }
    return HeardTrack(
        raw=heard.encoding.raw,
        vector=heard.encoding.vector,
        tags=heard.encoding.tags,
        facts=facts,
    )


def hear_library(
    tracks: Sequence[LibraryTrack],
    models_dir: Path,
    processes: int,
    store: HeardStore,
    report: Callable[[float, str], None],
) -> tuple[dict[str, HeardTrack], Failures]:
    """What each recording (by its hash) sounds like, and why those that could not be heard were not.

    What the store holds is not heard again; what is heard is kept there at once.
    """
    heard = {track.content_hash: found for track in tracks if (found := store.get(track.content_hash))}
    left = [track for track in tracks if track.content_hash not in heard]
    failures: Failures = {}
    with ears(processes) as executor:
        waiting = {
            executor.submit(hear_file, models_dir, track.file_name, track.duration_seconds): track
            for track in left
        }
        for done, future in enumerate(as_completed(waiting), start=1):
            track = waiting[future]
            try:
                heard[track.content_hash] = future.result()
                store.put(track.content_hash, heard[track.content_hash])
            except AudioError as error:
                failures[track.told.path] = {"code": error.code, "reason": str(error)}
            except BrokenProcessPool:
                raise
            except Exception as error:  # noqa: BLE001  # a track nobody thought of must not end the hearing of all others
                failures[track.told.path] = {"code": "internal", "reason": f"{type(error).__name__}: {error}"}
            report(done / len(left), f"heard {len(heard)} of {len(tracks)} tracks")
    return heard, failures


@lru_cache(maxsize=1)
def loaded_ear(models_dir: Path) -> tuple[TrackEncoder, DecoderPool]:
    """The encoder and a decoder, loaded once a process. Raises NotPrepared (models_not_prepared)."""
    return TrackEncoder.from_weights(load_encoder_weights(models_dir)), DecoderPool(1)
