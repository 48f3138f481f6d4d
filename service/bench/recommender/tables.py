"""The report of the recommender as tables: rows of text, printed for people or written into the docs."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.bench.printed_tables import Table, marked_down, printed

_FIGURES = ("recall@20", "ndcg@20", "recall@10", "ndcg@10")


def in_words(report: Mapping[str, Any]) -> str:
    """All tables, columns in line."""
    return printed(_tables(report))


def in_markdown(report: Mapping[str, Any]) -> str:
    """All tables, for the docs."""
    return marked_down(_tables(report))


def _tables(report: Mapping[str, Any]) -> Iterator[Table]:
    for part in (_bars, _models, _clusters, _fold_in, _list, _retraining):
        yield from part(report)


def _bars(report: Mapping[str, Any]) -> Iterator[Table]:
    rows = [
        [
            each["bar"],
            f"<= {each['most']:g}" if "most" in each else f">= {each['least']:g}",
            "" if each["aim"] is None else f"{each['aim']:g}",
            f"{each['value']:g}",
            "yes" if each["reached"] else "no",
        ]
        for each in report["bars"]
    ]
    if rows:
        yield "Bars", [["bar", "wanted", "aim", "measured", "reached"], *rows]


def _models(report: Mapping[str, Any]) -> Iterator[Table]:
    models = report.get("models")
    if not models:
        return
    data = report["data"]
    rows = [
        [
            name,
            *(f"{told[figure]:.4f}" for figure in _FIGURES),
            "{:.4f}-{:.4f}".format(*told["intervals"]["recall@20"]),
            f"{told['train_seconds']:g}",
            f"{told['train_cpu_seconds']:g}",
            str(told["seeds"]),
        ]
        for name, told in sorted(models.items(), key=lambda each: -float(each[1]["recall@20"]))
    ]
    title = (
        f"{data['layout']}: {data['listeners']} listeners, {data['tracks']} tracks, {data['train']} plays to learn from, "
        f"{data['test']} held out"
    )
    heading = ["model", *_FIGURES, "recall@20, 95 %", "train seconds", "CPU", "seeds"]
    yield title, [heading, *rows]
    best = report.get("against_best_peer")
    if best:
        yield (
            "homespun beside the best peer of the run, paired over listeners",
            [
                ["figure", "peer", "difference", "95 %", "chance of not being below"],
                *(
                    [
                        figure,
                        told["peer"],
                        f"{told['difference']:+.4f}",
                        f"{told['low']:+.4f} to {told['high']:+.4f}",
                        f"{told['chance_not_below']:.3f}",
                    ]
                    for figure, told in best.items()
                ),
            ],
        )


def _clusters(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("clusters")
    if told:
        title = "What the nearest of up to six clusters adds to one centre"
        yield title, _two_ways(told, ("centroid", "centre"), ("blend", "blend"))


def _fold_in(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("fold_in")
    if told:
        title = "What folding in taste by taste adds to folding in all plays at once"
        yield title, _two_ways(told, ("at_once", "at once"), ("by_taste", "taste by taste"))


def _two_ways(told: Mapping[str, Any], *ways: tuple[str, str]) -> list[list[str]]:
    """ways: each by its key and its heading, the first the one that the gain is beside."""
    rows = [
        [
            words,
            str(told[name]["accounts"]),
            *(f"{told[name][f'{way}_recall@20']:.4f}" for way, _ in ways),
            _gain(told[name]["gain_recall@20"]),
            _gain(told[name]["gain_ndcg@20"]),
        ]
        for name, words in (("one_person", "one person"), ("three_people", "three people"))
    ]
    headings = [f"{words}, recall@20" for _, words in ways]
    return [["account of", "accounts", *headings, "gain", "gain in nDCG@20"], *rows]


def _list(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("list")
    if told:
        yield (
            "A list of 20 as it is served",
            [
                ["divergence from cluster shares", "coverage@20", "nDCG@20 ranked", "listed", "lost"],
                [
                    f"{told['divergence']:.3f}",
                    f"{told['coverage@20']:.3f}",
                    f"{told['ndcg@20_ranked']:.4f}",
                    f"{told['ndcg@20_listed']:.4f}",
                    _gain(told["ndcg_cost"]),
                ],
            ],
        )


def _retraining(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("retraining")
    if told:
        names = ("listeners", "tracks", "interactions", "seconds", "cpu_seconds", "memory_mb")
        yield (
            "Retraining on made-up plays",
            [[name.replace("_", " ") for name in names], [f"{told[name]:g}" for name in names]],
        )


def _gain(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:+.1%} ({interval['low']:+.1%} to {interval['high']:+.1%})"
