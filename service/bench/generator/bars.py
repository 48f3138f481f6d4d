"""What the generator must reach, beside what it reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.notes import ROWS


@dataclass(frozen=True)
class Bar:
    """A figure by its place in the report; it must be at least, or at most, `bar`, and is wanted to be `aim`."""

    name: str
    place: tuple[str, ...]
    bar: float
    aim: float | None
    is_most: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value <= self.bar if self.is_most else value >= self.bar


_ONSET_BARS = {"lead": (0.95, 0.98), "comp": (0.90, 0.95), "pad": (0.90, 0.95), "bass": (0.95, 0.98), "drums": (0.95, 0.98)}  # fmt: skip

BARS = (
    *(Bar(f"codec, onset F1 of {row}", ("codec", "onset_f1", row), *_ONSET_BARS[row]) for row in ROWS),
    Bar("codec, F1 lost under latent noise, worst row", ("codec", "noise_loss"), 0.03, None, is_most=True),
    Bar("codec, reconstructions told from real, AUC", ("codec", "reconstruction_auc"), 0.6, None, is_most=True),
    Bar("composed told from real, AUC", ("quality", "auc"), 0.85, 0.7, is_most=True),
    Bar("the same of its weakest control, AUC", ("quality", "auc_controls"), 0.9, None),
    Bar("typical: inside the real 5-95 % band", ("quality", "typicality"), 0.7, 0.9),
    Bar("no more clashes than real at the 95th percentile", ("quality", "clash_share"), 0.8, 0.95),
    Bar("form, share of real", ("quality", "form_share"), 0.6, 0.9),
    Bar("style, (ours - floor) / (oracle - floor)", ("style", "ratio"), 0.6, 0.85),
    Bar("style with one instrumentation and tempo, p", ("style", "fixed_instruments_p"), 0.01, None, is_most=True),
    Bar("arousal, rank correlation", ("emotion", "arousal"), 0.8, 0.9),
    Bar("arousal at fixed tempo and instruments", ("emotion", "arousal_fixed"), 0.5, 0.7),
    Bar("index, gap of mean cosines", ("index", "cosine_gap"), 0.05, None, is_most=True),
    Bar("index, share that one thumb down moves", ("index", "thumb_spill"), 0.2, None, is_most=True),
    Bar("latent to notes, times real time", ("speed", "compose_x_realtime"), 40.0, 150.0),
    Bar("60 s from request to file, seconds", ("speed", "request_seconds_60s"), 8.0, 5.0, is_most=True),
    Bar("times as fast as Stable Audio 3 small-music", ("speed", "vs_stable_audio_3_small"), 10.0, 30.0),
    Bar("memory of one composition, MB", ("memory_mb",), 1_200.0, None, is_most=True),
    Bar("weights, MB", ("weights_mb",), 40.0, None, is_most=True),
)  # fmt: skip


def bars_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each bar whose figure was measured: what was wanted, what was found (with its interval), whether it is reached."""
    told = []
    for bar in BARS:
        figure = figure_at(report, bar.place)
        if figure is not None:
            told.append(
                _told(
                    bar.name,
                    bar.bar,
                    bar.aim,
                    figure,
                    most=bar.is_most,
                    reached=bar.is_reached(figure["value"]),
                )
            )
    ours, real = (figure_at(report, ("copying", name)) for name in ("ours", "real_p95"))
    if ours is not None and real is not None:
        # What real works share with others is the bar, so it is found in the same run.
        found = ours["value"] <= real["value"]
        told.append(
            _told("copying, longest shared passage", real["value"], None, ours, most=True, reached=found)
        )
    return told


def figure_at(report: Any, place: tuple[str, ...]) -> dict[str, Any] | None:
    """The figure at a place, as a mapping with `value`; None where it was not measured.

    A mapping of several figures, such as those of the controls, stands for the least of them.
    """
    for name in place:
        report = report.get(name) if isinstance(report, Mapping) else None
    if isinstance(report, Mapping) and "value" not in report:
        several = [figure_at(report, (name,)) for name in report]
        known = [figure for figure in several if figure is not None]
        return min(known, key=lambda figure: figure["value"]) if known else None
    if isinstance(report, Mapping):
        return dict(report) if report["value"] is not None else None
    return {"value": report} if isinstance(report, (int, float)) else None


def _told(
    name: str, bar: float, aim: float | None, figure: Mapping[str, Any], *, most: bool, reached: bool
) -> dict[str, Any]:
    found = {part: figure.get(part) for part in ("value", "low", "high", "n")}
    return {"bar": name, "most" if most else "least": bar, "aim": aim, **found, "reached": reached}
