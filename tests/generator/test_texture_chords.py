from dataclasses import replace

import numpy as np

from generator.conditioning import Conditioning
from generator.notes import DRUM_PROGRAM, Notes, NoteTrack
from generator.texture_chords import joined_band

ASKED = Conditioning(
    seconds=30,
    tempo_bpm=100,
    key=2,
    mode="major",
    style=(0.0,) * 24,
    programs={"bass": 33, "drums": DRUM_PROGRAM},
)
WHOLE = Notes((), tempo_bpm=100, beats_per_bar=4, bars=12)


def track(row: str, onset_steps: list[int], pitch: list[int]) -> NoteTrack:
    """A row of notes a beat long, as a section has it."""
    each = np.array(onset_steps, np.int32)
    program = DRUM_PROGRAM if row == "drums" else 0
    return NoteTrack(
        row,
        program,
        each,
        np.full_like(each, 12),
        np.array(pitch, np.int16),
        np.full(len(each), 80, np.int16),
    )


def test_sections_follow_each_other_on_the_instruments_and_in_the_key_that_were_asked_for() -> None:
    bands = [
        (track("bass", [0, 372], [36, 43]), track("drums", [0], [36])),
        (track("bass", [12], [41]), track("drums", [24], [38])),
    ]
    bass, drums = joined_band(bands, WHOLE, ASKED)
    assert (bass.row, bass.program, drums.program) == ("bass", 33, DRUM_PROGRAM)
    assert bass.onset_steps.tolist() == [0, 372, 8 * 48 + 12]
    # the key frame of a major key is C: a piece in D lies two semitones higher
    assert bass.pitch.tolist() == [38, 45, 43]
    assert (drums.onset_steps.tolist(), drums.pitch.tolist()) == ([0, 8 * 48 + 24], [36, 38])


def test_what_lies_beyond_the_last_bar_and_rows_that_nobody_plays_are_left_out() -> None:
    late = track("bass", [3 * 48, 4 * 48], [36, 36])
    (bass,) = joined_band([(late,), (late,)], WHOLE, ASKED)
    assert bass.onset_steps.tolist() == [144, 192, 8 * 48 + 144]
    assert joined_band([(), ()], WHOLE, ASKED) == []
    assert joined_band([(), (late,)], replace(WHOLE, bars=16), ASKED)[0].onset_steps[0] == 8 * 48 + 144
