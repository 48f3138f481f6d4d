"""The recommender's one verb: candidates -> ranking -> re-ranking -> a list with its reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import (
    CandidateConfig,
    Search,
    TrackTable,
    draw,
    familiar_tracks,
    gather_candidates,
    recent_session,
)
from recommender.feedback import Thumbs
from recommender.interactions import Interactions, count_plays, interaction_weights
from recommender.ranking import Ranked, RankingConfig, Taste, ThumbVectors, rank, wanted_shares
from recommender.reranking import Rerankable, RerankingConfig, rerank

ReasonKind = Literal["liked", "composed", "near_liked", "familiar", "similar", "further", "cold", "all_muted"]

# Below this cosine a track is not called similar to the cluster it is nearest to.
LEAST_SIMILARITY_TO_SAY_SO = 0.3


@dataclass(frozen=True)
class RecommenderConfig:
    """The parts' configurations, and what counts as familiar and as just played."""

    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    ranking: RankingConfig = field(default_factory=RankingConfig)
    reranking: RerankingConfig = field(default_factory=RerankingConfig)
    popularity_half_life_days: float = 90.0
    just_played_seconds: int = 6 * 3600


@dataclass(frozen=True, eq=False)
class Request:
    """What a list is made from.

    load_tracks gives the table of those ids that this listener may hear and that have an embedding, in any order.
    composed_and_new: ids that are always candidates; pool: ids to draw from at random. seed: names the state, so that
    the same state gives the same list. now_seconds: since 1970 UTC.
    """

    places: int
    now_seconds: int
    seed: int
    interactions: Interactions
    taste: Taste | None
    thumbs: Thumbs
    search: Search
    load_tracks: Callable[[Sequence[str]], TrackTable]
    composed_and_new: tuple[str, ...]
    pool: tuple[str, ...]


class Reason(NamedTuple):
    """Why a track is in the list. anchor_id: the track it is explained by; cluster: row of the taste, or None."""

    kind: ReasonKind
    cluster: int | None = None
    anchor_id: str | None = None
    plays: int = 0


class Recommendation(NamedTuple):
    """One place in a list: score is the sum of parts."""

    track_id: str
    composed: bool
    score: float
    parts: dict[str, float]
    reason: Reason


def recommend(request: Request, config: RecommenderConfig | None = None) -> list[Recommendation]:
    """The list, best first, at most ``request.places`` long. Raises ValueError when places is below 1."""
    if request.places < 1:
        raise ValueError("a list needs at least one place")
    config = config or RecommenderConfig()
    rng = np.random.default_rng(request.seed)
    taste = request.taste or _taste_of_plays(request)
    if taste is None:
        return _varied_start(request, config, "cold", rng)
    if not taste.heard.sum() > 0:
        return _varied_start(request, config, "all_muted", rng)

    table, familiarity = _load_candidates(request, taste, config, rng)
    audible = (
        np.flatnonzero(~taste.muted[taste.nearest(table.vectors)])
        if table.track_ids
        else np.zeros(0, np.intp)
    )
    table, familiarity = table.at(audible), familiarity.at(audible)
    if not table.track_ids:
        return []
    thumbs = _load_thumbs(request)
    ranked = rank(table.vectors, familiarity.popularity, familiarity.skips, taste, thumbs, config.ranking)
    candidates = Rerankable(
        table.vectors,
        ranked.score,
        ranked.cluster,
        table.artists,
        table.composed,
        familiarity.plays > 0,
        request.now_seconds - familiarity.last_heard_at < config.just_played_seconds,
    )
    chosen = rerank(candidates, wanted_shares(taste, thumbs), request.places, config.reranking)
    return [
        Recommendation(
            table.track_ids[row],
            bool(table.composed[row]),
            float(ranked.score[row]),
            {name: float(values[row]) for name, values in ranked.parts.items()},
            _reason(row, table, familiarity, ranked, taste, request.thumbs, thumbs),
        )
        for row in chosen
    ]


class _Familiarity(NamedTuple):
    """What the listener did with each candidate: plays, skips, popularity 0-1 float64 (n,), last_heard_at int64 (n,)."""

    plays: NDArray[np.float64]
    skips: NDArray[np.float64]
    popularity: NDArray[np.float64]
    last_heard_at: NDArray[np.int64]

    def at(self, rows: NDArray[np.intp]) -> "_Familiarity":
        return _Familiarity(
            self.plays[rows], self.skips[rows], self.popularity[rows], self.last_heard_at[rows]
        )


