"""What a recommender may do that meets one listener after the other: the policies that ours is held against."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

UCB_EXPLORATION = 0.03
"""Of .01, .03, .1, .3, 1 and 2 (the textbook's) the one that finds most likes on CM100k: the bar is item UCB at its best."""

PRIOR_LIKES, PRIOR_THUMBS = 0.3, 1.0
_TIES = 1e-6
_NEVER_GIVEN = 1e3


class Policy(Protocol):
    """Meets a listener, chooses among their tracks one at a time, and is told what they thought of each."""

    def meet(self, tracks: NDArray[np.intp]) -> None:
        """A new listener, who may be given these tracks (n,)."""

    def scores(self) -> NDArray[np.float64]:
        """One number a track (n,): the highest of those not given yet is given next."""

    def told(self, place: int, liked: float) -> None:
        """What the listener thought of the track at this place."""

    def leave(self) -> None:
        """The listener has had all their rounds."""


class Chance:
    """Any track is as good as any other."""

    def __init__(self, tracks: int, rng: np.random.Generator) -> None:
        self.ups, self.downs = np.zeros(tracks), np.zeros(tracks)
        self.rng = rng
        self.met = np.zeros(0, dtype=np.intp)

    def meet(self, tracks: NDArray[np.intp]) -> None:
        """Remember which tracks there are."""
        self.met = tracks

    def scores(self) -> NDArray[np.float64]:
        """By chance."""
        return self.rng.random(len(self.met))

    def told(self, place: int, liked: float) -> None:
        """Counted for the track, whoever it is that listens."""
        self.ups[self.met[place]] += liked
        self.downs[self.met[place]] += 1.0 - liked

    def leave(self) -> None:
        """Nothing more."""


class ItemMean(Chance):
    """The track that was liked most often so far."""

    def scores(self) -> NDArray[np.float64]:
        """The share of likes, ties by chance."""
        ups, downs = self.ups[self.met], self.downs[self.met]
        share = (ups + PRIOR_LIKES) / (ups + downs + PRIOR_THUMBS)
        return share + _TIES * self.rng.random(len(self.met))


class ItemUcb(Chance):
    """The track that may well be liked most: Auer, Cesa-Bianchi and Fischer's UCB1 (2002), all listeners alike."""

    def scores(self) -> NDArray[np.float64]:
        """The share of likes and how uncertain it is; what was never given comes first."""
        ups = self.ups[self.met]
        given = ups + self.downs[self.met]
        rounds = max(float(self.ups.sum() + self.downs.sum()), 2.0)
        bound = ups / np.maximum(given, 1.0) + np.sqrt(
            UCB_EXPLORATION * np.log(rounds) / np.maximum(given, 1e-9)
        )
        return np.where(given > 0, bound, _NEVER_GIVEN) + _TIES * self.rng.random(len(self.met))
