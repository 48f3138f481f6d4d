"""The bench of the recommender: all models on one split, what clusters add, what a list's rules cost, and retraining."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from recommender.evaluation.paired_bootstrap import paired_difference
from service.bench.recommender.bars import bars_of
from service.bench.recommender.clusters import measure_clusters, unit_vectors
from service.bench.recommender.contest import Contest, Lists
from service.bench.recommender.fold_in import measure_fold_in
from service.bench.recommender.layouts import read_split
from service.bench.recommender.list_rules import measure_list_rules
from service.bench.recommender.peers import CLOSED_FORM
from service.bench.recommender.retraining import HouseSize, measure_retraining
from service.errors import NotPrepared

Report = Callable[[float, str], None]
SHIPPED = "homespun"
STOCHASTIC_PEERS = ("implicit ALS", "implicit BPR", "LightGCN")
MODELS = (SHIPPED, *CLOSED_FORM, *STOCHASTIC_PEERS)


@dataclass(frozen=True)
class RecommenderPlan:
    """What is measured: a folder of data or none, its layout and split, which models, how many seeds, and retraining."""

    data: Path | None
    layout: str | None
    split: Path | None
    models: tuple[str, ...]
    seeds: int
    seed: int
    synthetic: HouseSize | None
    threads: int


def measure_recommender(plan: RecommenderPlan, folder: Path, report: Report) -> dict[str, Any]:
    """The report; lists are kept in the folder by model and seed, and none that lies there is made again.

    Raises InvalidRequest (``wrong_table``, ``unknown_layout``) and NotPrepared (``peers_missing``).
    """
    told: dict[str, Any] = {"bench": "recommender", "config": _config(plan)}
    if plan.data is not None:
        _measure_data(told, plan, plan.data, folder, report)
    if plan.synthetic is not None:
        report(0.95, "retraining on made-up plays")
        told["retraining"] = measure_retraining(plan.synthetic, plan.seed)
    told["bars"] = bars_of(told)
    return told


def _measure_data(
    told: dict[str, Any], plan: RecommenderPlan, data: Path, folder: Path, report: Report
) -> None:
    split = read_split(data, plan.layout, plan.split)
    contest = Contest(split, folder, plan.threads)
    told["data"] = {
        "layout": split.layout,
        "sha256": split.sha256,
        "listeners": len(split.listeners),
        "tracks": len(split.tracks),
        "train": int(contest.weighed.nnz),
        "test": sum(len(each) for each in split.test),
        "asked": len(contest.asked),
    }
    found: dict[str, list[Lists]] = {}
    for place, name in enumerate(plan.models):
        seeds = 1 if name in CLOSED_FORM else plan.seeds
        found[name] = []
        for seed in range(plan.seed, plan.seed + seeds):
            report(0.8 * place / len(plan.models), f"{name}, seed {seed}")
            found[name].append(_lists(contest, name, seed))
    told["models"], by_listener = _tell_models(contest, found, plan)
    if SHIPPED in found and len(found) > 1:
        told["against_best_peer"] = _against_best_peer(by_listener, plan)
    if SHIPPED in found:
        report(0.85, "clusters, list rules and folding in")
        model = contest.shipped_model(plan.seed + plan.seeds - 1)
        rng = np.random.default_rng(plan.seed)
        told["clusters"] = measure_clusters(contest.weighed, split.test, unit_vectors(model.vectors), rng)
        told["list"] = measure_list_rules(model, contest.weighed, split.test, rng)
        told["fold_in"] = measure_fold_in(model, contest.weighed, split.test, rng)


def _lists(contest: Contest, name: str, seed: int) -> Lists:
    if name == SHIPPED:
        return contest.shipped(seed)
    if name in CLOSED_FORM:
        return contest.peer(name, *CLOSED_FORM[name], seed)
    if find_spec("implicit") is None:
        raise NotPrepared(
            "The peers are missing: install Homespun with its extra `bench`.", code="peers_missing"
        )
    from service.bench.recommender.stochastic_peers import STOCHASTIC  # noqa: PLC0415  # an extra has its libraries

    return contest.peer(name, *STOCHASTIC[name], seed)


def _tell_models(
    contest: Contest, found: dict[str, list[Lists]], plan: RecommenderPlan
) -> tuple[dict[str, Any], dict[str, dict[str, np.ndarray]]]:
    """Each model's figures, the mean of its seeds, with intervals over listeners; and the figures by listener."""
    told, by_listener = {}, {}
    for name, runs in found.items():
        figures = [contest.figures(lists) for lists in runs]
        mean = {figure: np.mean([each[figure] for each in figures], axis=0) for figure in figures[0]}
        by_listener[name] = mean
        intervals = {}
        for figure, values in mean.items():
            spread = paired_difference(values, np.zeros_like(values), np.random.default_rng(plan.seed))
            intervals[figure] = [round(spread.low, 4), round(spread.high, 4)]
        told[name] = {
            **{figure: round(float(values.mean()), 4) for figure, values in mean.items()},
            "train_seconds": round(float(np.mean([lists.train_seconds for lists in runs])), 2),
            "train_cpu_seconds": round(float(np.mean([lists.train_cpu_seconds for lists in runs])), 2),
            "intervals": intervals,
            "by_seed": {
                figure: [round(float(each[figure].mean()), 4) for each in figures] for figure in mean
            },
            "seeds": len(runs),
            "n": len(contest.asked),
            "settings": runs[0].settings,
        }
    return told, by_listener


def _against_best_peer(
    by_listener: dict[str, dict[str, np.ndarray]], plan: RecommenderPlan
) -> dict[str, Any]:
    """The shipped ranker beside the best other of this run, by each figure."""
    told = {}
    for figure, ours in by_listener[SHIPPED].items():
        peers = {name: each[figure] for name, each in by_listener.items() if name != SHIPPED}
        best = max(peers, key=lambda name: float(peers[name].mean()))
        difference = paired_difference(ours, peers[best], np.random.default_rng(plan.seed))
        told[figure] = {
            "peer": best,
            "difference": round(difference.mean, 4),
            "low": round(difference.low, 4),
            "high": round(difference.high, 4),
            "chance_not_below": round(difference.chance_not_worse, 4),
        }
    return told


def _config(plan: RecommenderPlan) -> dict[str, Any]:
    """How it was measured; where the data lay is nobody's business."""
    return {
        "homespun": version("homespun"),
        "models": list(plan.models),
        "seeds": plan.seeds,
        "seed": plan.seed,
        "threads": plan.threads,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
