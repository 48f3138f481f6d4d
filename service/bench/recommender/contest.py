"""One model at one seed: tuned within the training data, trained, and its lists of 20 kept so that none is made twice."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.collaborative.fitting import CollaborativeConfig
from recommender.collaborative.model import CollaborativeModel
from recommender.collaborative.plays import hold_out
from recommender.evaluation.ranking_metrics import ndcg, recall, top_places
from service.bench.recommender.layouts import Split
from service.bench.recommender.peers import Peer, Scores
from service.bench.recommender.shipped_ranker import fit_shipped, shipped_scores, weighed_plays
from service.store.media import write_atomically

PLACES = 20
_LISTENERS_AT_ONCE = 200
_TUNED_ON_LISTENERS = 1_000
_TUNING_SEED = 1


@dataclass(frozen=True, eq=False)
class Lists:
    """What a model listed: best first, int64 (places,) a listener, for those of whom something is held out."""

    lists: tuple[NDArray[np.int64], ...]
    train_seconds: float
    train_cpu_seconds: float
    settings: dict[str, Any]


class Contest:
    """One split that all models are tried on. folder: where lists are kept, by model and seed."""

    def __init__(self, split: Split, folder: Path, threads: int) -> None:
        self.split = split
        self.asked = np.flatnonzero([len(each) > 0 for each in split.test])
        self.weighed = weighed_plays(split)
        self._played = self.weighed.copy()
        self._played.data = np.ones_like(self._played.data)
        self._folder, self._threads = folder, threads
        self._models: dict[int, tuple[CollaborativeModel, CollaborativeConfig]] = {}

    def shipped(self, seed: int) -> Lists:
        """Of the ranker that is shipped; its seconds are those of tuning and of fitting."""

        def train() -> _Trained:
            stopwatch = _Stopwatch()
            model, config = self._fit_shipped(seed)
            taken = stopwatch.taken()
            settings = {"neighbour_weight": config.neighbour_weight}
            return _Trained(lambda rows: shipped_scores(model, self.weighed, rows), settings, taken)

        return self._kept_or("homespun", seed, train)

    def shipped_model(self, seed: int) -> CollaborativeModel:
        """What the shipped ranker has learnt, fitted now where this run has not fitted it."""
        return self._fit_shipped(seed)[0]

    def _fit_shipped(self, seed: int) -> tuple[CollaborativeModel, CollaborativeConfig]:
        if seed not in self._models:
            # One at a time: a large model is kept for as long as it is asked for again.
            self._models = {seed: fit_shipped(self.weighed, seed)}
        return self._models[seed]

    def peer(self, name: str, peer: Peer, tried: Sequence[dict[str, Any]], seed: int) -> Lists:
        """Of another, with the best of the settings tried on tracks held out of the training data.

        They are chosen once for all seeds, and the seconds are those of one fit.
        """

        def train() -> _Trained:
            given = {"seed": seed, "threads": self._threads}
            settings = self._best_of(name, peer, tried)
            stopwatch = _Stopwatch()
            scores = peer(self._played, {**settings, **given})
            return _Trained(scores, settings, stopwatch.taken())

        return self._kept_or(name, seed, train)

    def figures(self, lists: Lists) -> dict[str, NDArray[np.float64]]:
        """Each figure of each listener asked, float64 (asked,)."""
        wanted = [self.split.test[row] for row in self.asked]
        return {
            f"{name}@{places}": np.array(
                [
                    measure(listed[:places], own) if name == "recall" else ndcg(listed, own, places)
                    for listed, own in zip(lists.lists, wanted, strict=True)
                ]
            )
            for name, measure in (("recall", recall), ("ndcg", ndcg))
            for places in (20, 10)
        }

    def lists_of(
        self, scores: Scores, rows: NDArray[np.int64], known: sparse.csr_matrix
    ) -> list[NDArray[np.int64]]:
        """The best of all tracks that a listener does not know, a few listeners at a time."""
        lists = []
        for first in range(0, len(rows), _LISTENERS_AT_ONCE):
            some = rows[first : first + _LISTENERS_AT_ONCE]
            for row, each in zip(some, scores(some), strict=True):
                own = known.indices[known.indptr[row] : known.indptr[row + 1]]
                lists.append(top_places(each, own, PLACES))
        return lists

    def _best_of(self, name: str, peer: Peer, tried: Sequence[dict[str, Any]]) -> dict[str, Any]:
        if len(tried) == 1:
            return tried[0]
        path = self._folder / "settings" / f"{_file_name(name)}.json"
        kept = _read(path, self.split.sha256)
        if kept is not None:
            return dict(kept["settings"])
        rng = np.random.default_rng(_TUNING_SEED)
        rest, held_out = hold_out(self._played, 0.2, rng)
        rest.data = np.ones_like(rest.data)
        rows = np.flatnonzero([len(each) > 0 for each in held_out])
        rows = np.sort(rng.permutation(rows)[:_TUNED_ON_LISTENERS])
        found = []
        for settings in tried:
            scores = peer(rest, {**settings, "seed": _TUNING_SEED, "threads": self._threads})
            lists = self.lists_of(scores, rows, rest)
            found.append(
                sum(
                    recall(listed, held_out[row]) + ndcg(listed, held_out[row])
                    for listed, row in zip(lists, rows, strict=True)
                )
            )
        best = tried[int(np.argmax(found))]
        _write(path, {"key": self.split.sha256, "settings": best})
        return best

    def _kept_or(self, name: str, seed: int, train: Callable[[], "_Trained"]) -> Lists:
        key = hashlib.sha256(f"{self.split.sha256} {name} {seed}".encode()).hexdigest()
        path = self._folder / "lists" / f"{_file_name(name)}-{seed}.json"
        kept = _read(path, key)
        if kept is None:
            trained = train()
            lists = self.lists_of(trained.scores, self.asked, self._played)
            kept = {
                "key": key,
                "train_seconds": round(trained.taken[0], 2),
                "train_cpu_seconds": round(trained.taken[1], 2),
                "settings": trained.settings,
                "listed": {
                    self.split.listeners[row]: [self.split.tracks[track] for track in listed]
                    for row, listed in zip(self.asked, lists, strict=True)
                },
            }
            _write(path, kept)
        position = {track: place for place, track in enumerate(self.split.tracks)}
        listed = [kept["listed"][self.split.listeners[row]] for row in self.asked]
        return Lists(
            tuple(np.array([position[each] for each in own], dtype=np.int64) for own in listed),
            kept["train_seconds"],
            kept["train_cpu_seconds"],
            kept["settings"],
        )


class _Trained(NamedTuple):
    scores: Scores
    settings: dict[str, Any]
    taken: tuple[float, float]


class _Stopwatch:
    """Seconds by the clock and of this process's CPU, which differ where a machine is busy or several cores work."""

    def __init__(self) -> None:
        self._began, self._worked = time.perf_counter(), time.process_time()

    def taken(self) -> tuple[float, float]:
        return time.perf_counter() - self._began, time.process_time() - self._worked


def _file_name(name: str) -> str:
    return name.replace(" ", "-")


def _read(path: Path, key: str) -> dict[str, Any] | None:
    """What was kept, if it is of this split."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return kept if kept["key"] == key else None


def _write(path: Path, content: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(content).encode())
