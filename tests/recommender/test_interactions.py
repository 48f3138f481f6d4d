from dataclasses import replace

import numpy as np
import pytest

from recommender.interactions import (
    SECONDS_PER_DAY,
    Interactions,
    count_plays,
    hour_profile,
    interaction_weights,
)


def rows(*events: tuple[str, int, bool]) -> Interactions:
    """(track id, days since the beginning, skipped)."""
    ids = tuple(sorted({track for track, _, _ in events}))
    return Interactions(
        ids,
        np.array([ids.index(track) for track, _, _ in events], dtype=np.int32),
        np.array([int(day * SECONDS_PER_DAY) for _, day, _ in events], dtype=np.int64),
        np.zeros(len(events), dtype=np.int8),
        np.full(len(events), np.nan, dtype=np.float32),
        np.array([skipped for _, _, skipped in events], dtype=np.bool_),
    )


def test_plays_and_skips_are_counted_apart() -> None:
    counts = count_plays(rows(("a", 1, False), ("b", 2, True), ("a", 3, False), ("a", 4, True)))
    assert counts.plays.tolist() == [2, 0]
    assert counts.skips.tolist() == [1, 1]
    assert counts.last_listened_at.tolist() == [4 * SECONDS_PER_DAY, 2 * SECONDS_PER_DAY]


def test_a_skip_says_the_less_the_later_it_comes() -> None:
    left = rows(*((name, 1, True) for name in "abcde"))
    shares = np.array([0.0, 0.1, 0.45, 0.9, np.nan], dtype=np.float32)
    assert count_plays(replace(left, played_share=shares)).skips == pytest.approx([1, 0.8, 0.1, 0, 1])


def test_a_weight_is_log1p_of_the_plays_halved_every_half_life() -> None:
    counts = count_plays(rows(("a", 100, False), ("a", 100, False), ("b", 0, False)))
    weights = interaction_weights(counts, int(100 * SECONDS_PER_DAY), half_life_days=50)
    assert weights == pytest.approx([np.log(3), np.log(2) / 4])


def test_what_is_skipped_more_than_it_is_played_weighs_nothing() -> None:
    counts = count_plays(
        rows(("a", 0, True), ("b", 0, False), ("b", 0, True), ("b", 0, True), ("b", 0, True))
    )
    assert interaction_weights(counts, 0).tolist() == [0, 0]


def test_a_play_dated_in_the_future_counts_as_new() -> None:
    assert interaction_weights(count_plays(rows(("a", 9, False))), 0) == pytest.approx([np.log(2)])


def test_an_hour_profile_sums_to_one_and_leaves_skips_out() -> None:
    profile = hour_profile(np.array([7, 7, 20, 3], dtype=np.int8), np.array([False, False, False, True]))
    assert profile[7] == pytest.approx(2 / 3)
    assert profile[20] == pytest.approx(1 / 3)
    assert profile.sum() == pytest.approx(1)


def test_the_hour_profile_of_nothing_is_all_zeros() -> None:
    assert hour_profile(np.zeros(0, np.int8), np.zeros(0, np.bool_)).tolist() == [0.0] * 24
