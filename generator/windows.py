"""Windows: runs of sixteen bars of one piece, the unit the denoiser learns from and anchors are made of."""

from dataclasses import dataclass

import numpy as np

from generator.assembly import assemble, certain
from generator.dataset import SPLITS, BarDataset, bar_planes
from generator.notes import ROWS, Notes

WINDOW_BARS = 16
DEFAULT_TEMPO_BPM = 104.0
"""For pieces whose source states no tempo; the corpus's own median."""


@dataclass(frozen=True)
class Windows:
    """`first_bar` and `piece` (windows,) int64: where each window starts and whose it is."""

    first_bar: np.ndarray
    piece: np.ndarray

    def __len__(self) -> int:
        return len(self.first_bar)


def find_windows(dataset: BarDataset, split: str, *, hop: int = 8) -> Windows:
    """Return windows every `hop` bars of pieces whose bar lines are known; drum takes count as known."""
    known = dataset.piece_bar_lines_known | (dataset.piece_programs[:, :-1] < 0).all(1)
    usable = np.flatnonzero(
        (dataset.piece_split == SPLITS.index(split)) & known & (dataset.piece_bars >= WINDOW_BARS)
    )
    starts = [
        np.arange(0, dataset.piece_bars[piece] - WINDOW_BARS + 1, hop) + dataset.piece_first_bar[piece]
        for piece in usable
    ]
    pieces = [np.full(len(start), piece) for piece, start in zip(usable, starts, strict=True)]
    return Windows(np.concatenate(starts), np.concatenate(pieces))


def window_notes(dataset: BarDataset, segment_range: np.ndarray, first_bar: int, piece: int) -> Notes:
    """Return a window as notes in the piece's own key, tempo and instruments."""
    planes = bar_planes(dataset, segment_range, np.arange(first_bar, first_bar + WINDOW_BARS))
    tempo = float(dataset.piece_tempo_bpm[piece])
    return assemble(
        planes.onset.numpy() > 0,
        certain(planes.sounding.numpy()),
        planes.velocity.numpy(),
        planes.drum_onset.numpy() > 0,
        planes.drum_velocity.numpy(),
        metre=int(dataset.piece_metre[piece]),
        transposition=int(dataset.piece_transposition[piece]),
        programs={
            name: int(program)
            for name, program in zip(ROWS, dataset.piece_programs[piece], strict=True)
            if program >= 0
        },
        tempo_bpm=DEFAULT_TEMPO_BPM if np.isnan(tempo) else tempo,
    )
