"""A listener's taste as one to six clusters of tracks that sound alike.

Ward's method (J. H. Ward, "Hierarchical grouping to optimize an objective function", 1963) on the tracks a listener
played, each counted by its interaction weight. Only jobs import this file: it is slow, and so is scikit-learn to import.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import AgglomerativeClustering

from recommender.emotion_calibration import mean_and_spread
from recommender.interactions import Interactions, hour_profile


@dataclass(frozen=True)
class ClusteringConfig:
    """How finely taste is divided.

    A division is kept while it explains at least ``least_explained_share`` of the weighted variance of the whole
    history, and ``times_chance`` as much as the average one: the distance at which the tree is cut, measured in the
    history's own spread. A cut that leaves more than ``most_homeless_share`` of the tracks in clusters of fewer than
    ``fewest_tracks`` is not made.
    """

    most_clusters: int = 6
    fewest_tracks: int = 5
    least_explained_share: float = 0.05
    times_chance: float = 2.0
    # Of unit vectors: a history that varies less than this is measured as if it varied so much, lest it be split hair
    # by hair. The music of one small game varies by 0.5, fifteen acoustic pieces of one maker by 0.3.
    least_variance: float = 0.2
    most_homeless_share: float = 0.25
    # Ward needs memory quadratic in the points, so the long tail joins the cluster it is nearest to afterwards.
    most_tracks_in_tree: int = 1_500
    points_in_tree: int = 2_000
    least_similarity_of_same: float = 0.5


class TasteTracks(NamedTuple):
    """The tracks a taste is made of.

    vectors: float32 (tracks, d), unit; weights: float64 (tracks,), above 0; valence, arousal: float64 (tracks,), -1..1.
    """

    track_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float64]
    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cluster:
    """members: intp (m,), indices into the tracks, heaviest first; centroid: float32 (d,), unit; hour_profile: (24,)."""

    members: NDArray[np.intp]
    centroid: NDArray[np.float32]
    medoid: int
    share: float
    valence: float
    arousal: float
    valence_spread: float
    arousal_spread: float
    hour_profile: NDArray[np.float64]


def cluster_taste(
    tracks: TasteTracks, interactions: Interactions, config: ClusteringConfig | None = None
) -> list[Cluster]:
    """Clusters of what was played, largest share first; an empty list when there are no tracks.

    ``interactions`` gives the hours; plays of tracks that are not among ``tracks`` are passed over.
    Raises ValueError when a weight is not above 0.
    """
    config = config or ClusteringConfig()
    if not len(tracks.track_ids):
        return []
    if not np.all(tracks.weights > 0):
        raise ValueError("every track of a taste needs an interaction weight above 0")
    labels = _label(tracks.vectors, tracks.weights, config)
    clusters = [
        _describe(np.flatnonzero(labels == label), tracks, interactions) for label in np.unique(labels)
    ]
    return sorted(clusters, key=lambda cluster: (-cluster.share, cluster.medoid))


def _label(
    vectors: NDArray[np.float32], weights: NDArray[np.float64], config: ClusteringConfig
) -> NDArray[np.intp]:
    """One label a track, intp (tracks,)."""
    one = np.zeros(len(vectors), dtype=np.intp)
    if len(vectors) < 2 * config.fewest_tracks:
        return one
    heaviest = np.argsort(-weights, kind="stable")[: config.most_tracks_in_tree]
    tree_labels = _cut_tree(vectors[heaviest], weights[heaviest], config)
    kept = np.flatnonzero(np.bincount(tree_labels) >= config.fewest_tracks)
    if len(kept) < 2:
        return one
    centroids = np.stack(
        [
            weighted_centroid(
                vectors[heaviest[tree_labels == label]], weights[heaviest[tree_labels == label]]
            )
            for label in kept
        ]
    )
    # Tracks of clusters too small to stand alone, and the tail that was not in the tree, join the nearest.
    labels: NDArray[np.intp] = np.argmax(vectors @ centroids.T, axis=1)
    of_kept = np.isin(tree_labels, kept)
    labels[heaviest[of_kept]] = np.searchsorted(kept, tree_labels[of_kept])
    return labels


def _cut_tree(
    vectors: NDArray[np.float32], weights: NDArray[np.float64], config: ClusteringConfig
) -> NDArray[np.intp]:
    """Weighted Ward, cut where it gives the most clusters that are large enough: labels from 0, intp (tracks,).

    Scikit-learn's Ward takes no weights; a point repeated m times is a point of weight m.
    """
    copies_wanted = min(max(config.points_in_tree // len(vectors), 1), 8) * len(vectors)
    copies = np.maximum(np.rint(weights / weights.sum() * copies_wanted), 1).astype(np.intp)
    tree = _ward_tree(np.repeat(vectors, copies, axis=0).astype(np.float64))
    # A Ward merge at distance d adds d^2 / 2 to the variance within clusters; all merges add up to all of it.
    costs = tree[:, 2] ** 2 / 2.0
    variance = max(float(costs.sum()), config.least_variance * copies.sum())
    chance_share = config.times_chance / (len(vectors) - 1)
    divisions = int((costs > max(config.least_explained_share, chance_share) * variance).sum())
    first_copies = np.concatenate([[0], np.cumsum(copies)[:-1]])
    best, most = np.zeros(len(vectors), dtype=np.intp), 1
    for clusters in range(2, divisions + 2):
        labels = fcluster(tree, clusters, criterion="maxclust")[first_copies].astype(np.intp) - 1
        counted = np.bincount(labels)
        large = int((counted >= config.fewest_tracks).sum())
        homeless = counted[counted < config.fewest_tracks].sum() / len(vectors)
        if most < large <= config.most_clusters and homeless <= config.most_homeless_share:
            best, most = labels, large
    return best


def _ward_tree(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The whole tree over points (n, d) as a linkage matrix (n - 1, 4): both children, distance, points below.

    Column four is not read by the cut, so it stays zero.
    """
    fitted = AgglomerativeClustering(n_clusters=None, distance_threshold=0.0, linkage="ward").fit(points)
    return np.column_stack([fitted.children_, fitted.distances_, np.zeros(len(fitted.children_))])


