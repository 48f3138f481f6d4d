import numpy as np
import pytest

from recommender.collaborative.factors import FactorConfig
from recommender.collaborative.fitting import CollaborativeConfig, fit_collaborative
from recommender.collaborative.plays import play_matrix
from recommender.interactions import Interactions
from recommender.ranking import RankingConfig
from recommender.training import FEWEST_HELD_OUT, Feedback, HouseholdTracks, fit_ranker

SIZE, TRACKS = 8, 400
DAY = 86_400


@pytest.fixture
def tracks(rng: np.random.Generator) -> HouseholdTracks:
    """Half lie around one axis, half around another."""
    vectors = rng.normal(scale=0.15, size=(TRACKS, SIZE))
    vectors[: TRACKS // 2, 0] += 1.0
    vectors[TRACKS // 2 :, 1] += 1.0
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(f"t{number:03}" for number in range(TRACKS))
    return HouseholdTracks(ids, vectors.astype(np.float32), np.zeros(TRACKS), np.zeros(TRACKS))


def history_of(tracks: HouseholdTracks, rows: np.ndarray) -> Interactions:
    """One play a day."""
    listened_at = np.arange(len(rows), dtype=np.int64) * DAY
    return Interactions(
        tracks.track_ids,
        rows.astype(np.int32),
        listened_at,
        np.zeros(len(rows), np.int8),
        np.ones(len(rows), np.float32),
        np.zeros(len(rows), np.bool_),
    )


def household_of_habit(tracks: HouseholdTracks, rng: np.random.Generator) -> list[Feedback]:
    """Ten listeners who play the same forty tracks again and again."""
    favourites = [rng.choice(TRACKS, size=40, replace=False) for _ in range(10)]
    return [Feedback(history_of(tracks, rng.choice(own, size=200)), ()) for own in favourites]


def test_a_house_of_habit_learns_to_count_plays_more(
    tracks: HouseholdTracks, rng: np.random.Generator
) -> None:
    present = RankingConfig(centroid=2.0, nearest_cluster=2.0, popularity=0.05)
    judgement = fit_ranker(tracks, household_of_habit(tracks, rng), present)
    assert judgement.is_better
    assert judgement.held_out >= FEWEST_HELD_OUT
    assert judgement.recall > judgement.present_recall
    assert judgement.fitted.popularity > present.popularity


def test_what_a_thumb_does_is_not_fitted(tracks: HouseholdTracks, rng: np.random.Generator) -> None:
    present = RankingConfig(popularity=0.05)
    fitted = fit_ranker(tracks, household_of_habit(tracks, rng), present).fitted
    assert (fitted.like, fitted.thumb_down, fitted.thumb_down_width, fitted.chance) == (
        present.like,
        present.thumb_down,
        present.thumb_down_width,
        present.chance,
    )
    total = fitted.centroid + fitted.nearest_cluster + fitted.popularity
    assert total == pytest.approx(present.centroid + present.nearest_cluster + present.popularity)


def test_the_same_household_gives_the_same_judgement(
    tracks: HouseholdTracks, rng: np.random.Generator
) -> None:
    household = household_of_habit(tracks, rng)
    assert fit_ranker(tracks, household, RankingConfig()) == fit_ranker(tracks, household, RankingConfig())


def test_too_little_says_so_and_is_never_better(tracks: HouseholdTracks) -> None:
    one = [Feedback(history_of(tracks, np.arange(10)), ())]
    judgement = fit_ranker(tracks, one, RankingConfig())
    assert judgement.held_out < FEWEST_HELD_OUT
    assert not judgement.is_better
    assert fit_ranker(tracks, [], RankingConfig()).held_out == 0


def test_a_thumb_up_later_counts_as_played_and_a_thumb_down_before_is_never_listed(
    tracks: HouseholdTracks,
) -> None:
    rows = np.tile(np.arange(10), 10)
    plain = fit_ranker(tracks, [Feedback(history_of(tracks, rows), ())], RankingConfig())
    up = fit_ranker(
        tracks, [Feedback(history_of(tracks, rows), (("t300", "up", 95 * DAY),))], RankingConfig()
    )
    down = fit_ranker(tracks, [Feedback(history_of(tracks, rows), (("t003", "down", 0),))], RankingConfig())
    assert up.held_out == plain.held_out + 1
    assert down.present_recall < plain.present_recall


def test_a_house_that_plays_the_same_in_turn_learns_to_listen_to_each_other(
    tracks: HouseholdTracks, rng: np.random.Generator
) -> None:
    # Everybody plays the tracks of one of two lists, which sound like nothing in common, and each in their own order.
    lists = np.split(rng.permutation(TRACKS), 2)
    orders = [rng.permutation(lists[number % 2]) for number in range(12)]
    feedback = [Feedback(history_of(tracks, order), ()) for order in orders]
    early = [(number, track) for number, order in enumerate(orders) for track in order[:120]]
    listener, track = np.array(early).T
    matrix = play_matrix(listener, track, np.ones(len(early)), (12, TRACKS))
    model = fit_collaborative(
        tracks.track_ids, matrix, CollaborativeConfig(FactorConfig(dimensions=8)), rng, tracks.vectors
    )
    present = RankingConfig(collaborative=0.0)
    judgement = fit_ranker(tracks, feedback, present, model)
    assert judgement.is_better
    assert judgement.fitted.collaborative > 0
    total = judgement.fitted.centroid + judgement.fitted.nearest_cluster + judgement.fitted.popularity
    assert total == pytest.approx(present.centroid + present.nearest_cluster + present.popularity)
