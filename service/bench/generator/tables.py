"""The report of the generator as tables: rows of text, printed for people or written into the docs."""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.notes import ROWS
from service.bench.printed_tables import Table, marked_down, printed


def in_words(report: Mapping[str, Any]) -> str:
    """All tables, columns in line."""
    return printed(table for part in _PARTS.values() for table in part(report))


def in_markdown(report: Mapping[str, Any], name: str) -> str:
    """The tables whose part of the report is `name`."""
    return marked_down(_PARTS[name](report))


def _bars(report: Mapping[str, Any]) -> Iterator[Table]:
    bars = report.get("bars", [])
    if bars:
        yield (
            "Bars",
            [
                ["bar", "wanted", "aim", "measured", "n", "reached"],
                *(
                    [
                        each["bar"],
                        f"<= {each['most']:g}" if "most" in each else f">= {each['least']:g}",
                        "" if each["aim"] is None else f"{each['aim']:g}",
                        interval(each),
                        "" if each.get("n") is None else str(each["n"]),
                        "yes" if each["reached"] else "no",
                    ]
                    for each in bars
                ),
            ],
        )


def _not_measured(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("not_measured")
    if told:
        yield "Not measured", [["part", "why"], *([name, why] for name, why in told.items())]


def _pieces(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("pieces")
    if told:
        yield (
            "What was composed",
            [
                ["pieces", "clusters", "seconds each", "passed their screening"],
                [str(told[name]) for name in ("n", "clusters", "seconds_each", "passed")],
            ],
        )


def _codec(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("codec")
    if not told:
        return
    bars = told["bars"]
    lost = told["noise_loss"]["by_row"]
    yield (
        f"Codec: {bars['measured']} of {bars['distinct']} distinct bars of {bars['works']} works",
        [
            ["row", "onset F1", "onsets", "lost under noise"],
            *(
                [
                    row,
                    interval(told["onset_f1"][row]),
                    str(told["onset_f1"][row]["n"]),
                    number(lost.get(row)),
                ]
                for row in ROWS
            ),
        ],
    )


def _speed(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("speed", {})
    rows = []
    if "compose_x_realtime" in told:
        figure = told["compose_x_realtime"]
        rows += [
            ["latent to notes, times real time", interval(figure), f"{figure['music_seconds']:g} s of music"],
            [
                "the same with nothing to begin from",
                interval(told["anew_x_realtime"]),
                f"{figure['music_seconds']:g} s of music",
            ],
            [
                "request to playable file, seconds",
                interval(told["request_seconds_60s"]),
                f"{told['request_seconds_60s']['music_seconds']:g} s of music",
            ],
            ["memory of one composition, MB", interval(report["memory_mb"]), "resident, a fresh process"],
            ["weights, MB", interval(report["weights_mb"]), "all files beside the code"],
            ["threads, cores, processes waiting", f"{told['threads']}, {told['cpus']}, {told['load']}", ""],
        ]
    ratio = told.get("vs_stable_audio_3_small")
    if ratio:
        beside = (
            f"CPU-seconds; by the clock {ratio['by_clock']}, its denoiser alone {ratio['denoiser_alone']}"
        )
        rows.append(["times as fast as Stable Audio 3 small-music", interval(ratio), beside])
    if rows:
        yield "Speed and size", [["what", "measured", "of"], *rows]


def _quality(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("quality", {})
    rows = (
        [["composed told from real, AUC", interval(told["auc"]), _count(told["auc"])]]
        if "auc" in told
        else []
    )
    rows += [
        [f"control: {name.replace('_', ' ')}, AUC", interval(figure), _count(figure)]
        for name, figure in told.get("auc_controls", {}).items()
    ]
    words = {
        "auc_real": "real told from real, AUC",
        "mmd": "kernel distance of descriptions, unbiased",
        "typicality": "inside the real 5-95 % band of bits a note",
        "clash_share": "no more clashes than real at the 95th percentile",
        "form_share": "form: phrases that come back, share of real",
    }
    rows += [[text, interval(told[name]), _count(told[name])] for name, text in words.items() if name in told]
    if rows:
        yield "Quality of the notes", [["measure", "found", "n"], *rows]
    yield from _ladders(told)


def _ladders(told: Mapping[str, Any]) -> Iterator[Table]:
    ladders = told.get("ladder", {})
    if ladders:
        rungs = list(next(iter(ladders.values()))["rungs"])
        rows = [
            [
                measure,
                *(interval(figure["rungs"].get(rung), places=2) for rung in rungs),
                number(figure["kept"], 2),
                "yes" if figure["admitted"] else "no",
            ]
            for measure, figure in ladders.items()
        ]
        heading = ["measure", *(rung.replace("_", " ") for rung in rungs), "pairs in order", "admitted"]
        yield "Ladders: real music, and the same made worse", [heading, *rows]
    typicality = told.get("typicality")
    if isinstance(typicality, Mapping) and typicality.get("ladder"):
        rows = [
            [
                rung.replace("_", " "),
                *(number(found[name]) for name in ("pairs_in_order", "inside", "median_bits")),
            ]
            for rung, found in typicality["ladder"].items()
        ]
        title = f"Ladder of typicality (judge: {typicality['judge']}; real works among themselves {interval(typicality['real'])})"
        yield title, [["corruption", "costs more than real", "inside the band", "median bits a note"], *rows]


def _copying(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("copying")
    if told:
        streams = {"tune": told, **{name: told[name] for name in ("chords",) if name in told}}
        rows = [
            [
                stream,
                interval(figure["ours"]),
                interval(figure["real_p95"]),
                number(figure["longest"], 1),
                interval(figure["share_above_real_p95"]),
            ]
            for stream, figure in streams.items()
        ]
        heading = [
            "",
            "ours, 95th percentile",
            "works held back, 95th percentile",
            "ours, longest",
            "ours above",
        ]
        yield "Copying: beats of the longest passage shared with one training work", [heading, *rows]


def _count(figure: Any) -> str:
    return str(figure.get("n", "")) if isinstance(figure, Mapping) else ""


def _style(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("style")
    if not told:
        return
    names = ("ours", "fixed", "oracle", "ceiling")
    words = {"fixed": "ours in one instrumentation and tempo", "oracle": "oracle: nearest corpus passages",
             "ceiling": "ceiling: the recordings that asked"}  # fmt: skip
    rows = [_style_row(words.get(name, name), told[name]) for name in names if told.get(name)]
    rows += [_style_row(f"arm: {arm}", figure) for arm, figure in told.get("arms", {}).items()]
    rows.append(["floor: conditions permuted", number(told["floor"]), "", "", ""])
    rows.append(["ratio, (ours - floor) / (oracle - floor)", interval(told.get("ratio")), "", "", ""])
    heading = ["", "told to be for their cluster", "in order", "p", "n"]
    yield f"Style: which of {told['clusters']} clusters was it composed for?", [heading, *rows]


def _style_row(words: str, figure: Mapping[str, Any]) -> list[str]:
    cells = [interval(figure["share"]), number(figure["order"]), number(figure["p"], 5), str(figure["n"])]
    return [words, *cells]


def _emotion(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("emotion")
    if told:
        names = {
            "arousal": "arousal, all free",
            "arousal_fixed": "arousal, tempo and instruments fixed",
            "valence": "valence, all free",
            "judge_arousal": "the judge itself: arousal of labelled tracks",
            "judge_valence": "the judge itself: valence of labelled tracks",
        }
        rows = [
            [judge, words, interval(figures[name]), number(figures[name].get("permuted_p95")), str(figures[name]["n"])]
            for judge, figures in told["judges"].items()
            for name, words in names.items()
        ]  # fmt: skip
        yield "Emotion, rank correlation of asked and heard", [["judge", "what", "found", "chance, 95 %", "n"], *rows]  # fmt: skip


def _index(report: Mapping[str, Any]) -> Iterator[Table]:
    told = report.get("index")
    if told:
        rows = [
            [
                "compositions for different clusters, more alike than recordings by",
                interval(told["cosine_gap"]),
            ],
            ["recordings of different clusters, mean cosine", number(told["cosine_between_recordings"])],
            ["share of its cluster's compositions that a thumb down moves", interval(told["thumb_spill"])],
            ["the same among recordings", interval(told["thumb_spill_of_recordings"])],
        ]
        heard = told.get("as_heard")
        if heard:
            rows += [
                ["as heard, without the offset removed: more alike by", interval(heard["cosine_gap"])],
                ["as heard: a thumb down moves", interval(heard["thumb_spill"])],
            ]
        yield f"In the index: {told['n']} compositions, {told['recordings']} recordings", [["what", "measured"], *rows]  # fmt: skip


_PARTS = {
    "bars": _bars,
    "not_measured": _not_measured,
    "pieces": _pieces,
    "codec": _codec,
    "quality": _quality,
    "style": _style,
    "copying": _copying,
    "emotion": _emotion,
    "index": _index,
    "speed": _speed,
}


def interval(figure: Any, *, places: int = 3) -> str:
    """A number, or a mapping with `value` and where it has one its interval, as text; "-" for what was not measured."""
    if not isinstance(figure, Mapping):
        return number(figure, places)
    if figure.get("value") is None:
        return "-"
    value = number(figure["value"], places)
    if figure.get("low") is None:
        return value
    return f"{value} [{number(figure['low'], places)}, {number(figure['high'], places)}]"


def number(value: float | None, places: int = 3) -> str:
    """As text; "-" for none."""
    return "-" if value is None else f"{value:.{places}f}"
