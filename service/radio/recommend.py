"""A listener's list: what the recommender needs is gathered, and its answer is said in words."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.orm import Session, load_only

from recommender.contexts import CONTEXTS
from recommender.feedback import Thumbs
from recommender.interactions import Interactions
from recommender.pipeline import Recommendation, RecommenderConfig, Request
from recommender.pipeline import recommend as recommend_tracks
from recommender.ranking import Taste
from recommender.reranking import RerankingConfig
from recommender.words import track_words
from service.errors import InvalidRequest
from service.library.published_index import open_index
from service.listening.emotions import feel_of
from service.listening.history import history
from service.listening.thumbs import house_thumbs, thumbs_in_force
from service.radio.audible import AudibleTracks
from service.radio.learnt_weights import learnt_in_use
from service.radio.ranker_in_use import ranker_in_use
from service.radio.reasons import ReasonWriter, display_title
from service.settings import Settings
from service.store.database import Database
from service.store.tables import TasteCluster, Track, TrackEmbedding, utc_now

MOST_PLACES = 500

_SHOWN = select(Track).options(
    load_only(
        Track.title,
        Track.path,
        Track.artist,
        Track.album,
        Track.duration_seconds,
        Track.origin,
        Track.gain_db,
    )
)


@dataclass(frozen=True)
class Because:
    """What a reason's sentence says, for programs: its kind, the taste, the track it is explained by, and the plays."""

    kind: str
    cluster_id: str | None
    anchor_id: str | None
    plays: int


@dataclass(frozen=True)
class ListedTrack:
    """One place of a list. ``score`` is the sum of ``parts``; ``reason`` is one sentence."""

    track_id: str
    title: str
    artist: str | None
    album: str | None
    duration_seconds: float
    origin: str
    gain_db: float | None
    score: float
    reason: str
    parts: dict[str, float]
    because: Because

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


class Listener(Protocol):
    """Whose list it is: a `User`, or a row with these columns."""

    @property
    def id(self) -> str:
        """The listener's id."""

    @property
    def composed_policy(self) -> str:
        """Where composed tracks go: "mix", "shelf" or "never"."""

    @property
    def familiar_share(self) -> float:
        """How much of the list they know already, 0-1."""


def recommend(
    database: Database,
    settings: Settings,
    user: Listener,
    places: int = 20,
    now: datetime | None = None,
    context: str | None = None,
) -> list[ListedTrack]:
    """The listener's list, best first: at most ``places`` tracks, fewer where the library has fewer.

    The same history, thumbs and taste give the same list within the same hour of ``now``. ``context`` is one of
    `CONTEXTS`: what suits it comes first. Raises InvalidRequest (``places_out_of_range``, ``unknown_context``) and
    NotPrepared when there is no search index.
    """
    if context is not None and context not in CONTEXTS:
        raise InvalidRequest(f"A context is one of {', '.join(CONTEXTS)}.", code="unknown_context")
    if not 1 <= places <= MOST_PLACES:
        raise InvalidRequest(f"A list has 1 to {MOST_PLACES} tracks.", code="places_out_of_range")
    published, index = open_index(settings.index_dir)
    moment = now or utc_now()
    with database.session(read_only=True) as db_session:
        audible = AudibleTracks(db_session, user.id, user.composed_policy, published, index)
        interactions = history(db_session, user.id)
        clusters = _clusters(db_session, user.id, published.encoder_id)
        request = Request(
            places=places,
            now_seconds=_whole_hour(moment),
            seed=_seed(user.id, interactions),
            interactions=interactions,
            taste=_taste(clusters),
            thumbs=Thumbs.from_values(thumbs_in_force(db_session, user.id)),
            search=audible.search,
            load_tracks=audible.load,
            house_thumbs=lambda ids: house_thumbs(db_session, user.id, ids, moment),
            composed_and_new=audible.composed_and_new(),
            pool=audible.pool(),
            context=None if context is None else CONTEXTS[context],
            feel=lambda ids: feel_of(db_session, user.id, published.encoder_id, ids),
            collaborative=learnt_in_use(db_session, settings, published.encoder_id),
        )
        config = RecommenderConfig(
            ranking=ranker_in_use(db_session), reranking=RerankingConfig(familiar_share=user.familiar_share)
        )
        listed = recommend_tracks(request, config)
        if len(audible.on_offer([item.track_id for item in listed])) < len(listed):
            # A file has gone since the index was made: rare, so that rows are looked at only now.
            audible.checked = True
            listed = recommend_tracks(request, config)
        return _in_words(db_session, listed, clusters, published.encoder_id)


