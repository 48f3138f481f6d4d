"""Listeners of two kinds, each liking one half of the tracks: what can be learnt is known."""

import numpy as np
import pytest

from service.bench.thumbs.homespun_policy import Homespun
from service.bench.thumbs.policies import Chance, ItemMean, ItemUcb
from service.bench.thumbs.ratings import RatedTracks, Ratings
from service.bench.thumbs.replay import measure_replay, replay

TRACKS, ROUNDS = 60, 15


def two_kinds(listeners: int, *, loved: float = 0.0) -> Ratings:
    """Who has an even number likes tracks of even numbers; everybody likes a share of tracks, ``loved``, besides."""
    rng = np.random.default_rng(3)
    rated = []
    for number in range(listeners):
        tracks = rng.permutation(TRACKS)[:40]
        liked = (tracks % 2 == number % 2) | (tracks < loved * TRACKS)
        rated.append(RatedTracks(tracks, liked.astype(float)))
    return Ratings(tuple(rated), TRACKS)


def test_a_policy_gives_each_track_once_and_counts_its_likes() -> None:
    ratings = two_kinds(10)
    likes = replay(ratings, Chance(TRACKS, np.random.default_rng(0)), rounds=40)
    assert likes.tolist() == [each.liked.sum() for each in ratings.listeners]


def test_what_everybody_likes_is_found_by_those_who_count_it() -> None:
    ratings = two_kinds(60, loved=0.3)

    def mean(policy: Chance) -> float:
        return float(replay(ratings, policy, ROUNDS)[20:].mean())

    by_chance = mean(Chance(TRACKS, np.random.default_rng(0)))
    for policy in (ItemMean, ItemUcb, Homespun):
        assert mean(policy(TRACKS, np.random.default_rng(0))) > by_chance + 2


def test_listeners_who_differ_are_told_apart_by_their_own_thumbs_alone() -> None:
    ratings = two_kinds(200)

    def late(policy: Homespun) -> float:
        return float(replay(ratings, policy, ROUNDS)[150:].mean())

    house = late(Homespun(TRACKS, np.random.default_rng(0), personal=False))
    assert late(Homespun(TRACKS, np.random.default_rng(0))) > house + 3


def test_a_replay_is_settled_by_its_seed() -> None:
    ratings = two_kinds(30)
    one, other = (replay(ratings, Homespun(TRACKS, np.random.default_rng(5)), 5) for _ in range(2))
    assert one.tolist() == other.tolist()


def test_the_measure_names_every_policy_and_how_sure_the_difference_is() -> None:
    measured = measure_replay(two_kinds(20), 2, lambda _share, _words: None, rounds=5)
    assert measured["times_random"] == pytest.approx(
        measured["likes_in_40"] / measured["random_likes_in_40"], abs=1e-3
    )
    assert (
        measured["ahead_of_ucb"]["low"]
        <= measured["ahead_of_ucb"]["value"]
        <= measured["ahead_of_ucb"]["high"]
    )
    assert measured["standard_error"] > 0
    assert (measured["listeners"], measured["seeds"]) == (20, 2)
