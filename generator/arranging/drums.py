"""Drums that groove: the kick with the bass, quiet notes between the strokes, fills into new sections and crashes on them.

The pattern that was written is kept; what is added is drawn once for a piece, so that bars repeat as a drummer's do. Where no drums
were asked for there are none.
"""

import numpy as np

from generator.arranging.lines import joined
from generator.form import SECTION_BARS
from generator.notes import STEPS_PER_BEAT, NoteTrack

KICK, SNARE, STICK, HAT, OPEN_HAT, RIDE, CRASH = 36, 38, 37, 42, 46, 51, 49
TOMS = (50, 47, 43)
HIT_STEPS = 3
SIXTEENTH = STEPS_PER_BEAT // 4

FILL_FROM, CRASH_FROM, GHOSTS_FROM = 0.6, 0.55, 0.55
"""The drive from which a drummer fills in, crashes and plays between the strokes: usual drums are played as they were written."""

FASTEST_GHOSTS_BPM, GHOST_SHARE = 150.0, 0.4

_FILLS = (
    ((0, SNARE), (3, SNARE), (6, TOMS[0]), (9, TOMS[2])),
    ((0, TOMS[0]), (3, TOMS[0]), (6, TOMS[1]), (9, TOMS[2])),
    ((0, SNARE), (6, SNARE), (9, SNARE)),
    ((-12, TOMS[0]), (-6, TOMS[1]), (0, TOMS[1]), (6, TOMS[2]), (9, TOMS[2])),
    ((0, SNARE), (4, TOMS[0]), (8, TOMS[2])),
)
"""Strokes counted from the last beat of a section; the last one is for music in triplets."""


def groove(
    drums: NoteTrack,
    bass: NoteTrack | None,
    *,
    bars: int,
    beats_per_bar: int,
    tempo_bpm: float,
    drive: float,
    swings: bool,
    rng: np.random.Generator,
) -> NoteTrack:
    """Return the drums of a piece with kicks on the bass's strong notes, ghost notes, fills and crashes by `drive` (0 to 1).

    More drive never takes a stroke away. The last bar is left alone: it is the ending.
    """
    if not len(drums.onset_steps):
        return drums
    ghost_draws = rng.random(beats_per_bar * 4)
    kick_draws = rng.random(beats_per_bar)
    fill_draws = rng.random(bars // SECTION_BARS + 1)
    played = drums
    if bass is not None:
        played = joined(played, _kicks(drums, bass, bars, beats_per_bar, drive, kick_draws))
    if not swings and tempo_bpm <= FASTEST_GHOSTS_BPM:
        played = joined(played, _ghosts(drums, bars, beats_per_bar, drive, ghost_draws))
    for section in range(SECTION_BARS, bars, SECTION_BARS):
        step = section * beats_per_bar * STEPS_PER_BEAT
        if drive >= FILL_FROM:
            played = _with_fill(played, step, swings, float(fill_draws[section // SECTION_BARS]))
        if drive >= CRASH_FROM:
            played = _with_crash(played, step, drive)
    return played


def _kicks(
    drums: NoteTrack, bass: NoteTrack, bars: int, beats_per_bar: int, drive: float, draws: np.ndarray
) -> list[tuple[int, int, int, int]]:
    """Return the kicks that are missing where the bass strikes a beat: on one always, elsewhere for a part of the beats."""
    kicks = drums.onset_steps[drums.pitch == KICK]
    if len(kicks) == 0:
        return []
    loudness = int(np.median(drums.velocity[drums.pitch == KICK]))
    snares = set(drums.onset_steps[np.isin(drums.pitch, (SNARE, STICK))].tolist())
    bar_steps = beats_per_bar * STEPS_PER_BEAT
    playing = set((drums.onset_steps // bar_steps).tolist())
    added = []
    for onset in np.unique(bass.onset_steps[bass.onset_steps % STEPS_PER_BEAT == 0]).tolist():
        bar, step = divmod(onset, bar_steps)
        wanted = step == 0 or draws[step // STEPS_PER_BEAT] < 0.2 + 0.5 * drive
        if (
            wanted
            and onset not in snares
            and bar in playing
            and bar < bars - 1
            and not (kicks == onset).any()
        ):
            added.append((onset, HIT_STEPS, KICK, loudness - (0 if step == 0 else 6)))
    return added


def _ghosts(
    drums: NoteTrack, bars: int, beats_per_bar: int, drive: float, draws: np.ndarray
) -> list[tuple[int, int, int, int]]:
    """Return quiet snare strokes on sixteenths off the beat, in bars where the snare plays; the same ones in every bar."""
    snare = drums.onset_steps[drums.pitch == SNARE]
    if len(snare) == 0 or drive < GHOSTS_FROM:
        return []
    bar_steps = beats_per_bar * STEPS_PER_BEAT
    loudness = 0.38 * float(np.median(drums.velocity[drums.pitch == SNARE]))
    # The second sixteenth after a backbeat and the last before a beat are where drummers put them.
    places = [sixteenth for sixteenth in range(beats_per_bar * 4) if sixteenth % 4 in (1, 3)]
    chosen = [sixteenth * SIXTEENTH for sixteenth in places if draws[sixteenth] < GHOST_SHARE * drive]
    playing = set((snare // bar_steps).tolist()) - {bars - 1}
    struck = set(drums.onset_steps[drums.pitch != HAT].tolist())
    return [
        (bar * bar_steps + step, HIT_STEPS, SNARE, round(loudness))
        for bar in sorted(playing)
        for step in chosen
        if bar * bar_steps + step not in struck
    ]


def _with_fill(drums: NoteTrack, section_step: int, swings: bool, draw: float) -> NoteTrack:
    """Return the drums with a fill on the last beat before a section, unless they play one, or rest, there."""
    beat = section_step - STEPS_PER_BEAT
    in_beat = (drums.onset_steps >= beat) & (drums.onset_steps < section_step)
    in_bar = (drums.onset_steps >= section_step - 4 * STEPS_PER_BEAT) & (drums.onset_steps < section_step)
    if not in_bar.any() or np.isin(drums.pitch[in_bar], TOMS).any():
        return drums
    fills = _FILLS[-1:] if swings else _FILLS[:-1]
    loudness = float(np.median(drums.velocity))
    fill = fills[int(draw * len(fills))]
    strokes = [
        (beat + offset, HIT_STEPS, key, round(loudness * (0.85 + 0.2 * (offset + 12) / 24)))
        for offset, key in fill
    ]
    # A drummer has two hands: what they did on this beat gives way, the foot stays.
    kept = ~in_beat | (drums.pitch == KICK)
    return joined(drums.take(kept), strokes)


def _with_crash(drums: NoteTrack, section_step: int, drive: float) -> NoteTrack:
    here = drums.onset_steps == section_step
    in_bar = (drums.onset_steps >= section_step) & (drums.onset_steps < section_step + 4 * STEPS_PER_BEAT)
    if not in_bar.any():
        return drums
    loudness = round(float(np.median(drums.velocity)) * (0.9 + 0.3 * drive))
    strokes = [
        (section_step, HIT_STEPS, key, loudness)
        for key in (CRASH, KICK)
        if not (drums.pitch[here] == key).any()
    ]
    kept = ~(here & np.isin(drums.pitch, (HAT, OPEN_HAT, RIDE)))
    return joined(drums.take(kept), strokes)
