from dataclasses import replace

import numpy as np
import pytest

from generator.conditioning import Conditioning
from generator.notes import ROWS, Notes, NoteTrack
from generator.screening.notes import longest_run, measure_ending, measure_notes
from generator.screening.screening import screen_notes
from tests.generator.pieces import small_band, track
from tests.generator.tunes import guard_without_passages

GUARD = guard_without_passages()


def asked(rows: tuple[str, ...], key: int = 0) -> Conditioning:
    programs = {"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 128}
    return Conditioning(
        seconds=60,
        tempo_bpm=120,
        key=key,
        mode="major",
        style=(0.0,) * 24,
        programs={row: programs[row] for row in rows},
    )


def faults(notes: Notes, rows: tuple[str, ...] = ROWS, key: int = 0) -> tuple[str, ...]:
    return screen_notes(notes, asked(rows, key), GUARD).failures


def with_rows(band: Notes, **changed: NoteTrack) -> Notes:
    """The band with some rows played otherwise."""
    return replace(band, tracks=tuple(changed.get(one.row, one) for one in band.tracks))


@pytest.mark.parametrize("bars", [4, 8])
def test_a_small_band_has_no_faults(bars: int) -> None:
    assert faults(small_band(bars)) == ()


def test_a_piece_of_two_notes_is_nearly_empty() -> None:
    thin = Notes((track("lead", 73, [(0, 24, 72, 90), (168, 24, 72, 90)]),), 120.0, 4, 4)
    assert "is nearly empty: 0.5 notes a bar" in faults(thin, ("lead",))


def test_a_rest_of_all_rows_is_found_and_one_of_some_rows_is_music() -> None:
    def without_bars(line: NoteTrack) -> NoteTrack:
        kept = [
            (onset, 1, pitch, 90)
            for onset, pitch in zip(line.onset_steps.tolist(), line.pitch.tolist(), strict=True)
            if not 96 <= onset < 192
        ]
        return track(line.row, line.program, kept)

    band = small_band(8)
    silenced = {line.row: without_bars(line) for line in band.tracks}
    assert "rests in all rows for 9 beats" in faults(with_rows(band, **silenced))
    del silenced["drums"]
    assert not any("rests" in fault for fault in faults(with_rows(band, **silenced)))


@pytest.mark.parametrize(
    ("row", "beats", "is_stuck"),
    [("lead", 12, False), ("lead", 13, True), ("pad", 16, False), ("bass", 17, True)],
)
def test_a_note_longer_than_its_rows_custom_is_stuck(row: str, beats: int, *, is_stuck: bool) -> None:
    stuck = track(row, 73, [(0, 12 * beats, 60, 90)])
    found = faults(with_rows(small_band(8), **{row: stuck}))
    assert (f"holds a note of the {row} for {beats} beats" in found) == is_stuck


def test_a_lead_that_strikes_one_note_again_and_again_is_stuck_and_a_pedal_of_the_bass_is_not() -> None:
    hammered = track("lead", 73, [(12 * beat, 6, 72, 90) for beat in range(32)])
    found = faults(with_rows(small_band(8), lead=hammered))
    assert "repeats one note or chord of the lead for 32 beats" in found
    assert measure_notes(small_band(8))["longest_repeat_beats_bass"] == pytest.approx(30 + 20 / 12)


def test_a_piece_in_which_nothing_moves_is_found_whatever_its_rhythm() -> None:
    hammered = track("lead", 73, [(6 * stroke, 6, 72, 90) for stroke in range(26)])
    goes_on = track("lead", 73, [(6 * stroke, 6, 72 + stroke // 24 % 2, 90) for stroke in range(64)])
    band = small_band(8)
    assert "does not move for 32 beats" in faults(with_rows(band, lead=hammered))
    assert not any("does not move" in fault for fault in faults(with_rows(band, lead=goes_on)))


def test_clashes_beyond_what_real_music_has_are_found() -> None:
    band = small_band(8)
    rubbing = track("pad", 48, [(48 * bar, 48, pitch, 70) for bar in range(8) for pitch in (61, 66, 71)])
    assert any("clashes in" in fault for fault in faults(with_rows(band, pad=rubbing)))


def test_rows_that_were_asked_for_and_never_play_are_named() -> None:
    band = small_band()
    without = replace(band, tracks=tuple(line for line in band.tracks if line.row not in ("bass", "pad")))
    assert faults(without) == ("never plays its pad", "never plays its bass")
    assert faults(without, ("lead", "comp", "drums")) == ()


def test_drums_alone_have_no_key_to_end_in() -> None:
    alone = replace(small_band(), tracks=small_band().tracks[-1:])
    assert faults(alone, ("drums",)) == ()
    assert "never plays its lead" in faults(alone, ("lead", "drums"))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [(0, None), (9, "does not end on its tonic"), (7, "ends on another chord than its tonic's")],
)
def test_an_ending_is_told_by_the_key_that_was_asked_for(key: int, sentence: str | None) -> None:
    found = [fault for fault in faults(small_band(), key=key) if "end" in fault]
    assert found == ([sentence] if sentence else [])


def test_an_ending_counts_what_sounds_in_the_last_bar_held_or_struck() -> None:
    lead = track("lead", 73, [(0, 12, 62, 90), (12, 84, 60, 90), (48, 12, 64, 90), (60, 12, 66, 90)])
    found = measure_ending(Notes((lead,), 120.0, 4, 2), tonic=0)
    assert found == {"ends_on_tonic": 1.0, "share_of_tonic_chord_at_end": pytest.approx(2 / 3)}
    assert measure_ending(Notes((lead,), 120.0, 4, 9), tonic=0)["ends_on_tonic"] == 0.0


@pytest.mark.parametrize(
    ("flags", "length"), [("", 0), ("000", 0), ("111", 3), ("0110111010", 3), ("1000", 1)]
)
def test_the_longest_run_is_counted(flags: str, length: int) -> None:
    assert longest_run(np.array([flag == "1" for flag in flags], dtype=bool)) == length
