"""What a parser makes of each row of a history file, and what the person may say about reading it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from service.listening.listens import ListenEvent


@dataclass(frozen=True)
class ReadingOptions:
    """What a file leaves open: the zone of times that name none, and whether private listening is wanted."""

    time_zone: tzinfo | None = None
    include_private: bool = False


@dataclass(frozen=True)
class ListenRow:
    """A play or a skip. ``recording_msid``: the exporter's own key, by which a later thumb may name this recording."""

    event: ListenEvent
    recording_msid: str | None = None


@dataclass(frozen=True)
class ThumbRow:
    """A thumb on a recording, named by one of its codes or by its names. ``created_at`` is None where it is not told."""

    value: Literal["up", "down", "clear"]
    created_at: datetime | None
    recording_mbid: str | None = None
    recording_msid: str | None = None
    title: str = ""
    artist: str = ""
    isrc: str | None = None


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
