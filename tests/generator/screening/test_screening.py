import json
from dataclasses import replace

import numpy as np
import pytest

from generator.conditioning import Conditioning
from generator.copying.guard import PassageFilter
from generator.notes import Notes
from generator.screening.screening import screen
from generator.sound.mastering import master
from generator.sound.rendering import render_notes
from tests.generator.pieces import small_band, track
from tests.generator.tunes import as_notes, corpus_of, draw_bass, draw_tune, guard_without_passages

RATE = 48000
ASKED = Conditioning(
    seconds=10,
    tempo_bpm=120,
    key=0,
    mode="major",
    style=(0.0,) * 24,
    programs={"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 128},
)
GUARD = guard_without_passages()


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return master(render_notes(small_band(), rng=np.random.default_rng(0)), RATE, seconds=10.0).samples


def failures(notes: Notes, samples: np.ndarray, seconds: float = 10.0) -> str:
    verdict = screen(notes, samples, RATE, replace(ASKED, seconds=seconds), GUARD)
    assert verdict.passed == (not verdict.failures)
    json.dumps(verdict.measurements, allow_nan=False)
    return "; ".join(verdict.failures)


def test_a_sound_piece_passes_and_its_measurements_are_those_of_the_master(sound: np.ndarray) -> None:
    verdict = screen(small_band(), sound, RATE, ASKED, GUARD)
    assert verdict.passed, verdict.failures
    assert verdict.measurements["loudness_lufs"] == pytest.approx(-14.0, abs=0.5)
    assert verdict.measurements["true_peak_db"] <= -1.0
    assert verdict.measurements["duration_seconds"] == 10.0
    assert verdict.measurements["notes_per_bar"] == 4 + 6 + 3 + 2 + 4
    assert verdict.measurements["rows_sounding"] == verdict.measurements["rows"] == 5
    assert verdict.measurements["repeated_tune_beats"] == 0


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


def test_sound_that_stops_while_it_sounds_is_found(sound: np.ndarray) -> None:
    assert "cut off while it sounds" in failures(small_band(), sound[:, : 4 * RATE + 100], seconds=4.0)


def test_samples_that_are_not_numbers_are_found(sound: np.ndarray) -> None:
    broken = sound.copy()
    broken[1, 5] = np.nan
    assert "not numbers" in failures(small_band(), broken)


def test_no_sound_at_all_is_found() -> None:
    assert "no sound" in failures(small_band(), np.zeros((2, 0), dtype=np.float32))


def test_mono_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="stereo"):
        screen(small_band(), np.zeros(RATE), RATE, ASKED, GUARD)


def test_faults_of_the_notes_are_told_beside_those_of_the_sound(sound: np.ndarray) -> None:
    thin = Notes((track("lead", 73, [(0, 24, 72, 90), (96, 24, 72, 90)]),), 120.0, 4, 4)
    found = failures(thin, sound, seconds=20.0)
    for fault in ("nearly empty", "never plays its bass", "lasts 10.0 s"):
        assert fault in found


def test_a_copied_piece_is_found_in_any_key(sound: np.ndarray) -> None:
    (tune, bass), (other, other_bass) = (
        (draw_tune(np.random.default_rng(seed), 4), draw_bass(np.random.default_rng([seed, 1]), 4))
        for seed in (1, 2)
    )
    guard = PassageFilter.fit(
        corpus_of([("train", "a", tune * 1, bass), ("test", "b", *longer(other, other_bass))]), {}
    )
    asked = replace(ASKED, programs={"lead": 73, "bass": 33})
    copy = screen(as_notes(tune, bass, up=4, bars=4), sound, RATE, asked, guard)
    assert copy.measurements["repeated_tune_share"] == 1.0
    assert any("repeats a tune of the training music" in fault for fault in copy.failures)
    own = screen(as_notes(other, other_bass, bars=4), sound, RATE, asked, guard)
    assert not any("training music" in fault for fault in own.failures)


def longer(tune: list[tuple[int, int]], bass: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], ...]:
    """The same four bars four times: an excerpt must have eight bars to be measured."""
    return tuple(
        [(onset + 192 * time, pitch) for time in range(4) for onset, pitch in line] for line in (tune, bass)
    )
