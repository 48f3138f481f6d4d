"""Candidate generation: the few hundred tracks worth ranking, out of a library of any size."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.feedback import Thumbs
from recommender.interactions import Interactions

# (queries (q, d) unit, k) -> for each query the ids of the k most similar tracks, best first. Only tracks that this
# listener may hear are returned.
Search = Callable[[NDArray[np.float32], int], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class CandidateConfig:
    """How many tracks each source may bring."""

    per_cluster: int = 100
    recent_session: int = 100
    collaborative: int = 100
    played_with_session: int = 50
    familiar: int = 50
    composed_and_new: int = 50
    random: int = 20
    cold_pool: int = 300
    session_tracks: int = 5


class TrackTable(NamedTuple):
    """Tracks as the ranker reads them: vectors float32 (n, d), unit; composed bool (n,).

    artists: one comparable name a track, None where the artist is not known.
    """

    track_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    artists: tuple[str | None, ...]
    composed: NDArray[np.bool_]

    def at(self, rows: NDArray[np.intp]) -> "TrackTable":
        """The table of these rows only."""
        return TrackTable(
            tuple(self.track_ids[row] for row in rows),
            self.vectors[rows],
            tuple(self.artists[row] for row in rows),
            self.composed[rows],
        )


def recent_session(interactions: Interactions, tracks: int) -> list[str]:
    """The last different tracks that were played and not skipped, newest first."""
    ids: list[str] = []
    for row in range(len(interactions) - 1, -1, -1):
        track_id = interactions.track_ids[interactions.track[row]]
        if not interactions.skipped[row] and track_id not in ids:
            ids.append(track_id)
        if len(ids) == tracks:
            break
    return ids


def familiar_tracks(interactions: Interactions, popularity: NDArray[np.float64], count: int) -> list[str]:
    """The ids that the listener plays most, by weight float64 (tracks,); those of weight 0 are left out."""
    order = np.argsort(-popularity, kind="stable")[:count]
    return [interactions.track_ids[index] for index in order if popularity[index] > 0]


def gather_candidates(
    queries: NDArray[np.float32],
    session_query: NDArray[np.float32] | None,
    search: Search,
    known: Iterable[str],
    pool: Sequence[str],
    thumbs: Thumbs,
    config: CandidateConfig,
    rng: np.random.Generator,
) -> list[str]:
    """Ids from every source, each once, in id order; what has a thumb down is never among them.

    queries: one unit vector a cluster (clusters, d); session_query (d,); known: familiar, new and composed ids, always
    candidates; pool: ids to draw a few at random from, so that the list is not closed in on itself.
    """
    ids = set(known)
    # All in one search: a large index is then read once.
    wanted = [config.per_cluster] * len(queries)
    if session_query is not None:
        queries = np.vstack([queries, session_query])
        wanted.append(config.recent_session)
    for found, count in zip(search(queries, max(wanted)), wanted, strict=True):
        ids.update(found[:count])
    ids.update(draw(pool, config.random, rng))
    ids.update(thumbs.up)
    return sorted(ids - set(thumbs.down))


def draw(pool: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """Up to ``count`` different ids of the pool, each as likely as any other."""
    if len(pool) <= count:
        return list(pool)
    return [pool[index] for index in rng.choice(len(pool), size=count, replace=False)]
