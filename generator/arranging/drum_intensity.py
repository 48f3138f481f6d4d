"""How hard a kit drives: strokes left out and made softer, or filled in."""

from dataclasses import replace

import numpy as np

from generator.arranging.pulse import halfway_steps, importance, in_order, place_in_order
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

KICK, SNARE, STICK, CLOSED_HAT, OPEN_HAT, CRASH, RIDE = 36, 38, 37, 42, 46, 49, 51
THINNED_AT_REST = 0.7
STICK_BELOW = 0.25
"""Below this intensity the snare is played on its rim."""

FOUR_ON_THE_FLOOR_FROM = 0.9
FILLED_VELOCITY_SHARE = 0.8


def intensify_drums(track: NoteTrack, notes: Notes, intensity: float) -> NoteTrack:
    """Return the drums calmer (below .5) or more driving (above); at .5 they stay as they are.

    Calmer: the least important strokes rest, crashes first, then the snare moves to its rim. More driving: cymbals fill in
    the halves and then the quarters of beats, and at last a kick marks every beat.
    """
    if intensity == 0.5 or not len(track.onset_steps):
        return track
    ending = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    if intensity < 0.5:
        return _calmed(track, notes, intensity, ending)
    return _driven(track, notes, intensity, ending)


def _calmed(track: NoteTrack, notes: Notes, intensity: float, ending: int) -> NoteTrack:
    weight = importance(track.onset_steps, notes.beats_per_bar)
    weight = np.where(np.isin(track.pitch, (KICK, SNARE, STICK)), weight + 0.15, weight)
    weight = np.where(track.pitch == CRASH, -1.0, weight)
    may_rest = track.onset_steps < ending
    share = 2.0 * (0.5 - intensity) * THINNED_AT_REST
    rests = np.zeros(len(weight), bool)
    rests[may_rest] = place_in_order(weight[may_rest]) < share
    pitch = np.where((track.pitch == SNARE) & (intensity < STICK_BELOW), STICK, track.pitch)
    return in_order(replace(track, pitch=pitch.astype(np.int16)), {}, keep=~rests)


def _driven(track: NoteTrack, notes: Notes, intensity: float, ending: int) -> NoteTrack:
    beats = np.arange(0, ending, STEPS_PER_BEAT)
    rides = np.count_nonzero(track.pitch == RIDE) > np.count_nonzero(track.pitch == CLOSED_HAT)
    halfway = halfway_steps(notes)
    quarters = np.array([3, 9]) if halfway == STEPS_PER_BEAT // 2 else np.array([4])
    halves_share, quarters_share = np.clip([4.0 * (intensity - 0.5), 2.5 * (intensity - 0.6)], 0.0, 1.0)
    cymbals = np.concatenate(
        [
            _some(np.concatenate([beats, beats + halfway]), notes, halves_share),
            _some((beats[:, None] + quarters).ravel(), notes, quarters_share),
        ]
    )
    wanted = [(cymbals, RIDE if rides else CLOSED_HAT)]
    if intensity >= FOUR_ON_THE_FLOOR_FROM:
        wanted.append((beats, KICK))
    onset = np.concatenate([steps for steps, _ in wanted])
    pitch = np.concatenate([np.full(len(steps), key) for steps, key in wanted])
    played = {(int(step), int(key)) for step, key in zip(track.onset_steps, track.pitch, strict=True)}
    # a closed hat beside an open one would choke it
    played |= {(step, CLOSED_HAT) for step, key in played if key == OPEN_HAT}
    new = np.array(
        [(int(step), int(key)) not in played for step, key in zip(onset, pitch, strict=True)], bool
    )
    usual = float(np.median(track.velocity))
    velocity = np.full(int(new.sum()), max(round(usual * FILLED_VELOCITY_SHARE), 1))
    added = {
        "onset_steps": onset[new],
        "duration_steps": np.full(int(new.sum()), STEPS_PER_BEAT // 4),
        "pitch": pitch[new],
        "velocity": velocity + np.where(onset[new] % STEPS_PER_BEAT == 0, 6, 0),
    }
    return in_order(track, added, keep=np.ones(len(track.pitch), bool))


def _some(steps: np.ndarray, notes: Notes, share: float) -> np.ndarray:
    """Return the most important `share` of places, alike in every bar."""
    weight = importance(steps, notes.beats_per_bar)
    return steps[place_in_order(weight) > 1.0 - share]
