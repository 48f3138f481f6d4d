"""From what was written to what a band plays: instruments in their ranges, chords around the tune, drums that groove.

Tempo, key, metre and length stay, and so does the tune: it moves by octaves, and is played louder or softer, longer or shorter.
"""

from dataclasses import replace

import numpy as np

from generator.arranging.drums import groove
from generator.arranging.expression import express
from generator.arranging.lines import in_order, on_the_grid
from generator.arranging.ranges import BASS_RANGE, fit_to_range, instrument_range, single_voiced
from generator.arranging.swing import is_swung
from generator.arranging.touch import with_articulation, with_dynamics
from generator.arranging.voicing import voice, without_clashes
from generator.conditioning import Conditioning
from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack


def arrange(notes: Notes, conditioning: Conditioning, rng: np.random.Generator) -> Notes:
    """Return `notes` arranged for the band that `conditioning` asks for, reproducibly for a given `rng`.

    The instruments are those that were asked for; the seed decides ghost notes and fills. Of the conditioning's quantities, register
    moves octaves, articulation lengths, dynamics velocities and their range, drum intensity the drums; each acts one way only.
    """
    notes = express(notes, conditioning)
    last_bar_step = (notes.bars - 1) * notes.beats_per_bar * STEPS_PER_BEAT
    rows = {track.row: in_order(track) for track in notes.tracks if len(track.onset_steps)}
    swings = is_swung(notes)
    for row, track in rows.items():
        rows[row] = track if row == "lead" else on_the_grid(track, last_bar_step)
    _fit_pitched_rows(rows, notes, conditioning)
    if "drums" in rows:
        rows["drums"] = groove(
            rows["drums"],
            rows.get("bass"),
            bars=notes.bars,
            beats_per_bar=notes.beats_per_bar,
            tempo_bpm=notes.tempo_bpm,
            drive=conditioning.drum_intensity,
            swings=swings,
            rng=rng,
        )
    played = [
        with_articulation(
            with_dynamics(track, conditioning.dynamics), conditioning.articulation, last_bar_step
        )
        for track in rows.values()
    ]
    return replace(notes, tracks=tuple(track for track in played if len(track.onset_steps)))


def _fit_pitched_rows(rows: dict[str, NoteTrack], notes: Notes, conditioning: Conditioning) -> None:
    """Bring the pitched rows into their ranges and voice the accompaniment around bass and tune, in place."""
    if "lead" in rows:
        lead = single_voiced(rows["lead"])
        rows["lead"] = fit_to_range(lead, instrument_range(lead.program), register=conditioning.register)
    if "bass" in rows:
        bass = single_voiced(fit_to_range(rows["bass"], BASS_RANGE))
        rows["bass"] = without_clashes(bass, rows["lead"], notes, BASS_RANGE) if "lead" in rows else bass
    settled = [rows[row] for row in ("lead", "bass") if row in rows]
    for row in ("comp", "pad"):
        if row in rows:
            reach = instrument_range(rows[row].program)
            rows[row] = voice(fit_to_range(rows[row], reach), settled, notes, reach)
            settled.append(rows[row])
