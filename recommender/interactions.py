"""What a listener played, as arrays: the form in which the engines read a history."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_DAY = 86_400.0

# A skip takes back half a play: it says less than a play, since a good track is also skipped in the wrong moment.
PLAYS_TAKEN_BACK_BY_A_SKIP = 0.5

# Who goes on after this share of a track has heard it: a skip says the less, the later it comes.
SHARE_OF_NO_SKIP = 0.5


@dataclass(frozen=True, eq=False)
class Interactions:
    """One row a play or skip, oldest first.

    track: int32 (rows,), index into track_ids; listened_at: int64 (rows,), seconds since 1970 UTC;
    hour: int8 (rows,), 0-23, UTC; played_share: float32 (rows,), 0-1 or NaN where not known; skipped: bool (rows,).
    """

    track_ids: tuple[str, ...]
    track: NDArray[np.int32]
    listened_at: NDArray[np.int64]
    hour: NDArray[np.int8]
    played_share: NDArray[np.float32]
    skipped: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.track)


class PlayCounts(NamedTuple):
    """Per track of an Interactions: plays and skips float64 (tracks,), last_listened_at int64 (tracks,).

    An early skip is one, a late one hardly any.
    """

    plays: NDArray[np.float64]
    skips: NDArray[np.float64]
    last_listened_at: NDArray[np.int64]


def skip_weights(interactions: Interactions) -> NDArray[np.float64]:
    """How much each row says against its track, float64 (rows,): 0 for a play, for a skip from 1 at the very beginning
    down to 0 at half of the track, and 1 where it is not known when it came.
    """
    early = 1.0 - interactions.played_share.astype(np.float64) / SHARE_OF_NO_SKIP
    said: NDArray[np.float64] = np.clip(np.nan_to_num(early, nan=1.0), 0.0, 1.0)
    return np.where(interactions.skipped, said, 0.0)


def count_plays(interactions: Interactions) -> PlayCounts:
    """Plays, skips and the time of the last row of each track."""
    tracks = len(interactions.track_ids)
    played = 1.0 - interactions.skipped.astype(np.float64)
    plays = np.bincount(interactions.track, weights=played, minlength=tracks).astype(np.float64)
    skips = np.bincount(interactions.track, weights=skip_weights(interactions), minlength=tracks)
    last = np.zeros(tracks, dtype=np.int64)
    np.maximum.at(last, interactions.track, interactions.listened_at)
    return PlayCounts(plays, skips.astype(np.float64), last)


def interaction_weights(
    counts: PlayCounts, now_seconds: int, half_life_days: float = 180.0
) -> NDArray[np.float64]:
    """How much each track counts: ``log1p(plays) * 0.5^(age / half-life)``, float64 (tracks,), never below 0.

    The age is that of the last row; each skip takes half a play back. A row dated after ``now_seconds`` counts as new.
    """
    kept_plays = np.maximum(counts.plays - PLAYS_TAKEN_BACK_BY_A_SKIP * counts.skips, 0.0)
    age_days = np.maximum(now_seconds - counts.last_listened_at, 0) / SECONDS_PER_DAY
    weights: NDArray[np.float64] = np.log1p(kept_plays) * 0.5 ** (age_days / half_life_days)
    return weights


def hour_profile(hours: NDArray[np.int8], skipped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the plays that fell in each hour, float64 (24,), summing to 1, or all 0 where nothing was played."""
    counted = np.bincount(hours[~skipped], minlength=24).astype(np.float64)
    total = counted.sum()
    return counted / total if total else counted
