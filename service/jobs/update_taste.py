"""Job: a listener's history and thumbs, with the tracks' embeddings, become taste clusters."""

from collections.abc import Generator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommender.clustering import (
    Cluster,
    TasteTracks,
    cluster_taste,
    join_clusters,
    match_clusters,
    weighted_centroid,
)
from recommender.feedback import PLAYS_IN_A_THUMB_UP, Thumbs
from recommender.interactions import Interactions, count_plays, interaction_weights
from recommender.manner import Mood, Sounds
from recommender.words import ClusterSound, cluster_words
from service.errors import NotFound
from service.jobs.taste_sounds import library_sounds, sounds_of
from service.listening.cluster_members import members_of, replace_members
from service.listening.drift import remember_taste
from service.listening.emotions import emotions_corrected, emotions_for, hold_calibration
from service.listening.history import history
from service.listening.matching import match_unmatched
from service.listening.merging import merges_of
from service.listening.thumbs import thumbs_in_force
from service.listening.unmatched import weights_by_artist
from service.listening.unmatched_thumbs import match_thumbs
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import JobRequest, standing_orders
from service.operations.model_versions import encoder_in_use
from service.settings import Settings
from service.store.database import Database
from service.store.tables import (
    TasteCluster,
    TrackEmbedding,
    User,
    utc_now,
)

# Tracks whose weight has faded below this say nothing about a taste any more.
_LEAST_WEIGHT = 1e-6
_IDS_IN_A_QUERY = 500


@dataclass(frozen=True, eq=False)
class Inputs:
    """What was played and liked, what it sounds like, and the clusters of before.

    sounds: of the tracks; library: of music from all over the catalogue; is_waiting: some of it has no embedding yet, or
    nothing is left of it; previous: cluster id -> centroid float32 (d,), in today's encoder's space; merged: float32
    (merges, 2, d), tracks of tastes that are one by the listener's word. What is no music takes no part.
    """

    user_id: str
    encoder_id: str
    tracks: TasteTracks
    sounds: Sounds
    library: Sounds
    interactions: Interactions
    is_waiting: bool
    previous: dict[str, NDArray[np.float32]]
    merged: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Taste:
    """Clusters with their words, and for each the id of the cluster it continues."""

    user_id: str
    encoder_id: str
    tracks: TasteTracks
    clusters: list[Cluster]
    words: list[str]
    continued: list[str | None]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # a taste needs none
    """Reads history, thumbs and embeddings; listens whose file was scanned since they were told find their track.

    Raises NotFound for an unknown listener, NotPrepared when no track has ever been listened to.
    """
    user_id = payload["user_id"]
    with db.session() as db_session:
        if db_session.get(User, user_id) is None:
            raise NotFound(f"There is no listener {user_id}.", code="no_such_listener")
        match_unmatched(db_session, user_id)
        match_thumbs(db_session, user_id)
        encoder = encoder_in_use(db_session)
        interactions = history(db_session, user_id)
        now_seconds = int(utc_now().timestamp())
        weights = _weights(
            interactions,
            Thumbs.from_values(thumbs_in_force(db_session, user_id)),
            weights_by_artist(db_session, user_id, now_seconds),
            now_seconds,
        )
        members = members_of(db_session, user_id)
        merges = [(row.track_id, row.other_track_id) for row in merges_of(db_session, user_id)]
        ids = {*weights, *(track_id for tracks in members.values() for track_id in tracks), *chain(*merges)}
        found = _embeddings(db_session, encoder.id, sorted(ids))
        heard = {track_id: row for track_id, row in found.items() if row.is_music}
        track_ids = tuple(sorted(set(weights) & set(heard)))
        rows = [heard[track_id] for track_id in track_ids]
        estimated = np.array([(row.valence, row.arousal) for row in rows], dtype=np.float64).reshape(-1, 2)
        felt = emotions_for(db_session, user_id, encoder.id, track_ids, estimated)
        size = encoder.config["vector_size"]
        return Inputs(
            user_id=user_id,
            encoder_id=encoder.id,
            tracks=TasteTracks(
                track_ids,
                _stack([row.vector for row in rows], size),
                np.array([weights[track_id] for track_id in track_ids], dtype=np.float64),
                felt[:, 0],
                felt[:, 1],
            ),
            sounds=sounds_of(rows),
            library=library_sounds(db_session, encoder.id),
            interactions=interactions,
            is_waiting=not weights or not weights.keys() <= found.keys(),
            previous=_previous_centroids(members, heard),
            merged=_merged_vectors(merges, heard, size),
        )


def compute(inputs: Inputs, report: Report) -> Generator[Taste, None, None]:
    """Clusters the history and finds words for each cluster.

    Gives nothing, which leaves the taste as it is, when none of what was played has an embedding yet.
    """
    if len(inputs.interactions) and not inputs.tracks.track_ids and inputs.is_waiting:
        return
    report(0.0, f"finding the taste in {len(inputs.tracks.track_ids)} tracks")
    clusters = join_clusters(
        cluster_taste(inputs.tracks, inputs.interactions), inputs.tracks, inputs.interactions, inputs.merged
    )
    sounds = [
        ClusterSound(
            inputs.sounds.of(cluster.members),
            inputs.tracks.weights[cluster.members],
            Mood(cluster.valence, cluster.arousal),
            cluster.hour_profile,
        )
        for cluster in clusters
    ]
    ids = list(inputs.previous)
    matches: list[int | None] = [None] * len(clusters)
    if ids and clusters:
        matches = match_clusters(
            np.stack([inputs.previous[cluster_id] for cluster_id in ids]),
            np.stack([cluster.centroid for cluster in clusters]),
        )
    yield Taste(
        inputs.user_id,
        inputs.encoder_id,
        inputs.tracks,
        clusters,
        cluster_words(sounds, inputs.library),
        [None if match is None else ids[match] for match in matches],
    )


