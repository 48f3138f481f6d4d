"""Form: whether bars come back where phrases do, whether returns are varied, and whether phrases and pieces close."""

from dataclasses import dataclass

import numpy as np

from generator.chords import NO_CHORD
from generator.measures.clashes import piece_chords, top_line
from generator.measures.corruptions import tonic_in_major
from generator.measures.excerpts import bar_steps
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

PHRASE_BARS = 4
SHORTEST_FORM_BARS = 2 * PHRASE_BARS
_NEAREST_RANDOM_LAG = 3

RETURN_SIMILARITY, SAME_SIMILARITY = 0.5, 0.98
"""Four bars that agree this far with four bars one, two or more phrases earlier are a return; beyond the second, a repeat."""

_BREATH = 1.5

_LARGEST_LATENESS_STEPS = 2
"""Less than a sixteenth after the beat is on the beat, as a spread chord is."""


@dataclass(frozen=True)
class FormSimilarity:
    """Mean similarity (0 to 1) of bars whole phrases apart, and of bars any other distance of three or more apart."""

    section_lag: float
    random_lag: float

    @property
    def gain(self) -> float:
        """How much more alike bars are at section lags than elsewhere; near 0 where bars are shuffled."""
        return self.section_lag - self.random_lag


def bar_similarity(notes: Notes) -> np.ndarray:
    """Return how alike each two bars are (bars, bars), 0 to 1.

    For each row that sounds in either bar: the mean of the Dice coefficients of their onsets and of their notes (onset
    and pitch); then the mean of the rows.
    """
    steps = bar_steps(notes)
    total, rows = np.zeros((notes.bars, notes.bars)), np.zeros((notes.bars, notes.bars))
    for track in notes.tracks:
        bar, within = np.divmod(track.onset_steps.astype(np.int64), steps)
        rhythm = np.zeros((notes.bars, steps), np.float32)
        rhythm[bar, within] = 1.0
        struck = np.zeros((notes.bars, steps * 128), np.float32)
        struck[bar, within * 128 + track.pitch] = 1.0
        sounds = rhythm.sum(1) > 0
        either = sounds[:, None] | sounds[None]
        total += np.where(either, 0.5 * (_dice(rhythm) + _dice(struck)), 0.0)
        rows += either
    return np.asarray(np.where(rows > 0, total / np.maximum(rows, 1), 1.0))


def _dice(sets: np.ndarray) -> np.ndarray:
    size = sets.sum(1)
    return np.asarray(2 * (sets @ sets.T) / np.maximum(size[:, None] + size[None], 1))


def form_similarity(notes: Notes) -> FormSimilarity:
    """Compare bars at lags of whole phrases (4, 8, 12...) with bars at all other lags from 3 on; each lag counts alike.

    Raises ValueError for pieces of fewer than eight bars, which have no form.
    """
    return similarity_at_lags(bar_similarity(notes))


def similarity_at_lags(similarity: np.ndarray) -> FormSimilarity:
    """As `form_similarity`, for the similarity (bars, bars) of bars."""
    bars = len(similarity)
    if bars < SHORTEST_FORM_BARS:
        raise ValueError(f"form needs {SHORTEST_FORM_BARS} bars, got {bars}")
    # the longest lags rest on one or two pairs of bars, which says little
    lags = np.arange(_NEAREST_RANDOM_LAG, bars - 1)
    alike = np.array([np.diagonal(similarity, lag).mean() for lag in lags])
    is_section = lags % PHRASE_BARS == 0
    return FormSimilarity(float(alike[is_section].mean()), float(alike[~is_section].mean()))


@dataclass(frozen=True)
class Returns:
    """How many phrases of four bars come back whole phrases later, and how many of those returns are varied."""

    returns: int
    varied: int


def find_returns(notes: Notes) -> Returns:
    """Count phrases that are alike an earlier one; each counts once, with the earlier phrase it is most alike."""
    similarity = bar_similarity(notes)
    phrases = notes.bars // PHRASE_BARS
    returns = varied = 0
    for later in range(1, phrases):
        alike = max(_phrase_similarity(similarity, earlier, later) for earlier in range(later))
        returns += alike >= RETURN_SIMILARITY
        varied += RETURN_SIMILARITY <= alike < SAME_SIMILARITY
    return Returns(int(returns), int(varied))


def _phrase_similarity(similarity: np.ndarray, earlier: int, later: int) -> float:
    bars = np.arange(PHRASE_BARS)
    return float(similarity[earlier * PHRASE_BARS + bars, later * PHRASE_BARS + bars].mean())


@dataclass(frozen=True)
class Cadences:
    """How many phrases of eight bars end, and at how many ends the tune rests or holds over the tonic or the dominant."""

    phrase_ends: int
    cadences: int


def find_cadences(notes: Notes) -> Cadences:
    """Judge the last bar of every eight.

    A cadence: the lead's longest wait between onsets that begins in this bar is 1.5 times its usual one or more, and the
    bar's last chord stands on the tonic or the dominant of the key. Pieces without a lead have no phrase ends.
    """
    lead = next((track for track in notes.tracks if track.row == "lead" and len(track.onset_steps) > 2), None)
    if lead is None:
        return Cadences(0, 0)
    steps, length = bar_steps(notes), notes.bars * bar_steps(notes)
    onset, _ = top_line(lead)
    waits = np.diff(np.append(onset, length))
    chords = piece_chords(notes).reshape(notes.bars, -1)[:, -1]
    closing_roots = _closing_roots(notes)
    ends = range(2 * PHRASE_BARS - 1, notes.bars, 2 * PHRASE_BARS)
    cadences = 0
    for bar in ends:
        here = onset // steps == bar
        breathes = not here.any() or waits[here].max() >= _BREATH * np.median(waits)
        cadences += bool(breathes and chords[bar] != NO_CHORD and chords[bar] % 12 in closing_roots)
    return Cadences(len(ends), cadences)


def _closing_roots(notes: Notes) -> set[int]:
    """Tonic and dominant of the major key and of its relative minor."""
    major = tonic_in_major(notes)
    return {major, (major + 7) % 12, (major + 9) % 12, (major + 4) % 12}


def has_true_ending(notes: Notes) -> bool:
    """Whether the piece closes: its last strokes begin on the first or third beat of the last bar and last a beat or more,
    and the lowest of them is the tonic of the key or of its relative minor.

    The last bar is the last in which a pitched row strikes; it must be among the piece's last two.
    """
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.onset_steps)]
    if not pitched:
        return False
    steps = bar_steps(notes)
    last = max(int(track.onset_steps.max()) for track in pitched)
    late = (last % steps) % (2 * STEPS_PER_BEAT)
    if last // steps < notes.bars - 2 or late > _LARGEST_LATENESS_STEPS:
        return False
    end = max(int((track.onset_steps + track.duration_steps).max()) for track in pitched)
    if end - last < STEPS_PER_BEAT:
        return False
    lowest = min(_lowest_sounding(track, last) for track in pitched)
    major = tonic_in_major(notes)
    return lowest % 12 in (major, (major + 9) % 12)


def _lowest_sounding(track: NoteTrack, step: int) -> int:
    sounding = (track.onset_steps <= step) & (track.onset_steps + track.duration_steps > step)
    return int(track.pitch[sounding].min()) if sounding.any() else 128
