"""Thumbs given one by one: listeners come in a fixed order, and a policy sees only what was thought of what it gave."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.bench.intervals import GroupBootstrap, interval_of
from service.bench.thumbs.homespun_policy import Homespun
from service.bench.thumbs.policies import Chance, ItemMean, ItemUcb, Policy
from service.bench.thumbs.ratings import Ratings

ROUNDS = 40

MakePolicy = Callable[[int, np.random.Generator], Policy]

POLICIES: Mapping[str, MakePolicy] = {
    "random": Chance,
    "item_mean": ItemMean,
    "ucb": ItemUcb,
    "house_only": lambda tracks, rng: Homespun(tracks, rng, personal=False),
    "homespun": Homespun,
}


def replay(ratings: Ratings, policy: Policy, rounds: int = ROUNDS) -> NDArray[np.float64]:
    """The likes of each listener in their rounds, float64 (listeners,); fewer rounds for who rated fewer tracks."""
    likes = np.zeros(len(ratings.listeners))
    for number, listener in enumerate(ratings.listeners):
        policy.meet(listener.tracks)
        left = np.ones(len(listener.tracks), dtype=np.bool_)
        for _ in range(min(rounds, len(left))):
            place = int(np.argmax(np.where(left, policy.scores(), -np.inf)))
            left[place] = False
            policy.told(place, float(listener.liked[place]))
            likes[number] += listener.liked[place]
        policy.leave()
    return likes


def measure_replay(
    ratings: Ratings, seeds: int, report: Callable[[float, str], None], rounds: int = ROUNDS
) -> dict[str, Any]:
    """Mean likes of every policy, the same listeners in the same order for each seed.

    ``standard_error`` is that of the difference to item UCB, and intervals are of the differences, both over listeners:
    each is compared with themselves.
    """
    likes = {name: np.zeros(len(ratings.listeners)) for name in POLICIES}
    by_seed: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in range(seeds):
        for place, (name, make) in enumerate(POLICIES.items()):
            report((seed + place / len(POLICIES)) / seeds, f"{name}, seed {seed + 1} of {seeds}")
            found = replay(ratings, make(ratings.tracks, np.random.default_rng([seed, place])), rounds)
            likes[name] += found / seeds
            by_seed[name].append(round(float(found.mean()), 4))
    means = {name: float(each.mean()) for name, each in likes.items()}
    bootstrap = GroupBootstrap(
        [str(number) for number in range(len(ratings.listeners))], np.random.default_rng(0)
    )

    def ahead(name: str) -> dict[str, Any]:
        difference = likes["homespun"] - likes[name]
        return interval_of(float(difference.mean()), bootstrap.means(difference)).to_json()

    difference = likes["homespun"] - likes["ucb"]
    return {
        "likes_in_40": round(means["homespun"], 4),
        "ucb_likes_in_40": round(means["ucb"], 4),
        "random_likes_in_40": round(means["random"], 4),
        "item_mean_likes_in_40": round(means["item_mean"], 4),
        "house_only_likes_in_40": round(means["house_only"], 4),
        "standard_error": round(float(difference.std(ddof=1) / np.sqrt(len(difference))), 4),
        "ahead_of_ucb": ahead("ucb"),
        "ahead_of_house_only": ahead("house_only"),
        "times_random": round(means["homespun"] / means["random"], 4),
        "likes_by_seed": by_seed,
        "listeners": len(ratings.listeners),
        "tracks": ratings.tracks,
        "seeds": seeds,
        "rounds": rounds,
    }