def store_result(db: Database, output: Taste, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # one writer a listener; rows are replaced whole
    """Replaces the listener's clusters; one that continues another keeps its id, name, mute and weight."""
    with db.session() as db_session:
        hold_calibration(db_session)
        present = {
            row.id: row
            for row in db_session.scalars(select(TasteCluster).where(TasteCluster.user_id == output.user_id))
        }
        for place, row in enumerate(present.values()):
            # Out of the way of the positions given below, which are unique.
            row.position = -1 - place
        for cluster_id in present.keys() - set(output.continued):
            db_session.delete(present[cluster_id])
        db_session.flush()
        for position, (cluster, words, continued) in enumerate(
            zip(output.clusters, output.words, output.continued, strict=True)
        ):
            row = present.get(continued or "") or TasteCluster(user_id=output.user_id)
            _fill(row, position, cluster, words, output)
            db_session.add(row)
            db_session.flush()
            replace_members(
                db_session,
                row.id,
                {
                    output.tracks.track_ids[member]: float(output.tracks.weights[member])
                    for member in cluster.members
                },
            )
        # Corrected meanwhile, or now of other tracks: what the clusters feel like follows from what is stored.
        emotions_corrected(db_session, output.user_id)
        remember_taste(db_session, output.user_id)
    return {"clusters": len(output.clusters), "tracks": len(output.tracks.track_ids)}


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:  # noqa: ARG001  # every job is given it
    """A taste that is new has no fresh pieces yet."""
    return [standing_orders()] if result.get("clusters") else []


def _weights(
    interactions: Interactions, thumbs: Thumbs, by_artist: dict[str, float], now_seconds: int
) -> dict[str, float]:
    """Track id -> interaction weight, of what was played or liked; a thumb down takes a track out.

    by_artist: what plays of an artist's other tracks, which the library has not, say of those it has.
    """
    played = interaction_weights(count_plays(interactions), now_seconds)
    weights = dict(zip(interactions.track_ids, (float(weight) for weight in played), strict=True))
    for track_id, weight in by_artist.items():
        weights[track_id] = weights.get(track_id, 0.0) + weight
    for track_id in thumbs.up:
        weights[track_id] = weights.get(track_id, 0.0) + float(np.log1p(PLAYS_IN_A_THUMB_UP))
    for track_id in thumbs.down:
        weights.pop(track_id, None)
    heaviest = max(weights.values(), default=0.0)
    return {track_id: weight for track_id, weight in weights.items() if weight > _LEAST_WEIGHT * heaviest}


def _previous_centroids(
    members: dict[str, dict[str, float]], heard: dict[str, TrackEmbedding]
) -> dict[str, NDArray[np.float32]]:
    """Where the clusters of before lie for today's encoder: a cluster outlives the encoder that first found it."""
    centroids: dict[str, NDArray[np.float32]] = {}
    for cluster_id, tracks in members.items():
        ids = [track_id for track_id in tracks if track_id in heard]
        if ids:
            vectors = np.stack([np.frombuffer(heard[track_id].vector, dtype="<f4") for track_id in ids])
            centroids[cluster_id] = weighted_centroid(
                vectors, np.array([tracks[track_id] for track_id in ids])
            )
    return centroids


def _merged_vectors(
    merges: list[tuple[str, str]], heard: dict[str, TrackEmbedding], size: int
) -> NDArray[np.float32]:
    """The vectors of each pair of which both were heard, float32 (merges, 2, d)."""
    known = [pair for pair in merges if pair[0] in heard and pair[1] in heard]
    vectors = [heard[track_id].vector for pair in known for track_id in pair]
    return _stack(vectors, size).reshape(len(known), 2, size)


def _embeddings(db_session: Session, encoder_id: str, ids: list[str]) -> dict[str, TrackEmbedding]:
    found: dict[str, TrackEmbedding] = {}
    for start in range(0, len(ids), _IDS_IN_A_QUERY):
        rows = db_session.scalars(
            select(TrackEmbedding).where(
                TrackEmbedding.encoder_id == encoder_id,
                TrackEmbedding.track_id.in_(ids[start : start + _IDS_IN_A_QUERY]),
            )
        )
        found.update((row.track_id, row) for row in rows)
    return found


def _stack(rows: list[bytes], size: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), size)


def _fill(row: TasteCluster, position: int, cluster: Cluster, words: str, taste: Taste) -> None:
    row.position = position
    row.words = words
    row.medoid_track_id = taste.tracks.track_ids[cluster.medoid]
    row.centroid = cluster.centroid.astype("<f4").tobytes()
    row.encoder_id = taste.encoder_id
    row.share = cluster.share
    row.valence, row.valence_spread = cluster.valence, cluster.valence_spread
    row.arousal, row.arousal_spread = cluster.arousal, cluster.arousal_spread
    row.hour_profile = [float(share) for share in cluster.hour_profile]
