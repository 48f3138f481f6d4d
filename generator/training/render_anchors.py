"""Choosing anchors among the corpus windows, and hearing them: render, pass through a sound chain, embed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import signal

from generator.dataset import BarDataset
from generator.notes import STEPS_PER_BEAT, Notes
from generator.sound.fonts import default_font
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from generator.training.loop import Report
from generator.windows import WINDOW_BARS, Windows, window_notes

Listen = Callable[[np.ndarray], np.ndarray]
"""Mono float32 samples (n,) at 16 kHz to an audio embedding (dimensions,): passed in, for engines know no encoder."""

HEARD_SECONDS = 18.0
EXCERPTS = 3
LISTENING_RATE = 16_000
_EXCERPT_SAMPLES = 49_000
_FEWEST_NOTES = 10
_SAVE_EVERY = 50


def choose_anchors(dataset: BarDataset, windows: Windows, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return indices of windows (<= count,): styles take turns, a work gives one window, real pieces come first.

    In styles that have both, real pieces and generated backings alternate.
    """
    style, work = dataset.piece_style[windows.piece], dataset.piece_work[windows.piece]
    generated = np.char.startswith(dataset.piece_source[windows.piece].astype(str), "mma")
    queues: list[list[int]] = []
    for name in np.unique(style):
        mine = rng.permutation(np.flatnonzero(style == name))
        _, first_of_work = np.unique(
            np.char.add(work[mine].astype(str), generated[mine].astype(str)), return_index=True
        )
        mine = mine[np.sort(first_of_work)]
        real, made = list(mine[~generated[mine]]), list(mine[generated[mine]])
        both = min(len(real), len(made))
        alternating = [index for pair in zip(real[:both], made[:both], strict=True) for index in pair]
        queues.append(alternating + real[both:] + made[both:])
    turns = [queue[turn] for turn in range(max(map(len, queues))) for queue in queues if turn < len(queue)]
    return np.array(turns[:count], np.int64)


def hear_anchors(
    dataset: BarDataset, windows: Windows, chosen: np.ndarray, listen: Listen, folder: Path, report: Report
) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows heard (anchors,) and their embeddings (anchors, 2 chains * 3 excerpts, dimensions).

    Work is saved in `folder` every 50 anchors and taken up from there.
    """
    saved = folder / "anchors_heard.npz"
    heard: list[int] = []
    embeddings: list[np.ndarray] = []
    tried = 0
    if saved.exists():
        with np.load(saved) as stored:
            heard, embeddings, tried = list(stored["heard"]), list(stored["embeddings"]), int(stored["tried"])
    segment_range = dataset.segment_range()
    for number, index in enumerate(chosen[tried:], start=tried):
        notes = _opening(
            window_notes(dataset, segment_range, int(windows.first_bar[index]), int(windows.piece[index]))
        )
        if notes.note_count >= _FEWEST_NOTES:
            embeddings.append(_hear(notes, listen, np.random.default_rng(int(index))))
            heard.append(int(index))
        if (number + 1) % _SAVE_EVERY == 0 or number + 1 == len(chosen):
            np.savez(saved, heard=np.array(heard), embeddings=np.array(embeddings), tried=number + 1)
            report((number + 1) / len(chosen), f"heard {number + 1} of {len(chosen)} anchors")
    return np.array(heard, np.int64), np.array(embeddings, np.float32)


def _hear(notes: Notes, listen: Listen, rng: np.random.Generator) -> np.ndarray:
    sound = render_notes(notes, rng=rng, font=default_font())
    mono = signal.resample_poly(sound.mean(0), LISTENING_RATE, SYNTHESIS_RATE).astype(np.float32)
    plain = 0.7 * mono / max(float(np.abs(mono).max()), 1e-6)
    share = len(plain) // EXCERPTS
    excerpts = [slice(start * share, start * share + _EXCERPT_SAMPLES) for start in range(EXCERPTS)]
    return np.stack([listen(chain[excerpt]) for chain in (plain, _worn(plain)) for excerpt in excerpts])


def _worn(samples: np.ndarray) -> np.ndarray:
    """Return the sound of a small loudspeaker driven hard: narrow and saturated."""
    numerator, denominator = signal.butter(2, [120, 4500], "band", fs=LISTENING_RATE)
    return np.asarray(0.6 * np.tanh(2.8 * signal.lfilter(numerator, denominator, samples)), np.float32)


def _opening(notes: Notes) -> Notes:
    """Return the first bars of a window that fill `HEARD_SECONDS`."""
    bars = min(WINDOW_BARS, int(np.ceil(HEARD_SECONDS / (notes.duration_seconds / notes.bars))))
    limit = bars * notes.beats_per_bar * STEPS_PER_BEAT
    tracks = []
    for track in notes.tracks:
        keep = track.onset_steps < limit
        if keep.any():
            columns = ("onset_steps", "duration_steps", "pitch", "velocity")
            tracks.append(replace(track, **{name: getattr(track, name)[keep] for name in columns}))
    return replace(notes, bars=bars, tracks=tuple(tracks))
