"""What a parser makes of each row of a history file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.listening.listens import ListenEvent


@dataclass(frozen=True)
class ListenRow:
    """A play or a skip. ``recording_msid``: the exporter's own key, by which a later thumb may name this recording."""

    event: ListenEvent
    recording_msid: str | None = None


@dataclass(frozen=True)
class ThumbRow:
    """A thumb on a recording, named by one of its codes."""

    value: Literal["up", "down", "clear"]
    created_at: datetime
    recording_mbid: str | None
    recording_msid: str | None


@dataclass(frozen=True)
class SkippedRow:
    """A row that is well formed and not wanted. ``reason`` is a stable word."""

    reason: str


@dataclass(frozen=True)
class FailedRow:
    """A row that cannot be read. ``line`` counts from 1 in ``file``, or is the row's number where there are no lines."""

    file: str
    line: int
    reason: str


HistoryRow = ListenRow | ThumbRow | SkippedRow | FailedRow
