"""What the ear must reach, beside what it reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.bench.ear.pair_gathering import TRANSCRIBED
from service.bench.ear.pairs import SHIPPED


@dataclass(frozen=True)
class Bar:
    """A figure by its place in the report, and the least it must be."""

    name: str
    least: float
    place: tuple[str, ...]


_AFTER = ("pairs", "figures", TRANSCRIBED, SHIPPED)
BARS = (
    Bar(
        "style recall@1, gain over raw MusiCNN (200), album-disjoint",
        0.10,
        ("retrieval", "album_disjoint", "gain", "recall_at_1", "micro"),
    ),
    Bar(
        "tempo right or an octave off, rendered bands",
        0.85,
        ("descriptors", "rendered bands", "tempo_or_octave"),
    ),
    Bar(
        "tempo right or an octave off, packaged tracks", 0.75, ("descriptors", "packaged", "tempo_or_octave")
    ),
    Bar("key right or relative, rendered", 0.75, ("descriptors", "rendered", "key_or_relative")),
    Bar(
        "arousal, rank correlation with mood words",
        0.70,
        ("emotion", "packaged", "arousal", "rank_correlation"),
    ),
    Bar("pair recall@10 after correction", 0.50, (*_AFTER, "recall_at_10")),
    Bar("heard again, least cosine", 1.0, ("robustness", "changes", "heard_again", "ours", "min")),
    Bar("another process, least cosine", 1.0, ("robustness", "changes", "another_process", "ours", "min")),
    Bar("Opus 96 kb/s, least cosine", 0.95, ("robustness", "changes", "opus_96", "ours", "min")),
)


def bars_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each bar whose figure was measured: what was wanted, what was found (with its interval), whether it is reached."""
    told = []
    for bar in BARS:
        figure = _at(report, bar.place)
        found = figure if isinstance(figure, Mapping) else {"value": figure}
        if found.get("value") is not None:
            told.append(
                {"bar": bar.name, "least": bar.least, **found, "reached": found["value"] >= bar.least}
            )
    return told


def _at(report: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        report = report.get(name) if isinstance(report, Mapping) else None
    return report