def _taste_of_plays(request: Request) -> Taste | None:
    """One cluster of everything played or liked, for a listener whose clusters have not been made yet."""
    weights = interaction_weights(count_plays(request.interactions), request.now_seconds)
    heaviest = familiar_tracks(request.interactions, weights, 200)
    by_id = dict(zip(request.interactions.track_ids, weights, strict=True))
    ids = sorted({*heaviest, *request.thumbs.up} - set(request.thumbs.down))
    table = request.load_tracks(ids)
    if not table.track_ids:
        return None
    counted = np.array([max(by_id.get(track_id, 0.0), 1e-6) for track_id in table.track_ids])
    mean = (table.vectors * counted[:, None]).sum(axis=0)
    centroid = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    medoid = int(np.argmax(table.vectors @ centroid))
    one = np.ones(1)
    return Taste((None,), centroid[None, :], one, one, np.zeros(1, np.bool_), (table.track_ids[medoid],))


def _load_candidates(
    request: Request, taste: Taste, config: RecommenderConfig, rng: np.random.Generator
) -> tuple[TrackTable, _Familiarity]:
    counts = count_plays(request.interactions)
    popularity = interaction_weights(counts, request.now_seconds, config.popularity_half_life_days)
    session = request.load_tracks(recent_session(request.interactions, config.candidates.session_tracks))
    session_query = session.vectors.mean(axis=0) if session.track_ids else None
    ids = gather_candidates(
        taste.centroids[~taste.muted],
        session_query,
        request.search,
        [
            *familiar_tracks(request.interactions, popularity, config.candidates.familiar),
            *request.composed_and_new,
        ],
        request.pool,
        request.thumbs,
        config.candidates,
        rng,
    )
    table = _by_id(request.load_tracks(ids))
    # One row more, of zeros, for what was never heard.
    row_of = {track_id: row for row, track_id in enumerate(request.interactions.track_ids)}
    never = len(row_of)
    rows = np.array([row_of.get(track_id, never) for track_id in table.track_ids], dtype=np.intp)
    highest = max(float(popularity.max(initial=0.0)), 1e-9)
    return table, _Familiarity(
        np.append(counts.plays, 0.0)[rows],
        np.append(counts.skips, 0.0)[rows],
        np.append(popularity / highest, 0.0)[rows],
        np.append(counts.last_listened_at, 0)[rows],
    )


def _by_id(table: TrackTable) -> TrackTable:
    """In id order, so that ties fall the same way whatever order rows come in."""
    return table.at(
        np.array(sorted(range(len(table.track_ids)), key=table.track_ids.__getitem__), dtype=np.intp)
    )


def _load_thumbs(request: Request) -> ThumbVectors:
    up = _by_id(request.load_tracks(request.thumbs.up))
    down = _by_id(request.load_tracks(request.thumbs.down))
    return ThumbVectors(up.track_ids, up.vectors, down.vectors)


def _reason(
    row: int,
    table: TrackTable,
    familiarity: _Familiarity,
    ranked: Ranked,
    taste: Taste,
    thumbs: Thumbs,
    thumb_vectors: ThumbVectors,
) -> Reason:
    """The first of these that holds: a thumb on it, composed, near a thumb, played before, like a cluster."""
    track_id, cluster = table.track_ids[row], int(ranked.cluster[row])
    medoid = taste.medoid_ids[cluster]
    plays = int(familiarity.plays[row])
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


def _varied_start(
    request: Request, config: RecommenderConfig, kind: ReasonKind, rng: np.random.Generator
) -> list[Recommendation]:
    """Without a taste to go by: tracks as unlike each other as the library has them."""
    ids = {*draw(request.pool, config.candidates.cold_pool, rng), *request.composed_and_new}
    table = _by_id(request.load_tracks(sorted(ids - set(request.thumbs.down))))
    if not table.track_ids:
        return []
    total = len(table.track_ids)
    # The most typical track of the library opens; from there on only difference counts.
    typical = (table.vectors @ table.vectors.mean(axis=0)).astype(np.float64)
    candidates = Rerankable(
        table.vectors,
        typical,
        np.zeros(total, np.intp),
        table.artists,
        table.composed,
        np.zeros(total, np.bool_),
        np.zeros(total, np.bool_),
    )
    only_difference = RerankingConfig(calibration=0.0, diversity=0.9, familiar_share=0.0)
    chosen = rerank(candidates, np.ones(1), request.places, only_difference)
    return [
        Recommendation(
            table.track_ids[row],
            bool(table.composed[row]),
            float(typical[row]),
            {"typical": float(typical[row])},
            Reason(kind),
        )
        for row in chosen
    ]
