"""Ours: what the house thinks of each track, moved for each listener by the posterior that lists are ranked by."""

import numpy as np
from numpy.typing import NDArray

from recommender.personal import LEVEL_PRECISION
from recommender.posterior import Evidence, draw_weights, fit_posterior, log_odds, with_level
from recommender.ranking import RankingConfig
from service.bench.thumbs.policies import Chance
from service.bench.thumbs.taste_directions import Told, find_directions

DIRECTIONS = 4
FIRST_LISTENERS, LISTENERS_BETWEEN = 100, 50
"""Directions are looked for when so many listeners have been there, and again after so many more."""

PRIOR_THUMBS_OF_A_TRACK = 6.0
"""How many thumbs the share of likes in the whole house stands for, before a track has its own."""

_FIRST_LIKES, _FIRST_THUMBS = 3.0, 10.0


class Homespun(Chance):
    """Thompson sampling from a Bayesian logistic regression on the directions in which earlier listeners differed.

    With ``personal=False`` it stays with what the house thinks.
    """

    def __init__(self, tracks: int, rng: np.random.Generator, *, personal: bool = True) -> None:
        super().__init__(tracks, rng)
        self._personal = personal
        self._loadings: NDArray[np.float64] | None = None
        self._listeners = 0
        self._told: list[Told] = []
        self._places: list[int] = []
        self._liked: list[float] = []
        self._odds = np.zeros(0)
        self._features = np.zeros((0, DIRECTIONS))

    def meet(self, tracks: NDArray[np.intp]) -> None:
        """A new listener starts from the house's view and the directions found until now."""
        super().meet(tracks)
        self._places, self._liked = [], []
        ups, downs = self.ups[tracks], self.downs[tracks]
        rate = self._house_rate()
        share = (ups + PRIOR_THUMBS_OF_A_TRACK * rate) / (ups + downs + PRIOR_THUMBS_OF_A_TRACK)
        self._odds = log_odds(share)
        if self._loadings is not None:
            # From likes to log odds, by the logistic function's slope where the house stands.
            self._features = self._loadings[tracks] / (rate * (1.0 - rate))

    def scores(self) -> NDArray[np.float64]:
        """Log odds under weights drawn from the posterior."""
        if self._loadings is None or not self._personal:
            return self._odds + 1e-6 * self.rng.random(len(self.met))
        evidence = Evidence(
            with_level(self._features[self._places]),
            np.array(self._liked),
            np.ones(len(self._liked)),
            self._odds[self._places],
        )
        prior_precision = np.append(LEVEL_PRECISION, np.ones(DIRECTIONS))
        posterior = fit_posterior(evidence, prior_precision).without_level()
        numbers = self.rng.standard_normal(DIRECTIONS)
        drawn: NDArray[np.float64] = self._odds + self._features @ draw_weights(
            posterior, numbers, RankingConfig().exploration
        )
        return drawn

    def told(self, place: int, liked: float) -> None:
        """Counted for the track, and remembered for this listener."""
        super().told(place, liked)
        self._places.append(place)
        self._liked.append(liked)

    def leave(self) -> None:
        """The listener's thumbs help to find directions for those who come."""
        here = self.met[self._places]
        self._told.append(Told(np.full(len(here), self._listeners), here, np.array(self._liked)))
        self._listeners += 1
        since_first = self._listeners - FIRST_LISTENERS
        if self._personal and since_first >= 0 and since_first % LISTENERS_BETWEEN == 0:
            self._find_directions()

    def _find_directions(self) -> None:
        told = Told(*(np.concatenate(columns) for columns in zip(*self._told, strict=True)))
        rate = self._house_rate()
        given = self.ups + self.downs
        differs = (self.ups - rate * given) / (given + PRIOR_THUMBS_OF_A_TRACK)
        left = told._replace(left=told.left - rate - differs[told.track])
        self._loadings = find_directions(left, len(self.ups), DIRECTIONS, self._loadings, self.rng)

    def _house_rate(self) -> float:
        return float((self.ups.sum() + _FIRST_LIKES) / (self.ups.sum() + self.downs.sum() + _FIRST_THUMBS))
