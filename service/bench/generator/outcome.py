"""What parts of the bench leave behind: kept one by one, so that a run that was stopped goes on where it was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.store.media import write_atomically

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class PartResult:
    """Figures by their place in the report, and tables of rows by the name of their file."""

    report: dict[str, Any]
    rows: Mapping[str, Rows] = field(default_factory=dict)


class PartStore:
    """Results in a folder, each under the key of what it was measured on."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key

    def get(self, name: str) -> PartResult | None:
        """The result of this part for this key, or None."""
        path = self._folder / f"{name}.json"
        if not path.is_file():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        return PartResult(kept["report"], kept["rows"]) if kept["key"] == self._key else None

    def put(self, name: str, result: PartResult) -> PartResult:
        """Keep it, and give it as it will be read again."""
        content = {"key": self._key, "report": result.report, "rows": result.rows}
        write_atomically(self._folder / f"{name}.json", (json.dumps(content, indent=1) + "\n").encode())
        kept = self.get(name)
        return result if kept is None else kept


def merged(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One report of several; mappings at the same place become one, of anything else the last stays."""
    together: dict[str, Any] = {}
    for report in reports:
        for name, value in report.items():
            there = together.get(name)
            if isinstance(there, Mapping) and isinstance(value, Mapping):
                together[name] = merged([there, value])
            else:
                together[name] = value
    return together
