"""What was measured of a model version, in words."""

from typing import Any

from service.store.tables import ModelVersion

_NAMES = {
    "held_out": "Held-out plays",
    "recall_at_20": "Found in the first 20",
    "recall_at_20_in_use": "The one before found",
    "chance_not_worse": "Chance that it is not worse",
    "listeners": "Listeners it learnt from",
    "vector_size": "Numbers a track",
    "collaborative": "Weight of what others play",
}
_SHARES = {"recall_at_20", "recall_at_20_in_use", "chance_not_worse"}
_TOLD_OF_CONFIG = ("vector_size",)
_MOST = 12


def figures_of(version: ModelVersion) -> list[tuple[str, str]]:
    """Pairs of a name and a figure: what its training measured, and what of its configuration says something."""
    values = {name: version.config[name] for name in _TOLD_OF_CONFIG if name in version.config}
    values |= {name: value for name, value in version.metrics.items() if _is_number(value)}
    return [(_NAMES.get(name, _plain(name)), _shown(name, value)) for name, value in values.items()][:_MOST]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _shown(name: str, value: float) -> str:
    if name in _SHARES:
        return f"{value:.1%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"
