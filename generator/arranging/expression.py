"""A mood's means, applied to written notes: what a denoiser follows loosely is heard for certain.

Nothing here is drawn: the same notes and the same request give the same result, a place in the bar is treated alike in every
bar, so that patterns stay patterns, and a neutral request (.5, no mixture) leaves the notes as they are. The last bar is an
ending and keeps its strokes. `generator.emotion_map` says which means a mood asks for, and after whom.
"""

from dataclasses import replace

import numpy as np

from generator.arranging.drum_intensity import intensify_drums
from generator.arranging.modal_mixture import mix_modes
from generator.arranging.pulse import halfway_steps, importance, in_order, place_in_order
from generator.conditioning import Conditioning
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack

THINNED = {"comp": 0.8, "pad": 0.5, "bass": 0.7}
"""Share of a row's moments that rest at a density of 0; what opens a bar never does, and the tune stays as it was written."""

REPEATED = {"comp": 1.0, "bass": 1.0}
"""Share of a row's long notes that are struck again within their time at a density of 1."""

OCTAVE_RAISED_FROM = {"pad": 0.68, "comp": 0.76}
"""From which register on a row plays an octave higher; mirrored at .5, an octave lower."""

HIGHEST_MEAN_PITCH, LOWEST_MEAN_PITCH = 88, 48
"""No row is moved where its middle would lie beyond."""

ECHO_SOFTER = 7


def express(notes: Notes, conditioning: Conditioning) -> Notes:
    """Return `notes` with the modal mixture, density, drum intensity and accompanying register that the request wants.

    The tonic is the request's key; rows, tempo, metre and length stay what they are, and so does the tune, but for borrowed
    degrees. How high it lies, how loud and how detached notes are is the arrangement's business (`generator.arranging.arrangement`).
    """
    notes = mix_modes(notes, conditioning.key, conditioning.mode, conditioning.mixture)
    ending = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    tracks = []
    for track in notes.tracks:
        if track.is_drums:
            expressed = intensify_drums(track, notes, conditioning.drum_intensity)
        else:
            expressed = _placed(_dense(track, notes, conditioning.density, ending), conditioning.register)
        tracks.append(expressed)
    return replace(notes, tracks=tuple(tracks))


def _dense(track: NoteTrack, notes: Notes, density: float, ending: int) -> NoteTrack:
    share = 2.0 * abs(density - 0.5)
    if density < 0.5:
        return _thinned(track, notes, share * THINNED.get(track.row, 0.0), ending)
    return _repeated(track, notes, share * REPEATED.get(track.row, 0.0), ending)


def _thinned(track: NoteTrack, notes: Notes, share: float, ending: int) -> NoteTrack:
    """Return the track without the least important of its moments, at most `share` of those that do not open a bar."""
    weight = importance(track.onset_steps, notes.beats_per_bar)
    bar = track.onset_steps // (notes.beats_per_bar * STEPS_PER_BEAT)
    opens_bar = np.isin(track.onset_steps, track.onset_steps[np.diff(bar, prepend=-1) != 0])
    may_rest = (track.onset_steps < ending) & ~opens_bar
    rests = np.zeros(len(weight), bool)
    rests[may_rest] = place_in_order(weight[may_rest]) < share
    return in_order(track, {}, keep=~rests)


def _repeated(track: NoteTrack, notes: Notes, share: float, ending: int) -> NoteTrack:
    """Return the track with `share` of its notes of a beat and more struck again and again within their time."""
    halfway = halfway_steps(notes)
    is_long = (track.duration_steps >= STEPS_PER_BEAT) & (track.onset_steps + track.duration_steps <= ending)
    weight = importance(track.onset_steps, notes.beats_per_bar)
    chosen = np.flatnonzero(is_long)[place_in_order(weight[is_long]) < share]
    if not len(chosen):
        return track
    onset, duration, source = [], [], []
    for note in chosen:
        begin, length = int(track.onset_steps[note]), int(track.duration_steps[note])
        beats = np.arange(0, length, STEPS_PER_BEAT)
        strokes = np.sort(np.concatenate([beats, beats + halfway]))
        strokes = strokes[strokes < length]
        onset.append(begin + strokes)
        duration.append(np.diff(np.append(strokes, length)))
        source.append(np.full(len(strokes), note))
    strokes_of = np.concatenate(source)
    first = np.diff(strokes_of, prepend=-1) != 0
    added = {
        "onset_steps": np.concatenate(onset),
        "duration_steps": np.concatenate(duration),
        "pitch": track.pitch[strokes_of],
        "velocity": np.maximum(track.velocity[strokes_of] - np.where(first, 0, ECHO_SOFTER), 1),
    }
    return in_order(track, added, keep=~np.isin(np.arange(len(track.pitch)), chosen))


def _placed(track: NoteTrack, register: float) -> NoteTrack:
    bar = OCTAVE_RAISED_FROM.get(track.row)
    if bar is None or not len(track.pitch) or abs(register - 0.5) < bar - 0.5:
        return track
    shift = 12 if register > 0.5 else -12
    moved = track.pitch + shift
    if (
        not LOWEST_MEAN_PITCH <= float(moved.mean()) <= HIGHEST_MEAN_PITCH
        or moved.max() > 108
        or moved.min() < 28
    ):
        return track
    return replace(track, pitch=moved.astype(np.int16))
