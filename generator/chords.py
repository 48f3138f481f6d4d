"""Chords of a piece, one a quarter note: templates and a Viterbi path over duration-weighted chroma."""

import numpy as np

from generator.notes import STEPS_PER_BEAT

QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "sus4": (0, 5, 7),
}
NO_CHORD = 12 * len(QUALITIES)
CHORD_CLASSES = NO_CHORD + 1
"""Chord number = quality * 12 + root, and one more for silence."""

_CHANGE_COST = {"bar": 0.12, "half": 0.25, "beat": 0.45}
_BASS_BONUS = 0.35


def chord_templates() -> np.ndarray:
    """Return unit templates (chords, 12); sevenths weigh their added tone by .6 so that triads win ties."""
    templates = np.zeros((NO_CHORD, 12), np.float32)
    for quality, intervals in enumerate(QUALITIES.values()):
        for root in range(12):
            for degree, interval in enumerate(intervals):
                templates[quality * 12 + root, (root + interval) % 12] = 1.0 if degree < 3 else 0.6
    return np.asarray(templates / np.linalg.norm(templates, axis=1, keepdims=True))


def chord_tones(chord: int) -> tuple[int, ...]:
    """Return the pitch classes of a chord number, none for `NO_CHORD`."""
    if chord == NO_CHORD:
        return ()
    quality, root = divmod(chord, 12)
    return tuple((root + interval) % 12 for interval in list(QUALITIES.values())[quality])


def beat_chroma(
    onset_steps: np.ndarray, duration_steps: np.ndarray, pitch: np.ndarray, beats: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return duration-weighted chroma (beats, 12) and the lowest pitch class of each beat (beats,), -1 for none.

    A note counts in at most eight beats: pedal points should not drown what moves above them.
    """
    chroma = np.zeros((beats, 12), np.float32)
    lowest = np.full(beats, 999, np.int64)
    for offset in range(8):
        beat = onset_steps // STEPS_PER_BEAT + offset
        start = np.maximum(onset_steps, beat * STEPS_PER_BEAT)
        end = np.minimum(onset_steps + duration_steps, (beat + 1) * STEPS_PER_BEAT)
        sounding = (end > start) & (beat < beats)
        np.add.at(chroma, (beat[sounding], pitch[sounding] % 12), (end - start)[sounding] / STEPS_PER_BEAT)
        np.minimum.at(lowest, beat[sounding], pitch[sounding])
    return chroma, np.where(lowest == 999, -1, lowest % 12)


def find_chords(
    onset_steps: np.ndarray, duration_steps: np.ndarray, pitch: np.ndarray, beats: int, beats_per_bar: int
) -> np.ndarray:
    """Return the most likely chord number of each beat (beats,) int16 for pitched notes.

    Emissions are the cosine of chroma and template plus a bonus where the bass plays the root; a change costs less on a
    bar line than inside a bar, which is what keeps passing notes from becoming chords.
    """
    chroma, bass = beat_chroma(onset_steps, duration_steps, pitch, beats)
    energy = np.linalg.norm(chroma, axis=1)
    emission = np.zeros((beats, CHORD_CLASSES), np.float32)
    emission[:, :NO_CHORD] = (chroma / np.maximum(energy, 1e-6)[:, None]) @ chord_templates().T
    roots = np.arange(NO_CHORD) % 12
    emission[:, :NO_CHORD] += _BASS_BONUS * (bass[:, None] == roots[None, :])
    emission[:, NO_CHORD] = np.where(energy > 0, -1.0, 1.0)
    return _viterbi(emission, beats_per_bar)


def _viterbi(emission: np.ndarray, beats_per_bar: int) -> np.ndarray:
    beats = len(emission)
    total = emission[0].copy()
    came_from = np.zeros(emission.shape, np.int16)
    stay = np.arange(CHORD_CLASSES, dtype=np.int16)
    for beat in range(1, beats):
        position = beat % beats_per_bar
        cost = _CHANGE_COST["bar" if position == 0 else "half" if 2 * position == beats_per_bar else "beat"]
        best = int(total.argmax())
        changes = total[best] - cost > total
        came_from[beat] = np.where(changes, best, stay)
        total = np.where(changes, total[best] - cost, total) + emission[beat]
    path = np.empty(beats, np.int16)
    path[-1] = total.argmax()
    for beat in range(beats - 1, 0, -1):
        path[beat - 1] = came_from[beat, path[beat]]
    return path
