import numpy as np
import pytest

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
    assert 6 <= (cluster[chosen] == 1).sum() <= 10


def test_no_candidates_give_an_empty_list(rng: np.random.Generator) -> None:
    assert rerank(candidates(0, rng), ONE_CLUSTER, 20, RerankingConfig()) == []