def _whole_hour(now: datetime) -> int:
    """Taken to the hour: what differs between two askings is what the listener did, not the clock."""
    return int(now.timestamp()) // 3600 * 3600


def _seed(user_id: str, interactions: Interactions) -> int:
    """From the listener and the history alone, so that a thumb moves what it is about and reshuffles nothing."""
    last = int(interactions.listened_at[-1]) if len(interactions) else 0
    state = f"{user_id}:{len(interactions)}:{last}"
    return int.from_bytes(hashlib.sha256(state.encode()).digest()[:8], "big")


def _clusters(db_session: Session, user_id: str, encoder_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """The listener's clusters in the space of the index's encoder, as far as a list needs them."""
    return db_session.execute(
        select(
            TasteCluster.id,
            TasteCluster.centroid,
            TasteCluster.share,
            TasteCluster.weight,
            TasteCluster.muted,
            TasteCluster.medoid_track_id,
            TasteCluster.name,
            TasteCluster.words,
        )
        .where(TasteCluster.user_id == user_id, TasteCluster.encoder_id == encoder_id)
        .order_by(TasteCluster.position)
    ).all()


def _taste(clusters: Sequence[Row[*tuple[Any, ...]]]) -> Taste | None:
    if not clusters:
        return None
    shares = np.array([cluster.share for cluster in clusters], dtype=np.float64)
    return Taste(
        tuple(cluster.id for cluster in clusters),
        np.stack([np.frombuffer(cluster.centroid, dtype="<f4") for cluster in clusters]),
        shares / shares.sum(),
        np.array([cluster.weight for cluster in clusters], dtype=np.float64),
        np.array([cluster.muted for cluster in clusters], dtype=np.bool_),
        tuple(cluster.medoid_track_id for cluster in clusters),
    )


def _in_words(
    db_session: Session,
    listed: list[Recommendation],
    clusters: Sequence[Row[*tuple[Any, ...]]],
    encoder_id: str,
) -> list[ListedTrack]:
    ids = {item.track_id for item in listed} | {
        item.reason.anchor_id for item in listed if item.reason.anchor_id is not None
    }
    tracks = {track.id: track for track in db_session.scalars(_SHOWN.where(Track.id.in_(ids)))}
    cold = [item.track_id for item in listed if item.reason.kind in ("cold", "all_muted")]
    writer = ReasonWriter(tracks, clusters, _sounds(db_session, cold, encoder_id) if cold else {})
    return [
        ListedTrack(
            track_id=item.track_id,
            title=display_title(tracks[item.track_id]),
            artist=tracks[item.track_id].artist,
            album=tracks[item.track_id].album,
            duration_seconds=tracks[item.track_id].duration_seconds,
            origin=tracks[item.track_id].origin,
            gain_db=tracks[item.track_id].gain_db,
            score=item.score,
            reason=writer.write(item),
            parts=item.parts,
            because=Because(
                item.reason.kind,
                None
                if item.reason.cluster is None or item.reason.cluster >= len(clusters)
                else clusters[item.reason.cluster].id,
                item.reason.anchor_id,
                item.reason.plays,
            ),
        )
        for item in listed
    ]


def _sounds(db_session: Session, ids: list[str], encoder_id: str) -> dict[str, str]:
    """What each of these tracks is called beside the others in the list; nothing of one that has no certain name."""
    rows = db_session.execute(
        select(TrackEmbedding.track_id, TrackEmbedding.tags).where(
            TrackEmbedding.encoder_id == encoder_id, TrackEmbedding.track_id.in_(ids)
        )
    ).all()
    tags = {row.track_id: np.frombuffer(row.tags, dtype="<f4").astype(np.float64) for row in rows}
    if not tags:
        return {}
    listed = np.stack(list(tags.values()))
    words = {track_id: track_words(own, listed) for track_id, own in tags.items()}
    return {track_id: said for track_id, said in words.items() if said}
