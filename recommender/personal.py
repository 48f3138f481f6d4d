"""How likely this listener is to like each candidate: what the house thinks of it, moved by what their thumbs have in common.

One logistic regression a cluster, on where in the cluster a track lies, so that a thumb moves nothing in another cluster.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.posterior import Evidence, draw_weights, fit_posterior, log_odds, sigmoid, with_level

LEVEL_PRECISION = 2.0
"""Of how readily a listener likes anything of a cluster: told apart, lest it be taken for a direction."""


class LikeRates(NamedTuple):
    """What the others of the house think, float64 between 0 and 1, both left out; one half where nothing is known.

    candidates (n,), and of the listener's own thumbs up (ups,) and down (downs,).
    """

    candidates: NDArray[np.float64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]

    @classmethod
    def unknown(cls, candidates: int, ups: int, downs: int) -> "LikeRates":
        """Nobody else has said anything."""
        return cls(np.full(candidates, 0.5), np.full(ups, 0.5), np.full(downs, 0.5))


def chance_of_liking(
    vectors: NDArray[np.float32],
    up: NDArray[np.float32],
    down: NDArray[np.float32],
    centroids: NDArray[np.float32],
    rates: LikeRates,
    deviation: float,
    noise: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Chances 0-1 for candidates (n, d), float64 (n,), from tracks with a thumb up (ups, d) and down (downs, d).

    ``deviation`` is that of the weights beforehand: small, so that one thumb moves little and many in one direction much.
    ``noise`` (clusters, d) are normal numbers, times how much is to be explored; None takes the likeliest weights.
    """
    odds = log_odds(rates.candidates)
    thumbed = np.concatenate([up, down])
    liked = np.concatenate([np.ones(len(up)), np.zeros(len(down))])
    beforehand = log_odds(np.concatenate([rates.up, rates.down]))
    of_candidates = np.argmax(vectors @ centroids.T, axis=1)
    of_thumbed = np.argmax(thumbed @ centroids.T, axis=1)
    prior_precision = np.append(LEVEL_PRECISION, np.full(centroids.shape[1], deviation**-2))
    for cluster, centroid in enumerate(centroids):
        rows, thumbs = of_candidates == cluster, of_thumbed == cluster
        if not rows.any() or (noise is None and not thumbs.any()):
            continue
        evidence = Evidence(
            with_level((thumbed[thumbs] - centroid).astype(np.float64)),
            liked[thumbs],
            np.ones(thumbs.sum()),
            beforehand[thumbs],
        )
        posterior = fit_posterior(evidence, prior_precision).without_level()
        weights = posterior.mean if noise is None else draw_weights(posterior, noise[cluster])
        odds[rows] += (vectors[rows] - centroid) @ weights
    return sigmoid(odds)
