"""The whole bench on a small data set in LightGCN's layout, in which half of the listeners play each half of the tracks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from service.bench.recommender.list_rules import divergence
from service.bench.recommender.peers import ease
from service.bench.recommender.recommender_bench import RecommenderPlan, measure_recommender
from service.bench.recommender.retraining import HouseSize
from service.bench.recommender.tables import in_markdown, in_words

LISTENERS, TRACKS = 24, 60
MODELS = ("homespun", "popularity", "item-kNN", "EASE", "RP3beta", "GF-CF", "implicit BPR")


@pytest.fixture
def data(tmp_path: Path, rng: np.random.Generator) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    lines: dict[str, list[str]] = {"data1": [], "test1": []}
    for listener in range(LISTENERS):
        own = rng.permutation(np.arange(listener % 2, TRACKS, 2))[:18]
        for place, track in enumerate(own):
            lines["data1" if place < 14 else "test1"].append(f"{listener}\t{track}\t{rng.integers(1, 50)}")
    for name, text in lines.items():
        (folder / f"{name}.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    return folder


def measure(
    data: Path | None, out: Path, models: tuple[str, ...], synthetic: HouseSize | None = None
) -> dict[str, Any]:
    plan = RecommenderPlan(data, None, None, models, 2, 0, synthetic, 1)
    return json.loads(json.dumps(measure_recommender(plan, out, lambda *_: None)))  # type: ignore[no-any-return]  # read back


def test_all_models_are_told_beside_each_other_and_none_is_trained_twice(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = measure(data, out, MODELS)
    assert set(told["models"]) == set(MODELS)
    assert all(
        set(each) >= {"recall@20", "ndcg@20", "recall@10", "ndcg@10", "train_seconds"}
        for each in told["models"].values()
    )
    # Who plays half of the tracks is asked for four of the sixteen of that half which are left.
    assert told["models"]["homespun"]["recall@20"] == 1.0
    assert told["models"]["popularity"]["recall@20"] < 1.0
    assert told["models"]["homespun"]["seeds"] == 2
    assert told["models"]["EASE"]["seeds"] == 1
    assert told["against_best_peer"]["recall@20"]["high"] >= 0.0
    assert told["clusters"]["one_person"]["accounts"] == LISTENERS
    assert told["clusters"]["three_people"]["accounts"] == LISTENERS // 3
    assert told["fold_in"]["one_person"]["accounts"] == LISTENERS
    assert told["fold_in"]["three_people"]["accounts"] == LISTENERS // 3
    assert told["fold_in"]["one_person"]["at_once_recall@20"] == 1.0
    assert told["list"]["listeners"] == LISTENERS
    kept = {path: path.stat().st_mtime_ns for path in (out / "lists").iterdir()}
    assert len(kept) == 2 * 2 + 5
    again = measure(data, out, MODELS)
    assert again["models"] == told["models"]
    assert {path: path.stat().st_mtime_ns for path in (out / "lists").iterdir()} == kept
    assert "homespun" in in_words(told)
    written = in_markdown(told)
    assert "| homespun |" in written
    assert (
        "| account of | accounts | centre, recall@20 | blend, recall@20 | gain | gain in nDCG@20 |" in written
    )
    assert (
        f"| three people | {LISTENERS // 3} | {told['fold_in']['three_people']['at_once_recall@20']:.4f} |"
        in written
    )


def test_lists_of_other_data_are_not_taken(data: Path, tmp_path: Path) -> None:
    measure(data, tmp_path, ("popularity",))
    path = tmp_path / "lists" / "popularity-0.json"
    before = json.loads(path.read_text(encoding="utf-8"))["key"]
    (data / "data1.txt").write_text((data / "data1.txt").read_text() + "0\t1\t5\n", encoding="utf-8")
    measure(data, tmp_path, ("popularity",))
    assert json.loads(path.read_text(encoding="utf-8"))["key"] != before


def test_retraining_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    told = measure(None, tmp_path, (), HouseSize(listeners=60, tracks=400, interactions=2_000))
    assert told["retraining"]["seconds"] > 0
    assert 20 < told["retraining"]["memory_mb"] < 2_000
    assert {each["bar"] for each in told["bars"]} == {"retraining, seconds", "retraining, MB"}


def test_either_form_of_ease_gives_the_same_scores(rng: np.random.Generator) -> None:
    few = sparse.csr_matrix((rng.random((8, 12)) < 0.5).astype(np.float64))
    primal = np.linalg.inv((few.T @ few).toarray() + 3.0 * np.eye(12))
    weights = -primal / np.diag(primal)
    np.fill_diagonal(weights, 0.0)
    np.testing.assert_allclose(ease(few, {"ridge": 3.0})(np.arange(8)), few @ weights, atol=1e-9)
    tall = few.T.tocsr()
    dual = np.linalg.solve((tall @ tall.T).toarray() + 3.0 * np.eye(12), tall.toarray())
    projected = tall.T @ dual
    of_dual = projected / (1.0 - np.diag(projected))
    np.fill_diagonal(of_dual, 0.0)
    np.testing.assert_allclose(ease(tall, {"ridge": 3.0})(np.arange(12)), tall @ of_dual, atol=1e-9)


def test_divergence_is_nothing_for_the_wanted_shares_and_more_the_further_from_them() -> None:
    shares = np.array([0.5, 0.3, 0.2])
    exact = np.repeat([0, 1, 2], [10, 6, 4])
    near = np.repeat([0, 1, 2], [11, 6, 3])
    assert divergence(shares, exact) == pytest.approx(0.0, abs=1e-9)
    assert 0.0 < divergence(shares, near) < divergence(shares, np.zeros(20, np.intp))
