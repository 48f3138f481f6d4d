"""What is said of a history file: what it holds, and what became of each of its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from service.listening.history_files.rows import FailedRow, HistoryRow, ListenRow, SkippedRow

# Failures beyond these are counted and not listed, so that a file that is wrong throughout gives a short report.
FAILURES_LISTED = 100
_FILES_LISTED = 100


@dataclass
class ImportReport:
    """What became of each row: imported + duplicate + the skipped + failed == rows.

    listens and thumbs divide the imported; matched counts the imported listens whose track is in the library;
    skips counts the imported listens that were skips. by_year counts the imported listens. failures: "FILE line N:
    reason", the first hundred.
    """

    source: str
    rows: int = 0
    imported: int = 0
    duplicate: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    listens: int = 0
    thumbs: int = 0
    skips: int = 0
    matched: int = 0
    by_year: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    import_id: str | None = None

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "ImportReport":
        """The report that `to_json` gave."""
        names = {each.name for each in fields(cls)}
        values = {name: value for name, value in told.items() if name in names}
        return cls(
            **values
            | {"skipped": Counter(told.get("skipped", {})), "by_year": Counter(told.get("by_year", {}))}
        )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            **asdict(self),
            "skipped": dict(sorted(self.skipped.items())),
            "by_year": dict(sorted(self.by_year.items())),
        }

    def add_failure(self, row: FailedRow) -> None:
        """Counts a row that cannot be read, and keeps where it stands."""
        self.failed += 1
        if len(self.failures) < FAILURES_LISTED:
            self.failures.append(f"{row.file} line {row.line}: {row.reason}")


@dataclass
class ImportPreview:
    """What a file holds before anything is read in. by_year counts listens; skipped counts rows by reason.

    files are those that are read, passed_over others in the archive, a hundred of each at most. warnings are sentences.
    needs_time_zone: the listener has to say where the times were written.
    """

    source: str
    rows: int = 0
    listens: int = 0
    thumbs: int = 0
    skips: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    by_year: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    needs_time_zone: bool = False

    def count(self, row: HistoryRow) -> None:
        """Counts one row."""
        self.rows += 1
        if isinstance(row, ListenRow):
            self.listens += 1
            self.skips += row.event.skipped
            self.by_year[str(row.event.listened_at.year)] += 1
        elif isinstance(row, SkippedRow):
            self.skipped[row.reason] += 1
        elif isinstance(row, FailedRow):
            self.failed += 1
            if len(self.failures) < FAILURES_LISTED:
                self.failures.append(f"{row.file} line {row.line}: {row.reason}")
        else:
            self.thumbs += 1

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            **asdict(self),
            "skipped": dict(sorted(self.skipped.items())),
            "by_year": dict(sorted(self.by_year.items())),
            "files": self.files[:_FILES_LISTED],
            "passed_over": self.passed_over[:_FILES_LISTED],
        }
