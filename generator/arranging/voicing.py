"""Voicing: what accompanies keeps out of the way of the tune, of the bass and of itself."""

from dataclasses import dataclass, replace

import numpy as np

from generator.arranging.lines import in_order, phrase_of_notes
from generator.arranging.ranges import OCTAVE, InstrumentRange
from generator.chords import chord_tones, find_chords
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

MUD_BELOW_PITCH, OPEN_INTERVAL = 48, 7
"""Below C3 two notes nearer than a fifth are heard as a rumble: the roughness of close low intervals (R. Plomp, W. Levelt 1965)."""

BED = InstrumentRange(48, 76)
"""Where chords lie best; outside it every semitone counts a little against a voicing."""

CLASH_STEPS = STEPS_PER_BEAT // 2
"""What sounds together for less than half a beat passes by unheard."""

PRICE_OF_OCTAVE, PRICE_OF_PHRASE_OCTAVE = 1.5, 3.0
"""What it costs a note on the mean to move the row by an octave, or a phrase alone, which then leaps there and back."""

_COLLISION = 9.5
"""From this cost on a note is moved by octaves, left out of its chord or given another tone of it: a semitone against the tune, a
doubled pitch. Milder frictions are music's own; mending them too leaves fewer than real music has, in chords spread over octaves."""


@dataclass(frozen=True)
class Sounding:
    """Notes of other rows against which one is voiced: (notes,) arrays of steps and pitches, and which are lead or bass."""

    start: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    is_lead: np.ndarray
    is_bass: np.ndarray

    @classmethod
    def of(cls, tracks: list[NoteTrack]) -> "Sounding":
        """Collect the notes of tracks."""
        columns = [
            np.concatenate([np.zeros(0, np.int64)] + [getattr(track, name) for track in tracks])
            for name in ("onset_steps", "duration_steps", "pitch")
        ]
        row = np.repeat([track.row for track in tracks], [len(track.pitch) for track in tracks])
        return cls(columns[0], columns[0] + columns[1], columns[2], row == "lead", row == "bass")


def voice(track: NoteTrack, others: list[NoteTrack], notes: Notes, reach: InstrumentRange) -> NoteTrack:
    """Return an accompanying row voiced around `others`: in its best octave, phrases that lie badly in theirs, then what collides.

    A note of a chord that collides is moved by octaves, or left out where every octave collides; a single note that grinds takes
    the nearest good tone of the beat's chord (`notes` says which). Rhythm and length stay.
    """
    if not len(track.onset_steps):
        return track
    sounding = Sounding.of(others)
    whole = np.zeros(len(track.pitch), np.int64)
    track = _in_best_octave(track, sounding, reach, whole, PRICE_OF_OCTAVE)
    track = _in_best_octave(track, sounding, reach, phrase_of_notes(track), PRICE_OF_PHRASE_OCTAVE)
    start, end = track.onset_steps, track.onset_steps + track.duration_steps
    together = (start[:, None] < end[None]) & (end[:, None] > start[None])
    np.fill_diagonal(together, val=False)
    pitch, kept = track.pitch.astype(np.int64), np.ones(len(track.pitch), bool)
    around = _cost_of_others(pitch, start, end, sounding, reach)
    at_fault = np.flatnonzero(around + _cost_of_mates(pitch, pitch, together) >= _COLLISION)
    chords = _chords(notes) if len(at_fault) else np.zeros(0, np.int16)
    for note in at_fault.tolist():
        mates = pitch[together[note] & kept]
        where = (start[note : note + 1], end[note : note + 1], sounding, reach)
        if around[note] + _cost_of_mates(pitch[note : note + 1], mates)[0] < _COLLISION:
            continue  # a mate of it has moved since
        in_chord = (kept & (start == start[note])).sum() > 1
        written = int(pitch[note])
        cost, best = _cheapest(written + OCTAVE * np.array([0, -1, 1, -2, 2]), written, mates, where)
        if cost >= _COLLISION and in_chord:
            kept[note] = False
            continue
        if not in_chord:
            # A line would leap by an octave and back: a step to another tone of the chord is heard less.
            if around[note] < _COLLISION:
                continue
            tones = np.append(_near(written, chords, int(start[note])), written)
            cost, best = _cheapest(tones, written, mates, where, price_of_semitone=0.3)
        pitch[note] = best
    return in_order(replace(track, pitch=pitch.astype(np.int16)).take(kept))


def without_clashes(bass: NoteTrack, lead: NoteTrack, notes: Notes, reach: InstrumentRange) -> NoteTrack:
    """Return the bass with what lies a semitone from the tune for half a beat and more moved to the nearest tone of the chord."""
    chords, sounding = _chords(notes), Sounding.of([lead])
    pitch = bass.pitch.astype(np.int64)
    for index, (start, length) in enumerate(
        zip(bass.onset_steps.tolist(), bass.duration_steps.tolist(), strict=True)
    ):
        overlap = np.minimum(sounding.end, start + length) - np.maximum(sounding.start, start)
        against = sounding.pitch[overlap >= CLASH_STEPS]
        if not _is_semitone(pitch[index] - against).any():
            continue
        tones = _near(int(pitch[index]), chords, start)
        tones = tones[(tones >= reach.low) & (tones <= reach.high)]
        tones = tones[~_is_semitone(tones[:, None] - against[None]).any(1)]
        if len(tones):
            pitch[index] = tones[np.abs(tones - pitch[index]).argmin()]
    return in_order(replace(bass, pitch=pitch.astype(np.int16)))


