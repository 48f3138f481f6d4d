"""The report of the ear as tables: rows of text, printed for people or written into the docs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.bench.printed_tables import Table, marked_down, printed

_FIGURES = {
    "recall_at_1": "recall@1",
    "recall_at_10": "recall@10",
    "precision_at_10": "precision@10",
    "average_precision": "MAP",
}
_DISJOINT = {
    "album_disjoint": "Style retrieval, other albums only",
    "source_disjoint": "Style retrieval, other sources only",
}
_SHARES = {
    "tempo_exact": "tempo within 4 %",
    "tempo_or_octave": "... or twice or half of it",
    "key_exact": "key",
    "key_or_relative": "... or the relative one",
    "mode": "mode",
    "onset_rate_correlation": "onset rate, correlation",
}


def in_words(report: Mapping[str, Any]) -> str:
    """All tables, columns in line."""
    return printed(tables(report))


def in_markdown(report: Mapping[str, Any], name: str) -> str:
    """The tables whose part of the report is `name`."""
    return marked_down(_PARTS[name](report))


def tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """All tables of a report, in order."""
    for part in _PARTS.values():
        yield from part(report)


def _library(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report["library"]
    encoder = report["config"]["encoder"]
    left_out = ", ".join(f"{count} {reason}" for reason, count in told["left_out"].items()) or "none"
    yield (
        "What was heard",
        [
            ["encoder", "tracks", "albums", "sources", "could not be heard", "CPU-s a track", "left out"],
            [
                f"{encoder['name']} ({encoder['sha256'][:8]})",
                *(str(told[name]) for name in ("tracks", "albums", "sources")),
                str(len(told["failed"])),
                _number(told["cpu_seconds_a_track"]),
                left_out,
            ],
        ],
    )


def _retrieval(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("retrieval", {})
    for part, title in _DISJOINT.items():
        figures = told.get(part, {})
        if "representations" not in figures:
            continue
        heading = ["representation", *_FIGURES.values(), "recall@1, mean of styles"]
        rows = [
            [name, *(_interval(each[figure]) for figure in _FIGURES), _interval(each["recall_at_1"]["macro"])]
            for name, each in figures["representations"].items()
        ]
        anew = figures["labels_dealt_anew"]
        rows.append(["labels dealt anew", *(_number(anew[figure]) for figure in _FIGURES), ""])
        counted = (
            f"{title}: {figures['queries']} queries of {figures['groups']} groups, "
            f"{figures['left_out_without_a_right_answer']} without a right answer left out; styles from {told['labels_from']}"
        )
        yield counted, [heading, *rows]
        gain = figures["gain"]
        yield (
            f"Gain of {gain['of']} over {gain['over']}, {title.split(', ')[1]}",
            [
                ["", *_FIGURES.values()],
                *(
                    [words, *(_interval(gain[figure][kind], percent=True) for figure in _FIGURES)]
                    for kind, words in (("micro", "over all queries"), ("macro", "mean of styles"))
                ),
            ],
        )


def _robustness(report: Mapping[str, Any]) -> Iterator[Table]:
    changes = {
        name: told for name, told in report.get("robustness", {}).get("changes", {}).items() if told["n"]
    }
    if changes:
        heading = ["change", "n", "least", "5th percentile", "median", "the same for raw MusiCNN", "identical",
                   "same tempo", "same key", "arousal moved"]  # fmt: skip
        yield (
            "Cosine between a track and itself, changed",
            [
                heading,
                *(
                    [
                        name.replace("_", " "),
                        str(told["n"]),
                        *(_number(told["ours"][figure], 4) for figure in ("min", "p5", "median")),
                        " / ".join(
                            _number(told["musicnn_raw_200"][figure], 4) for figure in ("min", "p5", "median")
                        ),
                        str(told["identical"]),
                        *(_number(told[figure]) for figure in ("same_tempo", "same_key", "arousal_moved")),
                    ]
                    for name, told in changes.items()
                ),
            ],
        )


def _descriptors(report: Mapping[str, Any]) -> Iterator[Table]:
    domains = {
        name: told for name, told in report.get("descriptors", {}).items() if isinstance(told, Mapping)
    }
    if domains:
        yield (
            "Descriptors beside what is known",
            [
                ["", *(f"{name} ({told['groups']} groups)" for name, told in domains.items())],
                *(
                    [words, *(_counted(told.get(name)) for told in domains.values())]
                    for name, words in _SHARES.items()
                ),
            ],
        )


def _emotion(report: Mapping[str, Any]) -> Iterator[Table]:
    judges = {name: told for name, told in report.get("emotion", {}).items() if isinstance(told, Mapping)}
    if not judges:
        return
    heading = [
        "judge",
        "axis",
        "tracks (groups)",
        "rank correlation",
        "pairs in order",
        "loudness alone",
        "stated deviation",
        "inside it",
    ]
    yield (
        "Emotion beside people's words",
        [
            heading,
            *(
                [
                    judge,
                    axis,
                    f"{told['n']} ({told['groups']})",
                    _interval(told[axis]["rank_correlation"]),
                    _interval(told[axis]["pairs_in_order"]),
                    _number(told[axis]["control"]),
                    _number(told[axis]["mean_uncertainty"]),
                    _number(told[axis]["inside_one_deviation"]),
                ]
                for judge, told in judges.items()
                for axis in ("arousal", "valence")
            ),
        ],
    )
    for judge, told in judges.items():
        words = told["words"]
        if words:
            yield (
                f"Mean arousal and valence by word, {judge}",
                [
                    ["word", "n", "arousal", "valence"],
                    *(
                        [
                            word,
                            str(each["n"]),
                            _number(each["arousal"]["mean"]),
                            _number(each["valence"]["mean"]),
                        ]
                        for word, each in sorted(words.items(), key=lambda item: -item[1]["arousal"]["mean"])
                    ),
                ],
            )


def _pairs(report: Mapping[str, Any]) -> Iterator[Table]:
    """Every correction where the bar is, elsewhere the plain cosine and the one in use."""
    told = report.get("pairs", {})
    if not told.get("figures"):
        return
    rows = [
        [
            question,
            correction,
            str(each["pairs"]),
            str(each["candidates"]),
            *(_interval(each[name]) for name in ("recall_at_1", "recall_at_10", "mean_reciprocal_rank")),
        ]
        for question, by_correction in told["figures"].items()
        for correction, each in by_correction.items()
        if question == "transcribed" or correction in (told["before"], told["after"])
    ]
    heading = [
        "question",
        "correction",
        "pairs",
        "candidates",
        "recall@1",
        "recall@10",
        "mean reciprocal rank",
    ]
    title = f"Real audio finds the render of its own notes: {told['tracks']} tracks of {told['packages']} packages"
    yield f"{title}; in use is “{told['after']}”", [heading, *rows]


def _bars(report: Mapping[str, Any]) -> Iterator[Table]:
    bars: Sequence[Mapping[str, Any]] = report.get("bars", [])
    if bars:
        yield (
            "Bars",
            [
                ["bar", "at least", "measured", "reached"],
                *(
                    [
                        each["bar"],
                        f"{each['least']:g}",
                        _interval(each, places=4),
                        "yes" if each["reached"] else "no",
                    ]
                    for each in bars
                ),
            ],
        )


_PARTS = {
    "library": _library,
    "retrieval": _retrieval,
    "robustness": _robustness,
    "descriptors": _descriptors,
    "emotion": _emotion,
    "pairs": _pairs,
    "bars": _bars,
}


def _counted(figure: Mapping[str, Any] | None) -> str:
    return "-" if figure is None else f"{_interval(figure)}, n = {figure['n']}"


def _interval(figure: Mapping[str, Any] | None, *, places: int = 3, percent: bool = False) -> str:
    if figure is None or figure.get("value") is None:
        return "-"
    scale, suffix, digits = (100.0, " %", 1) if percent else (1.0, "", places)
    value = f"{scale * figure['value']:.{digits}f}{suffix}"
    if figure.get("low") is None:
        return value
    return f"{value} [{scale * figure['low']:.{digits}f}, {scale * figure['high']:.{digits}f}]"


def _number(value: float | None, places: int = 3) -> str:
    return "-" if value is None else f"{value:.{places}f}"
