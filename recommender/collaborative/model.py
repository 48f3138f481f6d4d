"""A fitted collaborative model: what a listener's plays say of every track, in milliseconds and with numpy alone."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.collaborative.tastes import MOST_TASTES, joined, take_apart

MOST_TRACKS_OF_A_LISTENER = 500
"""Those a listener played most; a longer history says little more and takes longer."""

_HALF_WEIGHT_LISTENERS = 50.0


class Neighbours(NamedTuple):
    """What is played by the same listeners, compressed by track.

    starts: int64 (tracks + 1,); tracks: int32 (n,), the neighbours' positions; weights: float32 (n,), above 0.
    """

    starts: NDArray[np.int64]
    tracks: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class FoldIn:
    """How a listener's vector is found from their plays: the terms of the objective that the tracks' were fitted to.

    unobserved: the weight of each track that was not played; regularisation: of the squared length, times the weight
    of all tracks together.
    """

    unobserved: float
    regularisation: float


class Affinity(NamedTuple):
    """How near a listener is to tracks: values float32 (tracks,) of the model's, and what gives those of others.

    vectors: float64 (1 + tastes, d), the listener's by all plays at once and by each taste, where there are several;
    apart: how far these lie apart, 0-1; mean, spread: of what the vectors say of all tracks; known: int64, where the
    tracks stand that the listener has heard.
    """

    values: NDArray[np.float32]
    vectors: NDArray[np.float64]
    apart: float
    mean: float
    spread: float
    known: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CollaborativeModel:
    """Tracks as the listeners of a house play them.

    track_ids: ascending; vectors: float32 (tracks, d); audio_map: float32 (audio's size + 1, d), from a track's vector
    of sound to one here, its last row the constant, or None where it could not be fitted; listeners: whose plays it
    was fitted to; neighbour_weight: of the neighbours beside the vectors; most_tastes: into how many a listener's plays
    are taken apart to be folded in.
    """

    track_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    neighbours: Neighbours
    fold_in: FoldIn
    neighbour_weight: float
    listeners: int
    audio_map: NDArray[np.float32] | None = None
    most_tastes: int = MOST_TASTES

    @property
    def trust(self) -> float:
        """How much it is to count, 0-1: a half with fifty listeners, next to nothing with one."""
        return self.listeners / (self.listeners + _HALF_WEIGHT_LISTENERS)

    def positions_of(self, track_ids: Sequence[str]) -> NDArray[np.int64]:
        """Where each of these tracks stands, int64 (n,); -1 for one that nobody had played."""
        places = (bisect_left(self.track_ids, track_id) for track_id in track_ids)
        return np.array(
            [
                place if place < len(self.track_ids) and self.track_ids[place] == track_id else -1
                for place, track_id in zip(places, track_ids, strict=True)
            ],
            dtype=np.int64,
        )

    def affinity(self, positions: NDArray[np.int64], weights: NDArray[np.float64]) -> Affinity | None:
        """Of a listener who plays the tracks at these positions (n,), so much each (n,); None where none is known.

        Vectors and neighbours are standardised over all tracks and added. Both are asked taste by taste where the plays
        are as those of several people. Positions below 0 and weights of 0 are passed over. Raises ValueError when a
        weight is negative or no number.
        """
        found = self.affinities(positions, weights, (self.neighbour_weight,))
        return None if found is None else found[0]

    def affinities(
        self, positions: NDArray[np.int64], weights: NDArray[np.float64], neighbour_weights: Sequence[float]
    ) -> list[Affinity] | None:
        """The same for each of these weights of the neighbours, for little more than one of them takes."""
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise ValueError("how much a track is played is a number of at least 0")
        known = positions[positions >= 0]
        counted = (positions >= 0) & (weights > 0)
        positions, weights = positions[counted], weights[counted]
        if not len(positions):
            return None
        heaviest = np.argsort(-weights, kind="stable")[:MOST_TRACKS_OF_A_LISTENER]
        positions, weights = positions[heaviest], weights[heaviest]
        tastes = take_apart(self.vectors[positions], weights, self.most_tastes)
        rows = [np.arange(len(positions))]
        if tastes.apart > 0:
            rows += [np.flatnonzero(tastes.taste == taste) for taste in range(int(tastes.taste.max()) + 1)]
        plays = [(positions[each], weights[each] / weights[each].mean()) for each in rows]
        vectors = np.stack([self._listener_vector(*each) for each in plays])
        values = joined(vectors.astype(np.float32) @ self.vectors.T, tastes.apart)
        mean, spread = _mean_and_spread(values)
        values -= np.float32(mean)
        values /= np.float32(spread)
        played_with = joined(np.stack([self.played_with(*each) for each in plays]), tastes.apart)
        usual, varied = _mean_and_spread(played_with)
        played_with -= np.float32(usual)
        played_with /= np.float32(varied)
        return [
            Affinity(values + np.float32(weight) * played_with, vectors, tastes.apart, mean, spread, known)
            for weight in neighbour_weights
        ]

    def affinity_of(
        self, affinity: Affinity, track_ids: Sequence[str], sounds: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Of these tracks, float64 (n,); sounds float32 (n, audio's size) stand for those nobody had played.

        Whose neighbour such a track will be is not known, so there it is as near as the average one; and altogether so
        without a map, or with one from sounds of another size.
        """
        positions = self.positions_of(track_ids)
        found: NDArray[np.float64] = np.where(positions >= 0, affinity.values[positions], 0.0).astype(
            np.float64
        )
        new = np.flatnonzero(positions < 0)
        if len(new) and self.audio_map is not None and len(self.audio_map) == sounds.shape[1] + 1:
            mapped = sounds[new] @ self.audio_map[:-1] + self.audio_map[-1]
            said = joined((affinity.vectors @ mapped.T).astype(np.float32), affinity.apart)
            found[new] = (said - affinity.mean) / affinity.spread
        return found

    def nearest(self, affinity: Affinity, count: int) -> list[str]:
        """The ids of the tracks that the listener is nearest to and has not heard, best first."""
        open_to = affinity.values.copy()
        open_to[affinity.known] = -np.inf
        count = min(count, len(open_to))
        # Partitioning values is much faster than partitioning their places.
        least = np.partition(open_to, len(open_to) - count)[len(open_to) - count] if count else np.inf
        best = np.flatnonzero((open_to >= least) & (open_to > -np.inf))
        return self._best(best, open_to[best], count)

    def nearest_to(self, positions: NDArray[np.int64], affinity: Affinity, count: int) -> list[str]:
        """The ids of the heaviest neighbours of the tracks at these positions (n,) that the listener has not heard."""
        starts, tracks, near = self.neighbours
        slices = [slice(starts[position], starts[position + 1]) for position in positions if position >= 0]
        if not slices:
            return []
        reached, rows = np.unique(np.concatenate([tracks[each] for each in slices]), return_inverse=True)
        near_to = np.concatenate([near[each] for each in slices])
        weights = np.bincount(rows, weights=near_to).astype(np.float64)
        new = ~np.isin(reached, affinity.known)
        return self._best(reached[new], weights[new], count)

    def _best(self, positions: NDArray[np.integer], values: NDArray[np.number], count: int) -> list[str]:
        return [self.track_ids[positions[place]] for place in np.lexsort((positions, -values))[:count]]

    def played_with(self, positions: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
        """How much each track is a neighbour of these (n,), weighed (n,), float32 (tracks,)."""
        starts, tracks, near = self.neighbours
        slices = [slice(starts[position], starts[position + 1]) for position in positions]
        if not slices:
            return np.zeros(len(self.track_ids), dtype=np.float32)
        reached = np.concatenate([tracks[each] for each in slices])
        counted = np.concatenate([near[each] * weight for each, weight in zip(slices, weights, strict=True)])
        return np.bincount(reached, weights=counted, minlength=len(self.track_ids)).astype(np.float32)

    def _listener_vector(
        self, positions: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The least-squares vector of plays that are 1 where played and 0 elsewhere (see `factors.fit_factors`)."""
        played = self.vectors[positions].astype(np.float64)
        ridge = self.fold_in.regularisation * (len(positions) + self.fold_in.unobserved * len(self.track_ids))
        normal = self._gram + (played * weights[:, None]).T @ played
        normal[np.diag_indices_from(normal)] += ridge
        return np.asarray(np.linalg.solve(normal, weights @ played))

    @cached_property
    def _gram(self) -> NDArray[np.float64]:
        return (self.fold_in.unobserved * (self.vectors.T @ self.vectors)).astype(np.float64)


def _mean_and_spread(values: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and standard deviation, which is never 0, without a copy of the values."""
    mean = float(values.mean(dtype=np.float64))
    # In single precision the dot product of 100,000 values keeps five digits, and no more is needed.
    variance = float(values @ values) / len(values) - mean**2
    return mean, max(variance, 1e-24) ** 0.5
