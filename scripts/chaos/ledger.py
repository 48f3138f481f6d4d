"""What the service acknowledged, kept outside of it: in memory, and a line at a time in a file."""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One write the service said it had done: who wrote, what kind, and what to find it by afterwards."""

    listener: str
    kind: str
    what: dict[str, Any]


class Ledger:
    """Entries in the order they were acknowledged; for each listener that is the order in which they were asked."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self.entries: list[Entry] = []
        self.retries = 0

    def acknowledged(self, listener: str, kind: str, **what: Any) -> None:
        """Write an entry down."""
        entry = Entry(listener, kind, what)
        with self._lock:
            self.entries.append(entry)
            self._file.write(json.dumps(asdict(entry)) + "\n")
            self._file.flush()

    def retried(self) -> None:
        """An answer did not come, and the same was asked again."""
        with self._lock:
            self.retries += 1

    def of(self, kind: str) -> list[Entry]:
        """The entries of this kind."""
        return [entry for entry in self.entries if entry.kind == kind]

    def close(self) -> None:
        """No more is written."""
        self._file.close()
