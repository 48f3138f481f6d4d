"""Pieces with one tune over one bass, drawn or given, and corpora of them."""

from collections.abc import Iterable

import numpy as np

from generator.copying.guard import PassageFilter
from generator.copying.passages import STREAMS
from generator.copying.xor_filter import XorFilter
from generator.corpus import Piece
from generator.dataset import BarDataset, build_dataset
from generator.notes import Notes
from generator.rows import SourceNotes
from tests.generator.pieces import track

Tune = list[tuple[int, int]]
"""Onset step and pitch of each note."""

SCALE = np.array([60, 62, 64, 65, 67, 69, 71, 72, 74, 76])


def draw_tune(rng: np.random.Generator, bars: int = 16) -> Tune:
    """Four or eight notes a bar, each from the scale at random: nothing that two draws share."""
    tune = []
    for bar in range(bars):
        wait = int(rng.choice([6, 12]))
        tune += [(48 * bar + step, int(rng.choice(SCALE))) for step in range(0, 48, wait)]
    return tune


def draw_bass(rng: np.random.Generator, bars: int = 16) -> Tune:
    """A root a bar: from them the chords are told."""
    return [(48 * bar, int(rng.choice([36, 38, 40, 41, 43, 45]))) for bar in range(bars)]


def as_notes(tune: Tune, bass: Tune, *, up: int = 0, bars: int = 16) -> Notes:
    """The piece as an engine would hand it over, transposed by `up` semitones."""
    lead = track("lead", 73, [(onset, 6, pitch + up, 90) for onset, pitch in tune])
    low = track("bass", 33, [(onset, 48, pitch + up, 90) for onset, pitch in bass])
    return Notes((lead, low), 120.0, 4, bars)


def corpus_of(pieces: Iterable[tuple[str, str, Tune, Tune]]) -> BarDataset:
    """The dataset of (split, work, tune, bass)."""
    return build_dataset([_piece(number, *piece) for number, piece in enumerate(pieces)])


def _piece(number: int, split: str, work: str, tune: Tune, bass: Tune) -> Piece:
    notes = as_notes(tune, bass)
    rows = range(len(notes.tracks))
    counts = [len(track.onset_steps) for track in notes.tracks]
    source = SourceNotes(
        track=np.repeat(rows, counts).astype(np.int16),
        program=np.repeat([track.program for track in notes.tracks], counts).astype(np.int16),
        is_drum=np.zeros(sum(counts), bool),
        **{
            name: np.concatenate([getattr(track, name) for track in notes.tracks])
            for name in ("onset_steps", "duration_steps", "pitch", "velocity")
        },
    )
    return Piece(
        piece_id=100 + number,
        title=f"Song {number}",
        composer="Trad.",
        source="songs",
        licence="CC0-1.0",
        style="folk",
        split=split,
        work_id=work,
        metre=0,
        tempo_bpm=120.0,
        tonic=0,
        mode="major",
        has_dynamics=True,
        bar_lines_known=True,
        notes=source.take(np.lexsort((source.pitch, source.onset_steps))),
    )


def guard_without_passages() -> PassageFilter:
    """A copy guard that knows nothing, for weights that were trained on nothing."""
    return PassageFilter(XorFilter.of(np.zeros(0, np.uint64)), {stream: {8: 0.0} for stream in STREAMS}, {})