def weighted_centroid(vectors: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """The weighted mean of unit vectors (tracks, d), brought back to unit length, float32 (d,)."""
    mean = (vectors.astype(np.float64) * weights[:, None]).sum(axis=0)
    length = float(np.linalg.norm(mean))
    # Vectors that cancel out have no direction; the heaviest then speaks for them.
    if length < 1e-9:
        mean, length = vectors[int(np.argmax(weights))].astype(np.float64), 1.0
    return np.asarray(mean / length, dtype=np.float32)


def _describe(members: NDArray[np.intp], tracks: TasteTracks, interactions: Interactions) -> Cluster:
    members = members[np.argsort(-tracks.weights[members], kind="stable")]
    weights = tracks.weights[members]
    centroid = weighted_centroid(tracks.vectors[members], weights)
    # Of unit vectors the one nearest to the mean has the least summed squared distance to all the others.
    medoid = int(members[int(np.argmax(tracks.vectors[members] @ centroid))])
    valence, valence_spread = mean_and_spread(tracks.valence[members], weights)
    arousal, arousal_spread = mean_and_spread(tracks.arousal[members], weights)
    member_ids = {tracks.track_ids[index] for index in members}
    of_cluster = np.array([track_id in member_ids for track_id in interactions.track_ids], dtype=np.bool_)
    rows = of_cluster[interactions.track] if len(interactions) else np.zeros(0, dtype=np.bool_)
    return Cluster(
        members=members,
        centroid=centroid,
        medoid=medoid,
        share=float(weights.sum() / tracks.weights.sum()),
        valence=valence,
        arousal=arousal,
        valence_spread=valence_spread,
        arousal_spread=arousal_spread,
        hour_profile=hour_profile(interactions.hour[rows], interactions.skipped[rows]),
    )


def join_clusters(
    clusters: list[Cluster],
    tracks: TasteTracks,
    interactions: Interactions,
    pairs: NDArray[np.float32],
) -> list[Cluster]:
    """The clusters, largest share first, with those made one that the listener finds to be one.

    pairs: float32 (pairs, 2, d), unit: a track's vector of either of two tastes. Whatever cluster is nearest to each is
    meant, so that a pair holds on when its tracks are not listened to any more.
    """
    if not clusters or not len(pairs):
        return clusters
    centroids = np.stack([cluster.centroid for cluster in clusters])
    joined = np.arange(len(clusters))
    for one, other in np.argmax(pairs @ centroids.T, axis=2):
        joined[joined == joined[other]] = joined[one]
    described = [
        clusters[int(np.flatnonzero(joined == label)[0])]
        if (joined == label).sum() == 1
        else _describe(
            np.concatenate([clusters[int(place)].members for place in np.flatnonzero(joined == label)]),
            tracks,
            interactions,
        )
        for label in np.unique(joined)
    ]
    return sorted(described, key=lambda cluster: (-cluster.share, cluster.medoid))


def match_clusters(
    previous: NDArray[np.float32], current: NDArray[np.float32], config: ClusteringConfig | None = None
) -> list[int | None]:
    """For each current centroid (c, d) the index of the previous one (p, d) that it continues, or None if it is new.

    The Hungarian method over cosine similarity; both are unit vectors of the same encoder.
    """
    config = config or ClusteringConfig()
    continued: list[int | None] = [None] * len(current)
    if not len(previous) or not len(current):
        return continued
    similarity = current @ previous.T
    for now_index, before_index in zip(*linear_sum_assignment(-similarity), strict=True):
        if similarity[now_index, before_index] >= config.least_similarity_of_same:
            continued[int(now_index)] = int(before_index)
    return continued
