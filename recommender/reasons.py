"""Why a track is in a list: the one reason that says most."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import TrackTable
from recommender.feedback import Thumbs
from recommender.ranking import Ranked, Taste, ThumbVectors

ReasonKind = Literal["liked", "composed", "near_liked", "familiar", "similar", "further", "cold", "all_muted"]

# Below this cosine a track is not called similar to the cluster it is nearest to.
LEAST_SIMILARITY_TO_SAY_SO = 0.3


class Reason(NamedTuple):
    """Why a track is in the list. anchor_id: the track it is explained by; cluster: row of the taste, or None."""

    kind: ReasonKind
    cluster: int | None = None
    anchor_id: str | None = None
    plays: int = 0


def reason_of(
    row: int,
    table: TrackTable,
    plays_of: NDArray[np.float64],
    ranked: Ranked,
    taste: Taste,
    thumbs: Thumbs,
    thumb_vectors: ThumbVectors,
) -> Reason:
    """The first of these that holds of a row of the table: a thumb on it, composed, played before, near a thumb, like a cluster.

    plays_of: how often the listener played each, float64 (n,).
    """
    track_id, cluster = table.track_ids[row], int(ranked.cluster[row])
    medoid = taste.medoid_ids[cluster]
    plays = int(plays_of[row])
    liked = int(ranked.liked[row])
    if track_id in thumbs.up:
        return Reason("liked", cluster, None, plays)
    if table.composed[row]:
        return Reason("composed", cluster, medoid, plays)
    if plays:
        return Reason("familiar", cluster, medoid, plays)
    if liked >= 0:
        return Reason("near_liked", cluster, thumb_vectors.up_ids[liked])
    similarity = float(table.vectors[row] @ taste.centroids[cluster])
    return Reason("similar" if similarity >= LEAST_SIMILARITY_TO_SAY_SO else "further", cluster, medoid)