def _is_semitone(interval: np.ndarray) -> np.ndarray:
    return np.isin(np.abs(interval) % OCTAVE, (1, 11))


def _in_best_octave(
    track: NoteTrack, sounding: Sounding, reach: InstrumentRange, together: np.ndarray, price: float
) -> NoteTrack:
    """Return the row with all notes of one number in `together` (notes,) moved by the octaves that cost least for them."""
    pitch = track.pitch.astype(np.int64)
    start, end = track.onset_steps, track.onset_steps + track.duration_steps
    shifts = np.array([0, -1, 1, -2, 2])
    costs = [
        np.bincount(together, _cost_of_others(pitch + OCTAVE * shift, start, end, sounding, reach))
        / np.bincount(together)
        + price * abs(shift)
        for shift in shifts
    ]
    best = shifts[np.argmin(costs, axis=0)]
    return in_order(replace(track, pitch=(pitch + OCTAVE * best[together]).astype(np.int16)))


def _cheapest(
    pitches: np.ndarray,
    written: int,
    mates: np.ndarray,
    where: tuple[np.ndarray, np.ndarray, Sounding, InstrumentRange],
    *,
    price_of_semitone: float = 0.04,
) -> tuple[float, int]:
    start, end, sounding, reach = where
    cost = _cost_of_others(pitches, start, end, sounding, reach) + _cost_of_mates(pitches, mates)
    cost = cost + price_of_semitone * np.abs(pitches - written)
    best = int(cost.argmin())
    return float(cost[best]), int(pitches[best])


def _cost_of_others(
    pitch: np.ndarray, start: np.ndarray, end: np.ndarray, beside: Sounding, reach: InstrumentRange
) -> np.ndarray:
    """Return how badly notes sit among other rows (notes,): from `_COLLISION` on where they are is not right.

    `start` and `end` (notes,) or, for several pitches of one note, (1,).
    """
    cost = 0.15 * (np.maximum(BED.low - pitch, 0) + np.maximum(pitch - BED.high, 0))
    cost = cost + 2.0 * (np.maximum(reach.low - pitch, 0) + np.maximum(pitch - reach.high, 0))
    overlap = np.minimum(beside.end, end[:, None]) - np.maximum(beside.start, start[:, None])
    long = overlap >= CLASH_STEPS
    above = pitch[:, None] - beside.pitch
    gap = np.abs(above)
    cost += 3.5 * (_is_muddy(gap, np.minimum(pitch[:, None], beside.pitch)) & long).any(1)
    cost += 7.0 * (np.isin(gap, (1, 13)) & long).any(1)
    cost += 3.0 * (np.isin(gap, (1, 2)) & long & ~beside.is_bass).any(1)
    cost += 1.5 * (beside.is_lead & long & (above > 0)).any(1)
    cost += 3.5 * (beside.is_bass & long & (above <= 0)).any(1)
    return np.asarray(cost)


def _cost_of_mates(pitch: np.ndarray, mates: np.ndarray, together: np.ndarray | None = None) -> np.ndarray:
    """Return how badly pitches (notes,) sit among those of their own row (mates,), where `together` (notes, mates) says so."""
    gap = np.abs(pitch[:, None] - mates)
    sounds = np.ones(gap.shape, bool) if together is None else together
    cost = 12.0 * ((gap == 0) & sounds).any(1) + 3.5 * (np.isin(gap, (1, 13)) & sounds).any(1)
    return np.asarray(cost + 3.5 * (_is_muddy(gap, np.minimum(pitch[:, None], mates)) & sounds).any(1))


def _is_muddy(gap: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return (lower < MUD_BELOW_PITCH) & (gap < OPEN_INTERVAL) & (gap > 0)


def _chords(notes: Notes) -> np.ndarray:
    pitched = [track for track in notes.tracks if not track.is_drums]
    return find_chords(
        np.concatenate([track.onset_steps for track in pitched]),
        np.concatenate([track.duration_steps for track in pitched]),
        np.concatenate([track.pitch for track in pitched]),
        notes.bars * notes.beats_per_bar,
        notes.beats_per_bar,
    )


def _near(pitch: int, chords: np.ndarray, step: int) -> np.ndarray:
    """Return the tones of the beat's chord within an octave of a pitch."""
    tones = chord_tones(int(chords[min(step // STEPS_PER_BEAT, len(chords) - 1)]))
    around = np.arange(pitch - OCTAVE, pitch + OCTAVE + 1)
    return around[np.isin(around % OCTAVE, tones)]
