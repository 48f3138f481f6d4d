"""Two clusters around two axes; within the first, what is liked lies to one side."""

import numpy as np
import pytest

from recommender.personal import LikeRates, chance_of_liking
from tests.recommender.blobs import SIZE, blob

CENTROIDS = np.eye(2, SIZE, dtype=np.float32)
NOBODY = np.zeros((0, SIZE), np.float32)


def chances(
    candidates: np.ndarray,
    up: np.ndarray = NOBODY,
    down: np.ndarray = NOBODY,
    *,
    noise: np.ndarray | None = None,
) -> np.ndarray:
    rates = LikeRates.unknown(len(candidates), len(up), len(down))
    return chance_of_liking(candidates, up, down, CENTROIDS, rates, 1.0, noise)


def test_without_thumbs_and_without_exploring_every_chance_is_what_the_house_thinks(
    rng: np.random.Generator,
) -> None:
    candidates = blob(0, 3, rng)
    rates = LikeRates(np.array([0.2, 0.5, 0.9]), np.zeros(0), np.zeros(0))
    found = chance_of_liking(candidates, NOBODY, NOBODY, CENTROIDS, rates, 1.0, None)
    assert found == pytest.approx([0.2, 0.5, 0.9])


def test_what_many_thumbs_have_in_common_is_learnt_beyond_the_tracks_they_are_on(
    rng: np.random.Generator,
) -> None:
    tracks = blob(0, 80, rng, spread=0.15)
    right = tracks[:, 5] > 0
    judged, others = slice(0, 40), slice(40, 80)
    found = chances(tracks[others], tracks[judged][right[judged]], tracks[judged][~right[judged]])
    assert found[right[others]].mean() > found[~right[others]].mean() + 0.02


def test_one_thumb_moves_its_own_track_most_and_nothing_in_another_cluster(rng: np.random.Generator) -> None:
    here, there = blob(0, 20, rng, spread=0.15), blob(1, 20, rng, spread=0.15)
    found = chances(np.concatenate([here, there]), down=here[:1])
    assert int(np.argmin(found)) == 0
    assert np.abs(found[1:20] - 0.5).max() < 0.03
    assert found[20:].tolist() == [0.5] * 20


def test_exploring_is_settled_by_its_numbers_alone(rng: np.random.Generator) -> None:
    tracks = blob(0, 10, rng)
    noise = rng.standard_normal(CENTROIDS.shape)
    assert chances(tracks, noise=noise).tolist() == chances(tracks, noise=noise).tolist()
    assert chances(tracks, noise=noise).tolist() != chances(tracks).tolist()


def test_ten_thousand_thumbs_down_give_chances_all_the_same(rng: np.random.Generator) -> None:
    found = chances(blob(0, 50, rng), down=np.repeat(blob(0, 10, rng), 1_000, axis=0))
    assert ((found > 0) & (found < 1)).all()
