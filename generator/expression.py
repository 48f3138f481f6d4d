"""A mood's means, applied to written notes: what a denoiser follows loosely is heard for certain.

Nothing here is drawn: the same notes and the same request give the same result, a place in the bar is treated alike in every
bar, so that patterns stay patterns, and a neutral request (.5, no mixture) leaves the notes as they are. The last bar is an
ending and keeps its strokes. `generator.emotion_map` says which means a mood asks for, and after whom.
"""

from dataclasses import replace

import numpy as np

from generator.conditioning import Conditioning
from generator.drum_intensity import intensify_drums
from generator.modal_mixture import mix_modes
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack
from generator.pulse import halfway_steps, importance, in_order

THINNED = {"lead": 0.45, "comp": 0.8, "pad": 0.5, "bass": 0.7}
"""Share of a row's moments that rest at a density of 0; downbeats never do."""

REPEATED = {"lead": 0.3, "comp": 1.0, "pad": 0.0, "bass": 1.0}
"""Share of a row's long notes that are struck again within their time at a density of 1."""

DETACHMENT_OCTAVES = {"lead": 2.2, "comp": 3.0, "pad": 1.2, "bass": 2.4}
"""How often a row's notes are halved between an articulation of .5 and of 1; at 0 they reach on to the next as far."""

OCTAVE_RAISED_FROM = {"pad": 0.68, "comp": 0.75, "lead": 0.84}
"""From which register on a row plays an octave higher; mirrored at .5, an octave lower."""

HIGHEST_MEAN_PITCH, LOWEST_MEAN_PITCH = 88, 48
"""No row is moved where its middle would lie beyond."""

SOFTEST_MEAN, LOUDEST_MEAN = 45.0, 105.0
LEVEL_REACH = 44.0
RANGE_OCTAVES = 2.0
ECHO_SOFTER = 7


def express(notes: Notes, conditioning: Conditioning) -> Notes:
    """Return `notes` as the request's mixture, density, register, articulation, dynamics and drum intensity want them.

    The tonic is the request's key; rows, tempo, metre and length stay what they are.
    """
    notes = mix_modes(notes, conditioning.key, conditioning.mode, conditioning.mixture)
    ending = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    tracks = []
    for track in notes.tracks:
        if track.is_drums:
            track = intensify_drums(track, notes, conditioning.drum_intensity)
        else:
            track = _dense(track, notes, conditioning.density, ending)
            track = _placed(track, conditioning.register)
            track = _articulated(track, conditioning.articulation, ending)
        tracks.append(_loud(track, conditioning.dynamics))
    return replace(notes, tracks=tuple(tracks))


def _dense(track: NoteTrack, notes: Notes, density: float, ending: int) -> NoteTrack:
    share = 2.0 * abs(density - 0.5)
    if density < 0.5:
        return _thinned(track, notes, share * THINNED[track.row], ending)
    return _repeated(track, notes, share * REPEATED[track.row], ending)


def _thinned(track: NoteTrack, notes: Notes, share: float, ending: int) -> NoteTrack:
    """Return the track without the least important of its moments, at most `share` of those off the downbeat."""
    weight = importance(track.onset_steps, notes.beats_per_bar)
    may_rest = (track.onset_steps < ending) & (
        track.onset_steps % (notes.beats_per_bar * STEPS_PER_BEAT) != 0
    )
    if share == 0.0 or not may_rest.any():
        return track
    rests = may_rest & (weight < np.quantile(weight[may_rest], share))
    return in_order(track, {}, keep=~rests)


def _repeated(track: NoteTrack, notes: Notes, share: float, ending: int) -> NoteTrack:
    """Return the track with `share` of its notes of a beat and more struck again and again within their time."""
    halfway = halfway_steps(notes)
    is_long = (track.duration_steps >= STEPS_PER_BEAT) & (track.onset_steps + track.duration_steps <= ending)
    weight = importance(track.onset_steps, notes.beats_per_bar)
    if share == 0.0 or not is_long.any():
        return track
    chosen = np.flatnonzero(is_long & (weight <= np.quantile(weight[is_long], share)))
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


def _articulated(track: NoteTrack, articulation: float, ending: int) -> NoteTrack:
    """Return the track detached (above .5) or joined (below): a joined note reaches at most to the row's next moment."""
    if articulation == 0.5 or not len(track.onset_steps):
        return track
    factor = 2.0 ** (-2.0 * (articulation - 0.5) * DETACHMENT_OCTAVES[track.row])
    moments = np.append(np.unique(track.onset_steps), ending)
    following = moments[np.searchsorted(moments, track.onset_steps, side="right").clip(max=len(moments) - 1)]
    room = np.maximum(following - track.onset_steps, track.duration_steps)
    longest = room if factor > 1.0 else track.duration_steps
    shortest = np.minimum(track.duration_steps, STEPS_PER_BEAT // 6)
    wanted = np.clip(np.rint(track.duration_steps * factor), shortest, longest).astype(np.int32)
    return replace(track, duration_steps=np.where(track.onset_steps >= ending, track.duration_steps, wanted))


def _loud(track: NoteTrack, dynamics: float) -> NoteTrack:
    """Return the track louder and with wider contrasts (above .5), or softer and more even (below)."""
    if dynamics == 0.5 or not len(track.velocity):
        return track
    mean = float(track.velocity.mean())
    level = np.clip(mean + LEVEL_REACH * (dynamics - 0.5), min(mean, SOFTEST_MEAN), max(mean, LOUDEST_MEAN))
    contrast = 2.0 ** (RANGE_OCTAVES * (dynamics - 0.5))
    velocity = level + (track.velocity - mean) * contrast
    return replace(track, velocity=np.clip(np.rint(velocity), 1, 127).astype(np.int16))
