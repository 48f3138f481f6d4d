"""How the composer's networks were trained, as the files beside their weights tell it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from service.settings import Settings

_MOST_POINTS = 60


@dataclass(frozen=True)
class Curve:
    """A measure by training step: ``points`` are pairs of a step and a value, in that order."""

    name: str
    unit: str
    points: tuple[tuple[int, float], ...]


def training_curves(settings: Settings) -> list[Curve]:
    """The curves of the weights in use, those that there are; a broken record counts as none."""
    folder = settings.composer_dir or _shipped_weights()
    if folder is None:
        return []
    recorded = _read(folder / "training.json").get("curves", {})
    curves = [
        _curve(f"{name.capitalize()}: loss", "loss", rows, "loss")
        for name, rows in (recorded.items() if isinstance(recorded, Mapping) else ())
    ]
    notes = _read(folder / "transformer.json").get("curve", [])
    curves.append(_curve("Tunes: bits a note", "bits", notes, "bits_a_note"))
    return [curve for curve in curves if len(curve.points) > 1]


def _shipped_weights() -> Path | None:
    # Found and not imported: its libraries are heavy.
    found = find_spec("generator")
    places = found.submodule_search_locations if found is not None else None
    return Path(places[0]) / "weights" if places else None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _curve(name: str, unit: str, rows: object, field: str) -> Curve:
    points = [
        (int(row["step"]), float(row[field]))
        for row in (rows if isinstance(rows, Sequence) else ())
        if isinstance(row, Mapping) and "step" in row and field in row
    ]
    return Curve(name, unit, tuple(points[:: max(1, -(-len(points) // _MOST_POINTS))]))
