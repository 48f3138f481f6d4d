"""The recommender's one verb: candidates -> ranking -> re-ranking -> a list with its reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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
from recommender.collaborative.asking import affinity_of_history, co_played
from recommender.collaborative.model import Affinity, CollaborativeModel
from recommender.contexts import EmotionTarget, shares_in_context, suits
from recommender.feedback import Thumbs, like_rate
from recommender.interactions import Interactions, count_plays, interaction_weights
from recommender.personal import LikeRates
from recommender.ranking import RankingConfig, Taste, ThumbVectors, rank, wanted_shares
from recommender.reasons import Reason, ReasonKind, reason_of
from recommender.reranking import Rerankable, RerankingConfig, rerank

# What another listener thinks says less of this one than their own thumb: so many of either kind stand beforehand.
PRIOR_THUMBS_OF_A_HOUSE = 2.0


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
    house_thumbs gives, for those of these ids that others of the house have a thumb on, how many up and down.
    composed_and_new: ids that are always candidates; pool: ids to draw from at random. seed: names the state, so that
    the same state gives the same list. now_seconds: since 1970 UTC. context: what it is wanted for, if anything; then
    feel gives valence and arousal of these ids, float64 (n, 2). collaborative: what the house plays together, where that
    has been learnt.
    """

    places: int
    now_seconds: int
    seed: int
    interactions: Interactions
    taste: Taste | None
    thumbs: Thumbs
    search: Search
    load_tracks: Callable[[Sequence[str]], TrackTable]
    house_thumbs: Callable[[Sequence[str]], Mapping[str, tuple[int, int]]]
    composed_and_new: tuple[str, ...]
    pool: tuple[str, ...]
    context: EmotionTarget | None = None
    feel: Callable[[Sequence[str]], NDArray[np.float64]] | None = None
    collaborative: CollaborativeModel | None = None


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

    affinity = affinity_of_history(request.collaborative, request.interactions, request.now_seconds)
    table, familiarity = _load_candidates(request, taste, affinity, config, rng)
    audible = (
        np.flatnonzero(~taste.muted[taste.nearest(table.vectors)])
        if table.track_ids
        else np.zeros(0, np.intp)
    )
    table, familiarity = table.at(audible), familiarity.at(audible)
    if not table.track_ids:
        return []
    thumbs = _load_thumbs(request)
    ranked = rank(
        table.vectors,
        familiarity.popularity,
        familiarity.skips,
        taste,
        thumbs,
        config.ranking,
        _like_rates(request, table.track_ids, thumbs),
        # Of its own, so that what is drawn does not depend on what else was.
        np.random.default_rng([request.seed, 1]),
        co_played(request.collaborative, affinity, table.track_ids, table.vectors),
    )
    wanted = wanted_shares(taste, thumbs)
    if request.context is not None and request.feel is not None:
        suitable = suits(request.feel(table.track_ids), request.context)
        ranked = ranked.with_part("context", config.ranking.context * suitable)
        wanted = shares_in_context(wanted, ranked.cluster, suitable)
    candidates = Rerankable(
        table.vectors,
        ranked.score,
        ranked.cluster,
        table.artists,
        table.composed,
        familiarity.plays > 0,
        request.now_seconds - familiarity.last_heard_at < config.just_played_seconds,
    )
    chosen = rerank(candidates, wanted, request.places, config.reranking)
    return [
        Recommendation(
            table.track_ids[row],
            bool(table.composed[row]),
            float(ranked.score[row]),
            {name: float(values[row]) for name, values in ranked.parts.items()},
            reason_of(row, table, familiarity.plays, ranked, taste, request.thumbs, thumbs),
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


def _played_together(
    request: Request, affinity: Affinity | None, session: TrackTable, config: CandidateConfig
) -> list[str]:
    """Ids that others play who play what the listener plays, on the whole and just now."""
    model = request.collaborative
    if model is None or affinity is None:
        return []
    lately = model.positions_of(session.track_ids)
    return [
        *model.nearest(affinity, config.collaborative),
        *model.nearest_to(lately, affinity, config.played_with_session),
    ]


def _load_candidates(
    request: Request,
    taste: Taste,
    affinity: Affinity | None,
    config: RecommenderConfig,
    rng: np.random.Generator,
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
            *_played_together(request, affinity, session, config.candidates),
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
    return ThumbVectors(up.track_ids, up.vectors, down.vectors, down.track_ids)


def _like_rates(request: Request, track_ids: tuple[str, ...], thumbs: ThumbVectors) -> LikeRates:
    """What the others of the house think of the candidates and of what this listener has a thumb on."""
    ids = (*track_ids, *thumbs.up_ids, *thumbs.down_ids)
    said = request.house_thumbs(ids)
    counted = np.array([said.get(track_id, (0, 0)) for track_id in ids], dtype=np.float64).reshape(-1, 2)
    rates = like_rate(counted[:, 0], counted[:, 1], PRIOR_THUMBS_OF_A_HOUSE)
    candidates, ups = len(track_ids), len(thumbs.up_ids)
    return LikeRates(rates[:candidates], rates[candidates : candidates + ups], rates[candidates + ups :])


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
