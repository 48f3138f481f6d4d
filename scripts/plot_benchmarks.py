"""Draws the plots of docs/benchmarks.md, and writes its tables, from what benches left in their `--out` folders.

    .venv/bin/python -m scripts.plot_benchmarks --ear DIR --library DIR --generator DIR --thumbs FILE --recommender FILE

Any may be left out. Tables go between the markers `<!-- ear:NAME -->` and `<!-- /ear:NAME -->` of benchmarks.md
(`library:speed`, `generator:NAME` for the other benches), the plots beside it as ear-*.png and generator-*.png.
"""

import argparse
import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt  # the way of drawing must be chosen before
from matplotlib.axes import Axes

from scripts.plot_generator import (
    copy_stable_audio,
    draw_ladder,
    draw_piece,
    picture_name,
    save_small,
    shown_pieces,
    shown_table,
    with_section,
)
from service.bench.ear.tables import in_markdown
from service.bench.generator import tables as generator_tables
from service.bench.printed_tables import marked_down
from service.bench.recommender import tables as recommender_tables
from service.bench.thumbs.thumbs_bench import tables_of

DOTS_AN_INCH = 110
OURS, OTHERS, BAR = "#1b7f79", "#9aa5ab", "#c8553d"
DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(description="Tables and plots of docs/benchmarks.md.")
    parser.add_argument("--ear", type=Path, help="the --out folder of `homespun bench ear`")
    parser.add_argument("--library", type=Path, help="the --out folder of `homespun bench library`")
    parser.add_argument("--generator", type=Path, help="the --out folder of `homespun bench generator`")
    parser.add_argument("--thumbs", type=Path, help="what `homespun bench thumbs --json` printed")
    parser.add_argument("--recommender", type=Path, help="what `homespun bench recommender --json` printed")
    asked = parser.parse_args()
    if asked.ear is not None:
        write_ear(asked.ear, DOCS)
    if asked.library is not None:
        report = _report(asked.library)
        _fill(DOCS, "library", lambda _: library_table(report))
    if asked.generator is not None:
        write_generator(asked.generator, DOCS)
    if asked.recommender is not None:
        ranked = json.loads(asked.recommender.read_text(encoding="utf-8"))
        _fill(DOCS, "recommender", lambda _: recommender_tables.in_markdown(ranked))
    if asked.thumbs is not None:
        tables = tables_of(json.loads(asked.thumbs.read_text(encoding="utf-8")))
        _fill(DOCS, "thumbs", lambda name: marked_down([tables[name]]))


def write_ear(folder: Path, docs: Path) -> None:
    """Tables and plots of the ear; a plot whose part was not measured is left as it is."""
    report = _report(folder)
    _fill(docs, "ear", lambda name: in_markdown(report, name))
    for name, draw in (
        ("retrieval", draw_retrieval),
        ("descriptors", draw_descriptors),
        ("emotion", draw_emotion),
        ("pairs", draw_pairs),
    ):
        figure = draw(report, folder)
        if figure is not None:
            figure.savefig(docs / f"ear-{name}.png", dpi=DOTS_AN_INCH)
            plt.close(figure)


def write_generator(folder: Path, docs: Path) -> None:
    """The section of the generator, its tables, ladders, and pictures of ten pieces."""
    report = _report(folder)
    page = docs / "benchmarks.md"
    page.write_text(with_section(page.read_text(encoding="utf-8")), encoding="utf-8")
    pieces = shown_pieces(folder)
    _fill(
        docs,
        "generator",
        lambda name: shown_table(pieces) if name == "shown" else generator_tables.in_markdown(report, name),
    )
    ladder = draw_ladder(report)
    if ladder is not None:
        save_small(ladder, docs / "generator-ladder.png")
    for number, piece in enumerate(pieces, start=1):
        save_small(draw_piece(piece), docs / picture_name(number))
    copy_stable_audio(report, folder, docs)


def filled(page: str, bench: str, table: Callable[[str], str]) -> str:
    """The page with what `table` gives for the name between each pair of a bench's markers."""
    marker = re.compile(rf"(<!-- {bench}:(\w+) -->\n).*?(<!-- /{bench}:\2 -->)", re.DOTALL)
    return marker.sub(lambda match: f"{match[1]}\n{table(match[2])}\n\n{match[3]}", page)


