"""Re-ranking: from scores to a list that is balanced and does not repeat itself."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RerankingConfig:
    """What a list keeps to.

    ``familiar_share`` is the balance between music the listener has played and music new to them: half and half, and
    where one side runs out the other fills its places. At most ``composed_cap`` of a list is composed, and at least
    one track in ``composed_floor_every`` where composed tracks exist. An artist has at most ``per_artist`` places in
    any ``artist_window`` in a row, while other artists are left. A list of more than ``page`` places keeps to all this
    page by page, so that the beginning of a long list is as good as a short one. How hard a cluster is
    pulled towards its share grows with the square of its distance, and is whole from ``tolerated_places`` on: to hold shares to
    a place costs more of what is liked than it brings.
    """

    page: int = 20

    calibration: float = 0.3  # H. Steck, "Calibrated recommendations" (RecSys 2018): lambda
    tolerated_places: float = 3.0
    diversity: float = 0.2  # J. Carbonell and J. Goldstein, "The use of MMR" (SIGIR 1998): 1 - lambda
    per_artist: int = 2
    artist_window: int = 20
    familiar_share: float = 0.5
    composed_cap: float = 0.25
    composed_floor_every: int = 10


class Rerankable(NamedTuple):
    """Candidates of a list.

    vectors float32 (n, d), unit; score float64 (n,); cluster intp (n,); composed, familiar, just_played bool (n,).
    """

    vectors: NDArray[np.float32]
    score: NDArray[np.float64]
    cluster: NDArray[np.intp]
    artists: tuple[str | None, ...]
    composed: NDArray[np.bool_]
    familiar: NDArray[np.bool_]
    just_played: NDArray[np.bool_]


def rerank(
    candidates: Rerankable, wanted: NDArray[np.float64], places: int, config: RerankingConfig
) -> list[int]:
    """Rows of the candidates in list order, at most ``places``.

    wanted: float64 (clusters,), the share of the list each cluster should have. Greedy: each place goes to the
    candidate with the best mixture of score, difference from what is chosen, and balance over clusters.
    """
    total = len(candidates.score)
    relevance = _to_unit_range(candidates.score)
    similarity_to_chosen = np.zeros(total)
    artists = _numbered(candidates)
    chosen: list[int] = []
    while len(chosen) < places:
        begun = len(chosen) // config.page * config.page
        page = min(config.page, places - begun)
        allowed = _allowed(candidates, artists, chosen, chosen[begun:], page, config)
        if not allowed.any():
            break
        mmr = (1.0 - config.diversity) * relevance - config.diversity * similarity_to_chosen
        gain = _calibration_gain(candidates.cluster, chosen, wanted, config.tolerated_places)
        value = (1.0 - config.calibration) * mmr + config.calibration * gain[candidates.cluster]
        best = int(np.argmax(np.where(allowed, value, -np.inf)))
        chosen.append(best)
        similarity = candidates.vectors @ candidates.vectors[best]
        similarity_to_chosen = np.maximum(similarity_to_chosen, similarity)
    return chosen


def _to_unit_range(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    span = float(np.ptp(scores)) if len(scores) else 0.0
    return (scores - scores.min()) / span if span > 1e-9 else np.zeros_like(scores)


def _calibration_gain(
    cluster: NDArray[np.intp], chosen: list[int], wanted: NDArray[np.float64], tolerated_places: float
) -> NDArray[np.float64]:
    """How hard each cluster is pulled towards its share of the list, float64 (clusters,), -1..1.

    Steck's divergence from the wanted shares falls fastest by giving the next place to the cluster furthest behind.
    """
    counted = np.bincount(cluster[chosen], minlength=len(wanted)).astype(np.float64)
    behind = (wanted * (len(chosen) + 1) - counted) / tolerated_places
    pull: NDArray[np.float64] = np.clip(behind * np.abs(behind), -1.0, 1.0)
    return pull


def _allowed(
    candidates: Rerankable,
    artists: NDArray[np.intp],
    chosen: list[int],
    on_page: list[int],
    places: int,
    config: RerankingConfig,
) -> NDArray[np.bool_]:
    """Who may have the next of a page's ``places``, bool (n,). Rules give way rather than leave a list short.

    What never gives way: no track twice, and the cap on composed tracks.
    """
    left = np.ones(len(candidates.score), dtype=np.bool_)
    left[chosen] = False
    due = _composed_due(candidates.composed, left, on_page, places, config)
    left &= _within_composed_cap(candidates.composed, on_page, places, config)
    if due.any():
        return due
    by_artist = _within_artist_cap(artists, chosen, config)
    by_balance = _within_balance(candidates.familiar, on_page, places, config)
    rested = ~candidates.just_played
    for rules in (by_artist & by_balance & rested, by_artist & rested, by_artist):
        if (left & rules).any():
            return left & rules
    return left


def _within_composed_cap(
    composed: NDArray[np.bool_], on_page: list[int], places: int, config: RerankingConfig
) -> NDArray[np.bool_]:
    cap = math.ceil(places * config.composed_cap)
    full = int(composed[on_page].sum()) >= cap
    return ~composed if full else np.ones_like(composed)


def _composed_due(
    composed: NDArray[np.bool_],
    left: NDArray[np.bool_],
    on_page: list[int],
    places: int,
    config: RerankingConfig,
) -> NDArray[np.bool_]:
    """The composed candidates, when the places that are left are just enough for the ones still owed."""
    already = int(composed[on_page].sum())
    owed = min(places // config.composed_floor_every - already, int((composed & left).sum()))
    reachable = min(places - len(on_page), int(left.sum()))
    if owed > 0 and reachable <= owed:
        return left & composed
    return np.zeros_like(left)


def _numbered(candidates: Rerankable) -> NDArray[np.intp]:
    """One number an artist, intp (n,); -1 for those without a cap.

    Composed tracks have a cap of their own, and an unknown artist cannot be told from another.
    """
    numbers: dict[str, int] = {}
    return np.array(
        [
            -1 if artist is None or composed else numbers.setdefault(artist, len(numbers))
            for artist, composed in zip(candidates.artists, candidates.composed, strict=True)
        ],
        dtype=np.intp,
    )


def _within_artist_cap(
    artists: NDArray[np.intp], chosen: list[int], config: RerankingConfig
) -> NDArray[np.bool_]:
    lately = artists[chosen[len(chosen) - min(len(chosen), config.artist_window - 1) :]]
    # The last place is that of -1, and stays empty.
    counted = np.bincount(lately[lately >= 0], minlength=int(artists.max(initial=0)) + 2)
    allowed: NDArray[np.bool_] = counted[artists] < config.per_artist
    return allowed


def _within_balance(
    familiar: NDArray[np.bool_], on_page: list[int], places: int, config: RerankingConfig
) -> NDArray[np.bool_]:
    familiar_places = round(places * config.familiar_share)
    of_page = int(familiar[on_page].sum())
    allowed = np.ones_like(familiar)
    if of_page >= familiar_places:
        allowed &= ~familiar
    if len(on_page) - of_page >= places - familiar_places:
        allowed &= familiar
    return allowed
