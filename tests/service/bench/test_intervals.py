import numpy as np
import pytest

from service.bench.intervals import GroupBootstrap, interval_of


def test_the_interval_of_a_mean_is_as_wide_as_theory_says(rng: np.random.Generator) -> None:
    values = rng.standard_normal(400)
    interval = interval_of(values.mean(), GroupBootstrap([str(n) for n in range(400)], rng).means(values))
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < values.mean() < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_tracks_of_one_album_are_no_independent_witnesses(rng: np.random.Generator) -> None:
    values = np.repeat(rng.standard_normal(20), 20)
    alone = GroupBootstrap([str(n) for n in range(400)], rng).means(values)
    in_albums = GroupBootstrap([str(n // 20) for n in range(400)], rng).means(values)
    assert in_albums.std() > 3 * alone.std()


def test_one_group_alone_gives_no_width_and_no_group_no_interval(rng: np.random.Generator) -> None:
    assert GroupBootstrap(["a", "a"], rng).means(np.array([0.0, 1.0])).tolist() == [0.5] * 2000
    assert interval_of(0.5, np.array([np.nan])).low is None


def test_a_statistic_sees_each_group_as_often_as_it_was_drawn(rng: np.random.Generator) -> None:
    values = np.arange(6.0)
    bootstrap = GroupBootstrap(["a", "a", "b", "b", "c", "c"], rng)
    drawn = bootstrap.statistic(lambda places: float(values[places].mean()), draws=50)
    assert drawn == pytest.approx(bootstrap.means(values)[:50])