def library_table(report: dict[str, Any]) -> str:
    """What listening costs, beside its bars."""
    listening, memory, mel = report["listening"], report["memory"], report["mel"]
    stages = ", ".join(f"{name} {seconds:.3f}" for name, seconds in listening["cpu_seconds_a_track"].items())
    rows = [
        ("tracks heard, mean length", f"{listening['heard']}, {report['library']['mean_seconds']} s"),
        ("tracks a second", f"{listening['tracks_per_second']}"),
        ("CPU-seconds a track", stages),
        (
            "memory at most, all processes",
            f"{memory['peak_mb']} MB ({memory['at_half_mb']} at half of the work)",
        ),
    ]
    if mel and mel.get("librosa"):
        rows.append(("the same mel by librosa", f"{mel['librosa_takes_times_as_long']} times as long"))
    rows += [
        (
            f"bar: {name.replace('_', ' ')}",
            f"{bar['found']} (bar {bar['bar']}): {'held' if bar['is_held'] else 'missed'}",
        )
        for name, bar in report["bars"].items()
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def _fill(docs: Path, bench: str, table: Callable[[str], str]) -> None:
    page = docs / "benchmarks.md"
    page.write_text(filled(page.read_text(encoding="utf-8"), bench, table), encoding="utf-8")


def _report(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report


def draw_retrieval(report: dict[str, Any], _: Path) -> Any:
    """Recall@1 and MAP by representation, with intervals, album-disjoint beside source-disjoint."""
    told = {
        part: report.get("retrieval", {}).get(part, {}).get("representations")
        for part in ("album_disjoint", "source_disjoint")
    }
    told = {part: figures for part, figures in told.items() if figures}
    if not told:
        return None
    figure, rows = plt.subplots(
        1, 2 * len(told), figsize=(4.2 * 2 * len(told), 3.6), sharey=True, squeeze=False, layout="constrained"
    )
    panels = [(part, figure_name) for part in told for figure_name in ("recall_at_1", "average_precision")]
    for axes, (part, name) in zip(rows[0], panels, strict=True):
        _bars(axes, {key.replace("_", " "): each[name] for key, each in told[part].items()})
        axes.set_title(
            f"{'recall@1' if name == 'recall_at_1' else 'MAP'}, {part.replace('_', '-')}", fontsize=10
        )
    return figure


def draw_descriptors(report: dict[str, Any], folder: Path) -> Any:
    """Tempo and key by domain, and each track's tempo beside what is known of it."""
    domains = {name: told for name, told in report.get("descriptors", {}).items() if isinstance(told, dict)}
    if not domains:
        return None
    figure, (shares, tempos) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    measures = {
        "tempo_exact": "tempo",
        "tempo_or_octave": "tempo or octave",
        "key_exact": "key",
        "key_or_relative": "key or relative",
    }
    width = 0.8 / len(domains)
    for number, (domain, told) in enumerate(domains.items()):
        places = [place for place, name in enumerate(measures) if name in told]
        figures = [told[name] for name in measures if name in told]
        shares.bar(
            [place + width * (number - (len(domains) - 1) / 2) for place in places],
            [each["value"] for each in figures],
            width * 0.9,
            yerr=_whiskers(figures),
            label=f"{domain} (n = {told['n']})",
            error_kw={"lw": 1, "ecolor": "#333"},
        )
    shares.set_xticks(range(len(measures)), list(measures.values()))
    shares.set_ylim(0, 1.02)
    shares.set_ylabel("share that is right")
    shares.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(0, -0.08), ncols=2)
    _draw_tempos(tempos, _read(folder / "descriptors.csv"))
    return figure


def _draw_tempos(axes: Axes, rows: list[dict[str, str]]) -> None:
    domains = list(dict.fromkeys(row["domain"] for row in rows))
    for domain in domains:
        mine = [row for row in rows if row["domain"] == domain and row["known_bpm"]]
        axes.plot(
            [float(row["known_bpm"]) for row in mine],
            [float(row["tempo_bpm"]) for row in mine],
            "o",
            ms=3.5,
            alpha=0.6,
            label=domain,
        )
    for factor, words in ((1, "right"), (2, "twice"), (0.5, "half")):
        axes.plot(
            [40, 240], [40 * factor, 240 * factor], color="#888", lw=0.7, ls="-" if factor == 1 else ":"
        )
        axes.annotate(
            words,
            (45 / min(factor, 1), 45 * max(factor, 1)),
            fontsize=8,
            color="#555",
            xytext=(-4, 6),
            textcoords="offset points",
        )
    axes.set(
        xscale="log", yscale="log", xlim=(40, 240), ylim=(40, 240), xlabel="known, bpm", ylabel="heard, bpm"
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(mpl.ticker.FixedLocator([50, 70, 100, 140, 200]))
        axis.set_major_formatter(mpl.ticker.ScalarFormatter())
        axis.set_minor_locator(mpl.ticker.NullLocator())


def draw_emotion(report: dict[str, Any], _: Path) -> Any:
    """Where each word's tracks stand on both axes."""
    words = report.get("emotion", {}).get("packaged", {}).get("words")
    if not words:
        return None
    order = sorted(words, key=lambda word: words[word]["arousal"]["known"])
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for axes, axis in zip(panels, ("arousal", "valence"), strict=True):
        for place, word in enumerate(order):
            values = words[word][axis]["values"]
            axes.plot(values, [place] * len(values), "o", color=OURS, ms=5, alpha=0.6)
            axes.plot([words[word][axis]["mean"]], [place], "|", color="black", ms=16)
        told = report["emotion"]["packaged"][axis]["rank_correlation"]
        axes.set_title(
            f"{axis}: rank correlation {told['value']:.2f} [{told['low']:.2f}, {told['high']:.2f}]",
            fontsize=10,
        )
        axes.set_xlabel(f"{axis} as heard")
    panels[0].set_yticks(range(len(order)), [f"{word} ({words[word]['n']})" for word in order])
    return figure


def draw_pairs(report: dict[str, Any], folder: Path) -> Any:
    """How many transcribed pairs are found within each rank, by correction."""
    rows = [json.loads(row["ranks"]) for row in _read(folder / "pairs.csv")]
    corrections: dict[str, list[int]] = {}
    for ranks in rows:
        for name, rank in ranks.items():
            question, _, correction = name.partition(": ")
            if question == "transcribed":
                corrections.setdefault(correction, []).append(rank)
    if not corrections:
        return None
    compared = {report.get("pairs", {}).get(when) for when in ("before", "after")}
    figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    for name, ranks in corrections.items():
        found = [sum(rank <= within for rank in ranks) / len(ranks) for within in range(1, 51)]
        axes.step(range(1, 51), found, where="post", label=name, lw=2.2 if name in compared else 1)
    axes.axvline(10, color=BAR, lw=0.8, ls=":")
    axes.axhline(0.5, color=BAR, lw=0.8, ls=":")
    axes.set(xscale="log", xlabel="rank", ylabel="share of recordings whose render is found", ylim=(0, 1))
    axes.set_title(f"{len(next(iter(corrections.values())))} transcribed excerpts", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    return figure


def _bars(axes: Axes, figures: dict[str, dict[str, Any]]) -> None:
    names = list(figures)
    colours = [
        OURS if name == "embedding" else BAR if name == "musicnn raw 200" else OTHERS for name in names
    ]
    axes.barh(
        names,
        [figures[name]["value"] for name in names],
        color=colours,
        xerr=_whiskers(list(figures.values())),
        error_kw={"lw": 1, "ecolor": "#333"},
    )
    # Panels share this axis: set, not turned round once for each.
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1)


def _whiskers(figures: list[dict[str, Any]]) -> list[list[float]]:
    """Distances down and up from the values to the ends of their intervals."""
    lows = [each["value"] - (each["value"] if each["low"] is None else each["low"]) for each in figures]
    highs = [(each["value"] if each["high"] is None else each["high"]) - each["value"] for each in figures]
    return [[max(low, 0.0) for low in lows], [max(high, 0.0) for high in highs]]


def _read(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
