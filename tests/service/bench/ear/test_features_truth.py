import math

import numpy as np
import pytest

from service.bench.ear.features_truth import (
    score_confidence,
    score_key,
    score_onset_rate,
    score_tempo,
    share_of,
    wilson_interval,
)


def test_a_tempo_within_four_percent_is_exact_and_half_or_double_is_an_octave_away() -> None:
    score = score_tempo(np.array([103.0, 106.0, 51.0, 199.0, 150.0]), np.full(5, 100.0))
    assert (score.exact.right, score.octave.right, score.octave.of) == (1, 3, 5)


def test_a_relative_key_has_the_same_notes_and_the_other_mode() -> None:
    true = [(0, "major")] * 4
    score = score_key([(0, "major"), (9, "minor"), (0, "minor"), (7, "major")], true)
    assert (score.exact.right, score.relative.right, score.mode.right) == (1, 2, 2)


def test_the_wilson_interval_is_that_of_the_textbook() -> None:
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 10)[0] == pytest.approx(0.0)
    assert wilson_interval(10, 10)[1] == pytest.approx(1.0)
    assert all(math.isnan(each) for each in wilson_interval(0, 0))


@pytest.mark.parametrize(("right", "of"), [(3, 2), (-1, 2)])
def test_more_than_all_is_no_share(right: int, of: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(right, of)


def test_no_pieces_have_no_share() -> None:
    assert math.isnan(share_of(np.zeros(0, bool)).share)


def test_rates_twice_too_high_still_correlate() -> None:
    true = np.arange(1.0, 9.0)
    score = score_onset_rate(2 * true, true)
    assert (score.correlation, score.median_ratio) == (pytest.approx(1.0), pytest.approx(2.0))
    assert score.low > 0.99


def test_unrelated_rates_have_an_interval_around_nothing() -> None:
    score = score_onset_rate(np.array([1.0, 2.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0, 2.0]))
    assert score.low < 0.0 < score.high
    assert math.isnan(score_onset_rate(np.ones(3), np.ones(3)).correlation)


def test_confidence_is_told_by_how_many_are_right_at_it() -> None:
    rows = score_confidence(
        np.array([0.1, 0.2, 0.7, 1.0]), np.array([False, True, True, True]), (0.0, 0.5, 1.0)
    )
    assert [(low, high, share.right, share.of) for low, high, share in rows] == [
        (0.0, 0.5, 1, 2),
        (0.5, 1.0, 2, 2),
    ]
