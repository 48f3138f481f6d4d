import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.reranking import Rerankable, RerankingConfig, rerank
from tests.recommender.blobs import blob

ONE_CLUSTER = np.ones(1)


def candidates(
    count: int,
    rng: np.random.Generator,
    *,
    artists: list[str | None] | None = None,
    cluster: np.ndarray | None = None,
    composed: tuple[int, ...] = (),
    familiar: tuple[int, ...] = (),
    just_played: tuple[int, ...] = (),
) -> Rerankable:
    """Scores fall from the first to the last."""
    rows = np.arange(count)
    return Rerankable(
        blob(0, count, rng),
        np.linspace(1, 0, count),
        np.zeros(count, np.intp) if cluster is None else cluster,
        tuple(artists or [None] * count),
        np.isin(rows, composed),
        np.isin(rows, familiar),
        np.isin(rows, just_played),
    )


def test_a_list_has_no_track_twice_and_no_more_places_than_asked(rng: np.random.Generator) -> None:
    chosen = rerank(candidates(30, rng), ONE_CLUSTER, 20, RerankingConfig())
    assert len(chosen) == len(set(chosen)) == 20


def test_an_artist_has_at_most_two_places_in_any_twenty(rng: np.random.Generator) -> None:
    artists: list[str | None] = [f"artist {index // 10}" for index in range(300)]
    chosen = rerank(candidates(300, rng, artists=artists), ONE_CLUSTER, 50, RerankingConfig())
    names = [artists[row] for row in chosen]
    assert all(names[start : start + 20].count(name) <= 2 for start in range(31) for name in set(names))


def test_the_artist_cap_gives_way_when_nobody_else_is_left(rng: np.random.Generator) -> None:
    chosen = rerank(candidates(10, rng, artists=["the only one"] * 10), ONE_CLUSTER, 10, RerankingConfig())
    assert len(chosen) == 10


def test_tracks_without_an_artist_are_not_taken_for_one_artist(rng: np.random.Generator) -> None:
    only_score = RerankingConfig(calibration=0, diversity=0, familiar_share=0)
    assert rerank(candidates(10, rng), ONE_CLUSTER, 5, only_score) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("worst_or_best", [range(15, 25), range(10)])
def test_composed_tracks_have_at_least_a_tenth_and_at_most_a_quarter(
    worst_or_best: range, rng: np.random.Generator
) -> None:
    some = candidates(60, rng, composed=tuple(worst_or_best))
    chosen = rerank(some, ONE_CLUSTER, 20, RerankingConfig())
    assert 2 <= some.composed[chosen].sum() <= 5


def test_composed_tracks_alone_do_not_fill_a_list(rng: np.random.Generator) -> None:
    some = candidates(23, rng, composed=tuple(range(20)))
    chosen = rerank(some, ONE_CLUSTER, 20, RerankingConfig())
    assert len(chosen) == 8
    assert some.composed[chosen].sum() == 5


def test_half_of_a_list_is_familiar(rng: np.random.Generator) -> None:
    some = candidates(60, rng, familiar=tuple(range(30)))
    assert some.familiar[rerank(some, ONE_CLUSTER, 20, RerankingConfig())].sum() == 10


def test_where_little_is_familiar_the_new_fills_its_places(rng: np.random.Generator) -> None:
    some = candidates(60, rng, familiar=(40,))
    chosen = rerank(some, ONE_CLUSTER, 20, RerankingConfig())
    assert len(chosen) == 20
    assert 40 in chosen


def test_what_was_just_played_waits_while_there_is_anything_else(rng: np.random.Generator) -> None:
    some = candidates(12, rng, just_played=(0, 1))
    assert not {0, 1} & set(rerank(some, ONE_CLUSTER, 10, RerankingConfig()))
    assert len(rerank(some, ONE_CLUSTER, 12, RerankingConfig())) == 12


def test_each_cluster_gets_about_its_share_of_the_list(rng: np.random.Generator) -> None:
    cluster = np.repeat([0, 1], 40)
    some = candidates(80, rng, cluster=cluster)
    chosen = rerank(some, np.array([0.6, 0.4]), 20, RerankingConfig())
    assert abs((cluster[chosen] == 1).sum() - 8) <= RerankingConfig().tolerated_places


def test_no_candidates_give_an_empty_list(rng: np.random.Generator) -> None:
    assert rerank(candidates(0, rng), ONE_CLUSTER, 20, RerankingConfig()) == []


@st.composite
def any_candidates(draw: st.DrawFn) -> tuple[Rerankable, np.ndarray]:
    """Candidates of any mixture, and the shares that their clusters should have."""
    count, clusters = draw(st.integers(0, 60)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    artists = draw(st.integers(1, 40))
    some = Rerankable(
        blob(0, count, rng),
        np.round(rng.normal(size=count), 1),
        rng.integers(clusters, size=count),
        tuple(f"artist {rng.integers(artists)}" if rng.random() < 0.9 else None for _ in range(count)),
        rng.random(count) < draw(st.floats(0, 1)),
        rng.random(count) < draw(st.floats(0, 1)),
        rng.random(count) < draw(st.floats(0, 0.5)),
    )
    shares = rng.dirichlet(np.ones(clusters))
    return some, shares


@settings(max_examples=60, deadline=None)
@given(any_candidates(), st.integers(1, 45))
def test_whatever_the_candidates_a_list_keeps_its_caps_and_is_the_same_again(
    drawn: tuple[Rerankable, np.ndarray], places: int
) -> None:
    some, shares = drawn
    chosen = rerank(some, shares, places, RerankingConfig())
    assert chosen == rerank(some, shares, places, RerankingConfig())
    assert len(chosen) == len(set(chosen)) <= places
    for begun in range(0, len(chosen), 20):
        page = chosen[begun : begun + 20]
        assert some.composed[page].sum() <= -(-min(20, places - begun) // 4)
    # What was composed has a cap of its own, so a list may be short, but never while others are left.
    assert len(chosen) == places or set(np.flatnonzero(~some.composed)) <= set(chosen)
    names = [None if some.composed[row] else some.artists[row] for row in chosen]
    distinct = len({name for name, composed in zip(some.artists, some.composed, strict=True) if not composed})
    if distinct > 2 * places:
        assert all(names.count(name) <= 2 for name in names[:20] if name is not None)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5), st.integers(0, 2**32 - 1))
def test_every_cluster_gets_its_share_to_within_a_place_beyond_what_is_tolerated(
    weights: list[float], seed: int
) -> None:
    shares = np.array(weights) / sum(weights)
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(len(shares)), 40)
    some = candidates(len(cluster), rng, cluster=rng.permutation(cluster))
    # By balance alone: the scores have no say.
    for tolerated in (1.0, 3.0):
        config = RerankingConfig(calibration=1.0, familiar_share=0.0, tolerated_places=tolerated)
        chosen = rerank(some, shares, 20, config)
        had = np.bincount(some.cluster[chosen], minlength=len(shares))
        assert np.abs(had - 20 * shares).max() <= tolerated + 1
