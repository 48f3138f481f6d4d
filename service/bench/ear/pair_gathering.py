"""Pairs of one content: a stretch of real audio, and what its notes sound like when our own band plays them."""

import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import signal

from generator.notes import Notes
from generator.sound.fonts import default_font
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from service.audio import AudioError, DecoderPool
from service.bench.ear.labels import top_folders_of
from service.bench.ear.pairs_written import excerpt_starts, heard_later_by, recorded_pieces, written_notes
from service.bench.ear.transcribed_band import band_notes
from service.bench.ear.transcription import HEARD_RATE, HeardNotes, Transcriber
from service.errors import NotFound
from service.library.folder_walk import shown_path, walk_folder


class Encoding(Protocol):
    """What is heard: a unit `vector` (dimensions,) and `tags` (100,), probabilities of `recommender.tags.TAGS`."""

    @property
    def vector(self) -> np.ndarray: ...

    @property
    def tags(self) -> np.ndarray: ...


Hear = Callable[[np.ndarray], Encoding]
"""Mono audio (n,) at 16 kHz to what is heard: `TrackEncoder.encode`."""

Report = Callable[[float, str], None]

EXCERPT_SECONDS, SHORTEST_SECONDS = 30.0, 15.0
TRANSCRIBED_A_PACKAGE = 9
WRITTEN_A_TRACK = 2
FEWEST_NOTES = 12
QUIETEST_PEAK = 1e-3
PEAK = 0.7

TRANSCRIBED, WRITTEN = "transcribed", "written"


@dataclass(frozen=True)
class Pair:
    """Where a pair comes from: `package` is the top-level folder, `track` the path below the library."""

    kind: str
    package: str
    track: str
    start_seconds: float
    programs: tuple[int, ...]
    notes: int


@dataclass
class Pairs:
    """Pairs (n,) with the vectors (n, dimensions) of their `real` and `rendered` sides, and what was left out, by reason."""

    pairs: list[Pair]
    real: np.ndarray
    rendered: np.ndarray
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _File:
    name: str
    path: str
    package: str
    duration_seconds: float


@dataclass(frozen=True)
class _Heard:
    file: _File
    start_seconds: float
    encoding: Encoding
    notes: HeardNotes


def gather_pairs(
    library_dir: Path,
    corpus_dir: Path,
    hear: Hear,
    report: Report,
    *,
    transcribed_a_package: int = TRANSCRIBED_A_PACKAGE,
) -> Pairs:
    """Return pairs of two kinds: recordings of corpus pieces, whose notes are known, and transcribed excerpts.

    Of a recording of a piece two excerpts are taken, of every top-level folder up to nine tracks are transcribed, 30 s
    from the middle of each. Raises NotPrepared (transcriber_missing) where Basic Pitch is not installed, NotFound
    (no_pairs) where fewer than two pairs were found, ValueError where the folder holds no corpus.
    """
    transcriber = Transcriber()
    left_out: Counter[str] = Counter()
    found: list[tuple[Pair, np.ndarray, np.ndarray]] = []
    with DecoderPool(1) as pool:
        files = _library_files(library_dir, pool, left_out)
        chosen = _taken_from_each_package(files, transcribed_a_package)
        report(0.0, "looking for recordings of corpus pieces")
        found += _written_pairs(files, corpus_dir, hear, pool, left_out)
        heard = []
        for number, file in enumerate(chosen):
            report(0.2 + 0.4 * number / len(chosen), f"transcribed {number} of {len(chosen)} tracks")
            one = _transcribe(file, transcriber, hear, pool, left_out)
            heard += [one] if one is not None else []
        usual_tags = np.mean([one.encoding.tags for one in heard], axis=0) if heard else np.zeros(0)
        for number, one in enumerate(heard):
            report(0.6 + 0.4 * number / len(heard), f"rendered {number} of {len(heard)} transcriptions")
            samples = _load(pool, one.file, one.start_seconds)
            notes = band_notes(one.notes, one.encoding.tags, usual_tags, samples)
            pair = _pair(TRANSCRIBED, one.file, one.start_seconds, notes)
            found.append((pair, one.encoding.vector, _heard_render(notes, samples.size, pair, hear)))
    if len(found) < 2:
        raise NotFound(f"No two pairs of one content were found in {library_dir}.", code="no_pairs")
    pairs, real, rendered = zip(*found, strict=True)
    return Pairs(list(pairs), np.stack(real), np.stack(rendered), left_out)


