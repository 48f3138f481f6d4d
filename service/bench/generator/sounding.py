"""Sound that is made and heard for the bench: each file kept, and heard once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from generator.dataset import BarDataset
from generator.notes import Notes
from generator.sound.fonts import default_font
from generator.sound.mastering import master
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from generator.taste.anchors import AnchorTable
from generator.taste.condition import DEFAULT_BAND
from generator.windows import WINDOW_BARS, window_notes
from service.audio import flac_bytes
from service.bench.ear.heard_store import HeardStore, HeardTrack
from service.bench.ear.hearing import hear_library
from service.bench.ear.labels import Told
from service.bench.ear.library import LibraryTrack
from service.errors import CorruptArtifact
from service.settings import Settings
from service.store.media import write_atomically

FIXED_TEMPO_BPM = 108.0

Report = Callable[[float, str], None]


def in_one_instrumentation(notes: Notes) -> Notes:
    """The same notes at one tempo, every row on the one instrument that all pieces have for it."""
    tracks = tuple(replace(track, program=DEFAULT_BAND[track.row]) for track in notes.tracks)
    return replace(notes, tracks=tracks, tempo_bpm=FIXED_TEMPO_BPM)


def anchor_notes(anchors: AnchorTable, dataset: BarDataset, number: int) -> Notes | None:
    """The corpus passage that an anchor is; None where the table does not say where it stands or the corpus lacks it."""
    if anchors.piece_id is None or anchors.first_bar is None:
        return None
    places = np.flatnonzero(dataset.piece_id == anchors.piece_id[number])
    if not len(places):
        return None
    piece, first = int(places[0]), int(anchors.first_bar[number])
    if first + WINDOW_BARS > dataset.piece_bars[piece]:
        return None
    return window_notes(dataset, dataset.segment_range(), int(dataset.piece_first_bar[piece]) + first, piece)


def render_all(
    written: Mapping[str, Notes], folder: Path, seconds: float, seed: int, report: Report
) -> dict[str, Path]:
    """A mastered FLAC file for each of the named notes, made now or in an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.flac" for name in written}
    for done, (name, notes) in enumerate(written.items()):
        if files[name].is_file():
            continue
        report(done / len(written), f"played {done} of {len(written)} for comparison")
        samples = render_notes(notes, rng=np.random.default_rng([seed, done]), font=default_font())
        mastered = master(samples, SYNTHESIS_RATE, seconds=seconds).samples
        write_atomically(files[name], flac_bytes(mastered, SYNTHESIS_RATE))
    return files


def hear_files(
    files: Sequence[Path], settings: Settings, store: HeardStore, report: Report
) -> list[HeardTrack]:
    """What each file sounds like, in their order; what the store holds is not heard again.

    Raises CorruptArtifact (composition_unreadable) for a file that cannot be heard.
    """
    tracks = [
        LibraryTrack(
            told=Told(path=path.name),
            file_name=str(path),
            content_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
            duration_seconds=soundfile.info(path).duration,
            bpm_tag=None,
            key_tag=None,
        )
        for path in files
    ]
    heard, failures = hear_library(tracks, settings.models_dir, settings.threads, store, report)
    if failures:
        name, failure = next(iter(failures.items()))
        raise CorruptArtifact(f"{name} cannot be heard: {failure['reason']}", code="composition_unreadable")
    return [heard[track.content_hash] for track in tracks]
