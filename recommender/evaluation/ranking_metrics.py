"""Recall and normalised discounted cumulative gain of one list, over the whole catalogue and never a sample of it.

W. Krichene and S. Rendle, "On sampled metrics for item recommendation" (KDD 2020): sampled ones order models wrongly.
"""

import numpy as np
from numpy.typing import NDArray


def top_places(scores: NDArray[np.floating], known: NDArray[np.integer], places: int) -> NDArray[np.int64]:
    """The best ``places`` of scores (tracks,), best first, int64; tracks at ``known`` are never among them.

    Equal scores fall to the lower position, and a score that is no number is the worst.
    """
    open_to = np.where(np.isnan(scores), -np.inf, scores).astype(np.float64)
    open_to[known] = -np.inf
    places = min(places, len(scores) - len(np.unique(known)))
    if places <= 0:
        return np.zeros(0, np.int64)
    # All that are as good as the last of the best, so that ties are broken by position and not by chance.
    least = np.partition(open_to, len(open_to) - places)[len(open_to) - places]
    among = np.flatnonzero(open_to >= least)
    among = among[~np.isin(among, known)]
    return among[np.argsort(-open_to[among], kind="stable")][:places].astype(np.int64)


def recall(listed: NDArray[np.integer], wanted: NDArray[np.integer]) -> float:
    """The share of the wanted tracks (n,), at least one, that is in the list."""
    return float(np.isin(wanted, listed).mean())


def ndcg(listed: NDArray[np.integer], wanted: NDArray[np.integer], places: int = 20) -> float:
    """Gain of a list of at most ``places`` beside that of the best possible one; each wanted track gains 1.

    K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002), with log2(place + 1).
    """
    discounts = 1.0 / np.log2(np.arange(2, places + 2))
    hits = np.isin(listed[:places], wanted)
    best = discounts[: min(len(wanted), places)].sum()
    return float((hits * discounts[: len(hits)]).sum() / best)