def _library_files(library_dir: Path, pool: DecoderPool, left_out: Counter[str]) -> list[_File]:
    """Return what lasts long enough to be music: games keep their sounds beside it."""
    root = os.fsencode(library_dir)
    names = sorted(file.path for file in walk_folder(root).files)
    paths = [shown_path(os.path.relpath(name, root)) for name in names]
    files = []
    for name, path, folder in zip(names, paths, top_folders_of(paths), strict=True):
        try:
            duration_seconds = pool.probe(name).duration_seconds
        except AudioError as error:
            left_out[error.code] += 1
            continue
        if duration_seconds < SHORTEST_SECONDS:
            left_out["short"] += 1
        else:
            files.append(_File(os.fsdecode(name), path, folder, duration_seconds))
    return files


def _taken_from_each_package(files: Sequence[_File], count: int) -> list[_File]:
    packages: dict[str, list[_File]] = {}
    for file in files:
        packages.setdefault(file.package, []).append(file)
    return [
        mine[int((place + 0.5) * len(mine) / min(count, len(mine)))]
        for mine in packages.values()
        for place in range(min(count, len(mine)))
    ]


def _written_pairs(
    files: Sequence[_File], corpus_dir: Path, hear: Hear, pool: DecoderPool, left_out: Counter[str]
) -> Iterator[tuple[Pair, np.ndarray, np.ndarray]]:
    titles = [(Path(file.path).stem, _title_tag(pool, file)) for file in files]
    for number, piece in recorded_pieces(titles, corpus_dir).items():
        file = files[number]
        for start_seconds in excerpt_starts(piece, file.duration_seconds, EXCERPT_SECONDS, WRITTEN_A_TRACK):
            samples = _load(pool, file, start_seconds)
            notes = written_notes(piece, start_seconds, EXCERPT_SECONDS)
            later_seconds = heard_later_by(notes, samples)
            if notes.note_count < FEWEST_NOTES:
                left_out["few_notes"] += 1
            elif later_seconds is None:
                left_out["not_aligned"] += 1
            else:
                notes = written_notes(piece, start_seconds - later_seconds, EXCERPT_SECONDS)
                pair = _pair(WRITTEN, file, start_seconds, notes)
                yield pair, hear(samples).vector, _heard_render(notes, samples.size, pair, hear)


def _title_tag(pool: DecoderPool, file: _File) -> str:
    try:
        return next(iter(pool.read_tags(file.name).get("title", [])), "")
    except AudioError:
        return ""


def _transcribe(
    file: _File, transcriber: Transcriber, hear: Hear, pool: DecoderPool, left_out: Counter[str]
) -> _Heard | None:
    start_seconds = max(file.duration_seconds - EXCERPT_SECONDS, 0.0) / 2
    try:
        samples = _load(pool, file, start_seconds)
    except AudioError as error:
        left_out[error.code] += 1
        return None
    if float(np.abs(samples).max(initial=0.0)) < QUIETEST_PEAK:
        left_out["silent"] += 1
        return None
    notes = transcriber.transcribe(samples)
    if len(notes) < FEWEST_NOTES:
        left_out["few_notes"] += 1
        return None
    return _Heard(file, start_seconds, hear(samples), notes)


def _load(pool: DecoderPool, file: _File, start_seconds: float) -> np.ndarray:
    audio = pool.load(
        file.name,
        sample_rate=HEARD_RATE,
        mono=True,
        start_seconds=start_seconds,
        max_seconds=EXCERPT_SECONDS,
    )
    return np.array(audio.samples[0])


def _pair(kind: str, file: _File, start_seconds: float, notes: Notes) -> Pair:
    programs = tuple(track.program for track in notes.tracks)
    return Pair(kind, file.package, file.path, round(start_seconds, 3), programs, notes.note_count)


def _heard_render(notes: Notes, samples: int, pair: Pair, hear: Hear) -> np.ndarray:
    seed = zlib.crc32(f"{pair.track} {pair.start_seconds}".encode())
    sound = render_notes(notes, rng=np.random.default_rng(seed), font=default_font()).mean(axis=0)
    mono = signal.resample_poly(sound, HEARD_RATE, SYNTHESIS_RATE)[:samples].astype(np.float32)
    loudest = max(float(np.abs(mono).max()), 1e-6)
    return hear(mono * np.float32(PEAK / loudest)).vector
