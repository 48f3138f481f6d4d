import numpy as np
import pytest

from generator.conditioning import STYLE_DIMENSIONS
from generator.measures.clash_levels import FEWEST_WORKS, clash_levels, level_of, nearest_style
from generator.notes import Notes
from generator.taste.anchors import AnchorTable
from tests.generator.pieces import small_band, track


def rubbing(share: float, notes: int = 40) -> Notes:
    """Return two rows of held notes, of which a share rubs against the other row."""
    low = [(number * 48, 48, 60, 80) for number in range(notes)]
    high = [(number * 48, 48, 61 if number < share * notes else 72, 80) for number in range(notes)]
    return Notes((track("pad", 48, low), track("comp", 0, high)), 100.0, 4, notes)


def test_a_style_has_the_95th_percentile_of_its_windows_and_small_styles_that_of_all() -> None:
    rough = [rubbing(0.5)] * FEWEST_WORKS
    smooth = [small_band(4)] * FEWEST_WORKS
    few = [rubbing(0.2)]
    styles = ["metal"] * FEWEST_WORKS + ["pop"] * FEWEST_WORKS + ["organ"]
    levels = clash_levels([*rough, *smooth, *few], styles, [str(number) for number in range(len(styles))])
    assert levels["metal"] == pytest.approx(25.0)
    assert levels["pop"] == 0.0
    assert set(levels) == {"all", "metal", "pop"}
    assert level_of("organ", levels) == levels["all"] == pytest.approx(25.0)


def test_drums_alone_set_no_level() -> None:
    drums = Notes((small_band().tracks[-1],), 100.0, 4, 4)
    with pytest.raises(ValueError, match="something pitched"):
        clash_levels([drums], ["rock"], ["one"])


def test_a_style_vector_is_named_after_most_of_its_nearest_anchors() -> None:
    anchors = AnchorTable(
        vectors=np.eye(40, dtype=np.float32),
        styles=np.repeat([[0.0], [5.0]], 20, axis=0) * np.ones((40, STYLE_DIMENSIONS)),
        programs=np.zeros((40, 5), np.int16),
        tempo_bpm=np.full(40, 100.0),
        is_minor=np.zeros(40, bool),
        metre=np.zeros(40, np.int8),
        hubness=np.zeros(40),
        source_styles=("jazz",) * 20 + ("rock",) * 20,
        credits=("",) * 40,
    )
    assert nearest_style((4.0,) * STYLE_DIMENSIONS, anchors) == "rock"
    assert nearest_style((1.0,) * STYLE_DIMENSIONS, anchors) == "jazz"
