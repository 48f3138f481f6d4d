"""The encoder's metric, fitted to a folder of music heard in several ways and to renders heard through several sound chains."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import numpy as np

from recommender.embedding import ENCODER_NAME
from recommender.metric import Metric, MetricConfig, MetricExamples, fit_metric
from service.audio import AudioError, DecoderPool
from service.bench.ear.hearing import ears, loaded_ear
from service.bench.ear.labels import label_tracks
from service.bench.ear.library import LibraryTrack, read_library
from service.bench.ear.metric_left_out import measure_left_out
from service.bench.ear.robustness import EXCERPTS, QUIETER_DB, write_opus
from service.errors import InvalidRequest
from service.store.media import write_atomically

SHORTEST_SECONDS = 45.0
"""Shorter files of game packages are jingles and effects; ten excerpts of them overlap."""

Report = Callable[[float, str], None]


def train_metric(
    library_dir: Path,
    renders_file: Path,
    work_dir: Path,
    out: Path,
    models_dir: Path,
    threads: int,
    report: Report,
    styles: Sequence[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """Fit the metric and write it to `out`; what was heard is kept in `work_dir` and not heard again.

    `renders_file` is the anchors_heard.npz that training the generator leaves in its own work folder. With `styles` the
    fit is also measured on sources that were left out of it. Raises NotFound (no_music), NotPrepared
    (models_not_prepared) and InvalidRequest (renders_unusable, too_few_albums).
    """
    renders = _read_renders(renders_file)
    work_dir.mkdir(parents=True, exist_ok=True)
    with DecoderPool(threads) as pool:
        library = read_library(
            library_dir,
            pool,
            shortest_seconds=SHORTEST_SECONDS,
            limit=None,
            rng=np.random.default_rng(0),
            report=report,
        )
    tracks = _hear_all(library.tracks, work_dir, models_dir, threads, report)
    heard = [np.load(_kept(work_dir, track)) for track in tracks]
    labelling = label_tracks([track.told for track in tracks], styles)
    albums = labelling.albums
    numbers = np.unique(albums, return_inverse=True)[1]
    examples = MetricExamples(
        np.stack([each["views"] for each in heard]),
        np.stack([each["patches"] for each in heard]),
        numbers,
        renders,
    )
    try:
        fitted = fit_metric(examples)
        left_out = None if styles is None else measure_left_out(examples, labelling, np.random.default_rng(0))
    except ValueError as error:
        raise InvalidRequest(f"The library is too small: {error}.", code="too_few_albums") from error
    told = {
        "encoder": ENCODER_NAME,
        "tracks": len(tracks),
        "albums": len(set(albums)),
        "renders": len(renders),
        "config": vars(MetricConfig()),
        "recordings_sha256": _digest(sorted(track.content_hash for track in tracks)),
    }
    metric = Metric(fitted.mean, fitted.projection, told)
    metric.save(out)
    return told | {"metric_sha256": hashlib.sha256(out.read_bytes()).hexdigest(), "left_out": left_out}


def _read_renders(path: Path) -> np.ndarray:
    try:
        with np.load(path) as stored:
            renders: np.ndarray = stored["embeddings"]
    except (OSError, KeyError, ValueError) as error:
        raise InvalidRequest(f"{path} holds no renders that were heard.", code="renders_unusable") from error
    return renders


def _hear_all(
    tracks: list[LibraryTrack], work_dir: Path, models_dir: Path, threads: int, report: Report
) -> list[LibraryTrack]:
    """Hears what was not heard before; gives the tracks that could be heard in all ways."""
    left = [track for track in tracks if not _kept(work_dir, track).exists()]
    with ears(threads) as executor:
        waiting = [executor.submit(_hear_views, track, work_dir, models_dir) for track in left]
        for done, future in enumerate(as_completed(waiting), start=1):
            future.result()
            report(done / len(left), f"heard {done} of {len(left)} tracks in four ways")
    return [track for track in tracks if _kept(work_dir, track).exists()]


def _hear_views(track: LibraryTrack, work_dir: Path, models_dir: Path) -> None:
    """Keeps how a track sounds as it is, re-encoded, quieter and elsewhere (4, 400), and its excerpts (10, 400)."""
    encoder, pool = loaded_ear(models_dir)
    with tempfile.TemporaryDirectory(prefix="homespun-metric-") as folder:
        try:
            # as tracks are listened to, in one pass: excerpts reached by seeking leave gaps in Ogg Vorbis
            excerpts = pool.listen(track.file_name, excerpts=EXCERPTS).excerpts
            reencoded = pool.listen(write_opus(track, Path(folder)), excerpts=EXCERPTS).excerpts
            elsewhere = pool.listen(track.file_name, excerpts=2 * EXCERPTS).excerpts[1::2]
        except AudioError:
            return
    patches = encoder.encode_patches(excerpts.reshape(-1))
    quieter = excerpts * np.float32(10 ** (QUIETER_DB / 20))
    views = [patches.mean(axis=0)] + [
        encoder.encode_raw(other.reshape(-1)) for other in (reencoded, quieter, elsewhere)
    ]
    write_atomically(
        _kept(work_dir, track),
        lambda file: np.savez(
            file, views=np.stack(views).astype(np.float16), patches=patches.astype(np.float16)
        ),
    )


def _kept(work_dir: Path, track: LibraryTrack) -> Path:
    return work_dir / f"{track.content_hash}.npz"


def _digest(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
