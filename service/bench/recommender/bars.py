"""What the recommender is wanted to reach, and whether it does."""

from collections.abc import Mapping
from typing import Any


def bars_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bars of what was measured: those of the figures themselves only on LightGCN's Last.fm split."""
    bars: list[dict[str, Any]] = []
    ours = report.get("models", {}).get("homespun")
    if ours and report["data"]["layout"] == "lightgcn":
        bars += [
            _at_least("recall@20", ours["recall@20"], 0.279, 0.290),
            _at_least("nDCG@20", ours["ndcg@20"], 0.218, 0.226),
        ]
    if ours:
        bars.append(_at_most("train seconds", ours["train_seconds"], 60.0))
    for figure in ("recall@20", "ndcg@20"):
        best = report.get("against_best_peer", {}).get(figure)
        if best:
            bars.append(_at_least(f"{figure} above the best peer, upper end", best["high"], 0.0))
    if "clusters" in report:
        one, three = (report["clusters"][name]["gain_recall@20"] for name in ("one_person", "three_people"))
        bars += [
            _at_least("clusters: gain for one person", one["value"], 0.0),
            _at_least("clusters: gain for three people", three["value"], 0.1),
        ]
    if "list" in report:
        rules = report["list"]
        bars += [
            _at_most("list: divergence from shares", rules["divergence"], 0.1),
            _at_least("list: coverage@20", rules["coverage@20"], 0.4),
            _at_most("list: share of nDCG lost", rules["ndcg_cost"]["value"], 0.02),
        ]
    if "retraining" in report:
        bars += [
            _at_most("retraining, seconds", report["retraining"]["seconds"], 60.0),
            _at_most("retraining, MB", report["retraining"]["memory_mb"], 2_000.0),
        ]
    return bars


def _at_least(bar: str, value: float, least: float, aim: float | None = None) -> dict[str, Any]:
    return {"bar": bar, "value": value, "least": least, "aim": aim, "reached": value >= least}


def _at_most(bar: str, value: float, most: float) -> dict[str, Any]:
    return {"bar": bar, "value": value, "most": most, "aim": None, "reached": value <= most}
