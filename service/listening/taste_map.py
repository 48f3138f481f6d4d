"""A listener's taste as a plane: tracks that sound alike lie side by side, each taste is a region."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from service.library.visibility import visible_to
from service.listening.emotions import emotions_for
from service.listening.taste import read_taste
from service.store.tables import TasteCluster, TasteClusterTrack, Track, TrackEmbedding

MOST_POINTS = 300
HEIGHT = 0.56
"""Of the map, in its widths."""

_MARGIN = 0.12
_REGION_DEVIATIONS = 1.6
_LEAST_RADIUS = 0.03


@dataclass(frozen=True)
class MapPoint:
    """A track's place, both 0 to 1 from the upper left, with how it feels to the listener (-1 to 1 each)."""

    track: Track
    cluster_id: str
    across: float
    down: float
    valence: float
    arousal: float


@dataclass(frozen=True)
class MapRegion:
    """Where most of a taste lies: an ellipse, turned clockwise, its centre placed as tracks are, its half axes in widths of the map."""

    cluster: TasteCluster
    across: float
    down: float
    wide: float
    tall: float
    turned_degrees: float


@dataclass(frozen=True)
class TasteMap:
    """The tracks that count most, heaviest first, and the regions of the tastes they are of."""

    points: tuple[MapPoint, ...]
    regions: tuple[MapRegion, ...]


def taste_map(db_session: Session, user_id: str) -> TasteMap:
    """The map; empty where no taste is known. The same taste gives the same map.

    The plane is spanned by the two directions in which the tracks' vectors differ most.
    """
    clusters = {cluster.id: cluster for cluster in read_taste(db_session, user_id)}
    if not clusters:
        return TasteMap((), ())
    encoder_id = next(iter(clusters.values())).encoder_id
    rows = db_session.execute(
        select(
            Track,
            TasteClusterTrack.cluster_id,
            TrackEmbedding.vector,
            TrackEmbedding.valence,
            TrackEmbedding.arousal,
        )
        .join(TasteClusterTrack, TasteClusterTrack.track_id == Track.id)
        .join(
            TrackEmbedding,
            and_(TrackEmbedding.track_id == Track.id, TrackEmbedding.encoder_id == encoder_id),
        )
        .where(TasteClusterTrack.cluster_id.in_(list(clusters)), visible_to(user_id))
        .order_by(TasteClusterTrack.weight.desc(), Track.id)
        .limit(MOST_POINTS)
    ).all()
    if not rows:
        return TasteMap((), ())
    vectors = np.stack([np.frombuffer(row.vector, dtype="<f4") for row in rows]).astype(np.float64)
    places = _spread_out(_plane(vectors))
    felt = emotions_for(
        db_session,
        user_id,
        encoder_id,
        [row.Track.id for row in rows],
        np.array([(row.valence, row.arousal) for row in rows], dtype=np.float64),
    )
    points = tuple(
        MapPoint(row.Track, row.cluster_id, float(x), float(y), float(valence), float(arousal))
        for row, (x, y), (valence, arousal) in zip(rows, places, felt, strict=True)
    )
    members = np.array([row.cluster_id for row in rows])
    regions = [
        _region(cluster, places[members == cluster_id])
        for cluster_id, cluster in clusters.items()
        if (members == cluster_id).any()
    ]
    return TasteMap(points, tuple(regions))


def _plane(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each vector's place on the two principal axes, float64 (n, 2); an axis points to where its largest part is positive."""
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    places = centred @ (axes * np.where(signs == 0, 1.0, signs)[:, None]).T
    # A single track spans no plane.
    return np.pad(places, ((0, 0), (0, 2 - places.shape[1])))


def _spread_out(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Onto 0 to 1 with a margin; few that lie far out stand at the edge instead of pressing all others together."""
    reach = np.quantile(np.abs(places), 0.98, axis=0)
    scaled = places / np.where(reach > 1e-9, reach, 1.0)
    return 0.5 + np.clip(scaled, -1.0, 1.0) * (0.5 - _MARGIN)


def _region(cluster: TasteCluster, places: NDArray[np.float64]) -> MapRegion:
    across, down = places.mean(axis=0)
    # In lengths that are the same across and down, or an ellipse that stands upright would be drawn taller than it is.
    spread = np.cov((places * [1.0, HEIGHT]).T) if len(places) > 1 else np.zeros((2, 2))
    lengths, directions = np.linalg.eigh(spread)
    wide, tall = (
        max(_LEAST_RADIUS, _REGION_DEVIATIONS * float(np.sqrt(max(length, 0.0)))) for length in lengths[::-1]
    )
    turned = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1])))
    return MapRegion(cluster, float(across), float(down), wide, tall, turned)
