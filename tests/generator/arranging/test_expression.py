import itertools
from dataclasses import replace

import numpy as np
import pytest

from generator.arranging.expression import express
from generator.conditioning import Conditioning
from generator.notes import Notes, NoteTrack
from tests.generator.pieces import BAR_STEPS, small_band, track

NEUTRAL = Conditioning(
    seconds=20, tempo_bpm=120, key=0, mode="major", style=(0.0,) * 24,
    programs={"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 128},
)  # fmt: skip
STEPS = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95]


def _expressed(name: str, value: float, notes: Notes | None = None) -> dict[str, NoteTrack]:
    made = express(notes or small_band(8), replace(NEUTRAL, **{name: value}))
    return {one.row: one for one in made.tracks}


def _rises(values: list[float], *, by: float) -> bool:
    return all(low <= high for low, high in itertools.pairwise(values)) and values[-1] >= values[0] + by


def _same(one: Notes, other: Notes) -> bool:
    return all(
        np.array_equal(getattr(mine, name), getattr(its, name))
        for mine, its in zip(one.tracks, other.tracks, strict=True)
        for name in ("onset_steps", "duration_steps", "pitch", "velocity")
    )


def test_a_neutral_request_leaves_every_note_alone() -> None:
    assert _same(express(small_band(), NEUTRAL), small_band())


def test_density_thins_and_repeats() -> None:
    counts = [sum(len(one.pitch) for one in _expressed("density", step).values()) for step in STEPS]
    assert _rises(counts, by=60)


def test_register_raises_what_accompanies_row_by_row() -> None:
    heights = [
        sum(float(one.pitch.mean()) for one in _expressed("register", step).values()) for step in STEPS
    ]
    assert _rises(heights, by=24)
    assert all(
        np.array_equal(_expressed("register", step)[row].pitch, _expressed("register", 0.5)[row].pitch)
        for step in STEPS
        for row in ("lead", "bass")
    )


def test_drums_drive_harder_stroke_by_stroke() -> None:
    drums = [_expressed("drum_intensity", step)["drums"] for step in STEPS]
    assert _rises([len(one.pitch) for one in drums], by=60)
    assert 38 not in drums[0].pitch
    assert set(range(0, 84, 12)) <= set(drums[-1].onset_steps[drums[-1].pitch == 36])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_ending_keeps_its_strokes(value: float) -> None:
    asked = replace(NEUTRAL, density=value, drum_intensity=value)
    before, after = small_band(), express(small_band(), asked)
    for mine, its in zip(before.tracks, after.tracks, strict=True):
        last = 3 * BAR_STEPS
        assert np.array_equal(
            mine.onset_steps[mine.onset_steps >= last], its.onset_steps[its.onset_steps >= last]
        )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_longest_and_the_shortest_pieces_hold(value: float) -> None:
    asked = replace(NEUTRAL, density=value, register=value, drum_intensity=value)
    single = replace(small_band(1), tracks=(track("lead", 73, []), *small_band(1).tracks[1:]))
    for notes in (single, small_band(2)):
        for one in express(notes, asked).tracks:
            assert (one.duration_steps >= 1).all()
            assert ((one.velocity >= 1) & (one.velocity <= 127)).all()
            assert (np.diff(one.onset_steps) >= 0).all()


def test_bars_that_were_alike_stay_alike() -> None:
    for name, value in itertools.product(("density", "drum_intensity"), (0.1, 0.9)):
        for one in _expressed(name, value).values():
            bars = [one.onset_steps[one.onset_steps // BAR_STEPS == bar] % BAR_STEPS for bar in (1, 2, 3)]
            assert np.array_equal(bars[0], bars[1])
            assert np.array_equal(bars[0], bars[2])


def test_no_bar_in_which_a_row_plays_falls_silent() -> None:
    off_the_beat = [(bar * BAR_STEPS + step, 6, 60, 80) for bar in range(4) for step in (15, 30)]
    sparse = replace(small_band(), tracks=(track("comp", 0, off_the_beat),))
    thinned = _expressed("density", 0.0, sparse)["comp"]
    assert thinned.onset_steps.tolist() == [15, 63, 111, 159, 174]
