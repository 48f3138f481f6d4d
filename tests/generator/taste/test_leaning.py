from dataclasses import replace

import numpy as np
import pytest

from generator.taste.anchors import AnchorTable
from generator.taste.condition import condition_for
from generator.taste.leaning import Leaning, instrument
from tests.generator.taste.test_condition import TASTE, anchors, rng

__all__ = ["anchors"]


def test_nothing_leans_where_nothing_is_given(anchors: AnchorTable) -> None:
    plain = condition_for(TASTE, anchors, 30.0, rng())
    assert condition_for(TASTE, anchors, 30.0, rng(), leaning=Leaning()) == plain


def test_tempo_and_density_are_moved_within_what_the_engines_know(anchors: AnchorTable) -> None:
    plain = condition_for(TASTE, anchors, 30.0, rng())
    moved = condition_for(TASTE, anchors, 30.0, rng(), leaning=Leaning(tempo_octaves=0.1, density=-0.1))
    assert moved.tempo_bpm == pytest.approx(plain.tempo_bpm * 2**0.1)
    assert moved.density == pytest.approx(plain.density - 0.1)
    far = condition_for(TASTE, anchors, 30.0, rng(), leaning=Leaning(tempo_octaves=9.0, density=9.0))
    assert (far.tempo_bpm, far.density) == (190.0, 1.0)


def test_a_mode_gives_way_where_the_listener_wants_the_other_much_more(anchors: AnchorTable) -> None:
    mixed = replace(TASTE, is_major=np.array([True, True, True, False]))
    assert condition_for(mixed, anchors, 30.0, rng()).mode == "major"
    assert condition_for(mixed, anchors, 30.0, rng(), leaning=Leaning(major=-3.0)).mode == "minor"


def test_anchors_that_are_wanted_or_play_what_is_wanted_come_first(anchors: AnchorTable) -> None:
    wanted = condition_for(TASTE, anchors, 30.0, rng(), leaning=Leaning(anchors={398: 20.0}))
    assert wanted.textures[0] == 398
    programs = anchors.programs.copy()
    programs[200:400, 0] = 73
    flutes = replace(anchors, programs=programs)
    led = condition_for(
        TASTE, flutes, 30.0, rng(), leaning=Leaning(instruments={instrument("lead", 73): 1.0})
    )
    assert led.programs["lead"] in (72, 73, 79)
    assert led.style[0] >= 200


def test_a_leaning_of_another_table_or_of_no_numbers_does_no_harm(anchors: AnchorTable) -> None:
    plain = condition_for(TASTE, anchors, 30.0, rng())
    assert condition_for(TASTE, anchors, 30.0, rng(), leaning=Leaning(anchors={9_999: 1.0})) == plain
    with pytest.raises(ValueError, match="finite"):
        Leaning(tempo_octaves=float("nan"))
