import json

import numpy as np
import pytest

from generator.mastering import master
from generator.notes import Notes
from generator.rendering import render_notes
from generator.screening import longest_run, screen
from tests.generator.pieces import small_band, track

RATE = 48000


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return master(render_notes(small_band(), rng=np.random.default_rng(0)), RATE, seconds=10.0).samples


def failures(notes: Notes, samples: np.ndarray, seconds: float = 10.0) -> str:
    verdict = screen(notes, samples, RATE, requested_seconds=seconds)
    assert verdict.passed == (not verdict.failures)
    json.dumps(verdict.measurements, allow_nan=False)
    return "; ".join(verdict.failures)


def test_a_sound_piece_passes_and_its_measurements_are_those_of_the_master(sound: np.ndarray) -> None:
    verdict = screen(small_band(), sound, RATE, requested_seconds=10.0)
    assert verdict.passed, verdict.failures
    assert verdict.measurements["loudness_lufs"] == pytest.approx(-14.0, abs=0.5)
    assert verdict.measurements["true_peak_db"] <= -1.0
    assert verdict.measurements["duration_seconds"] == 10.0
    assert verdict.measurements["notes_per_bar"] == 4 + 6 + 3 + 2 + 4
    assert verdict.measurements["rows_sounding"] == 5
    assert verdict.measurements["longest_note_beats"] == 4


def test_silence_in_the_middle_is_found(sound: np.ndarray) -> None:
    gap = sound.copy()
    gap[:, 3 * RATE : round(6.5 * RATE)] = 0.0
    assert "silent for 3.5 s in a row" in failures(small_band(), gap)


def test_a_silent_piece_is_found() -> None:
    found = failures(small_band(), np.zeros((2, 10 * RATE), dtype=np.float32))
    assert "silent for 100% of its time" in found


def test_many_short_silences_add_up(sound: np.ndarray) -> None:
    chopped = sound.copy()
    for begin in range(0, 10 * RATE, RATE):
        chopped[:, begin : begin + RATE // 2] = 0.0
    assert "of its time" in failures(small_band(), chopped)


def test_clipping_is_found_and_a_single_full_sample_is_not_clipping(sound: np.ndarray) -> None:
    touched = sound.copy()
    touched[0, RATE] = 1.0
    assert failures(small_band(), touched) == ""
    assert "clips" in failures(small_band(), np.clip(sound * 4.0, -1.0, 1.0))


def test_a_wrong_length_is_found(sound: np.ndarray) -> None:
    assert failures(small_band(), sound, seconds=12.0) == ""
    assert "lasts 10.0 s where 13.0 s were asked" in failures(small_band(), sound, seconds=13.0)


def test_too_few_notes_are_found(sound: np.ndarray) -> None:
    thin = Notes((track("lead", 73, [(0, 48, 72, 90), (96, 48, 72, 90)]),), 120.0, 4, 4)
    assert "nearly empty" in failures(thin, sound)


def test_silent_rows_and_drums_alone_are_found(sound: np.ndarray) -> None:
    band = small_band()
    empty = tuple(track(row, 0, []) for row in ("lead", "comp", "pad"))
    assert "2 of 5 play" in failures(Notes((*empty, *band.tracks[3:]), 120.0, 4, 4), sound)
    assert "leaves rows silent" in failures(Notes(band.tracks[4:], 120.0, 4, 4), sound)


def test_a_stuck_note_is_found(sound: np.ndarray) -> None:
    band = small_band(bars=8)
    stuck = track("lead", 73, [(0, 17 * 12, 72, 90)])
    assert "holds a note for 17 beats" in failures(Notes((stuck, *band.tracks[1:]), 120.0, 4, 8), sound)


def test_samples_that_are_not_numbers_are_found(sound: np.ndarray) -> None:
    broken = sound.copy()
    broken[1, 5] = np.nan
    assert "not numbers" in failures(small_band(), broken)


def test_no_sound_at_all_is_found() -> None:
    assert "no sound" in failures(small_band(), np.zeros((2, 0), dtype=np.float32))


def test_mono_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="stereo"):
        screen(small_band(), np.zeros(RATE), RATE, requested_seconds=1.0)


@pytest.mark.parametrize(
    ("flags", "length"), [("", 0), ("000", 0), ("111", 3), ("0110111010", 3), ("1000", 1)]
)
def test_the_longest_run_is_counted(flags: str, length: int) -> None:
    assert longest_run(np.array([flag == "1" for flag in flags], dtype=bool)) == length
