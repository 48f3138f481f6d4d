"""ListenBrainz exports: the zip of today, one of its ``.jsonl`` files alone, and the single ``.json`` of old.

The zip has ``user.json``, ``listens/YYYY/M.jsonl``, ``feedback.jsonl`` and ``pinned_recording.jsonl``
(listenbrainz-server, ``listenbrainz/background/export.py``); ``listened_at`` is the start of the listen.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    MBID,
    OLDEST,
    RowProblem,
    album_text,
    code,
    dictionary,
    isrc,
    moment,
    optional_seconds,
    required_text,
    seconds_of_milliseconds,
)
from service.listening.history_files.json_rows import array_rows, line_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow, ThumbRow
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "listenbrainz"
_MONTH_FILE = re.compile(r"(?:.*/)?listens/(\d{4})/(\d{1,2})\.jsonl", re.ASCII)
_NOT_LISTENS = ("feedback.jsonl", "pinned_recording.jsonl")
_THUMBS: dict[str, Literal["up", "down", "clear"]] = {"1": "up", "-1": "down", "0": "clear"}


def recognises(entry: Entry) -> bool:
    """Whether the file is one of an export's."""
    if _MONTH_FILE.fullmatch(entry.name) or entry.name.endswith(_NOT_LISTENS):
        return True
    start = entry.json_starts
    is_feedback = b'"score"' in start and b'"recording_m' in start
    return is_feedback or b'"track_metadata"' in start or b'"pinned_until"' in start


def read(entries: Sequence[Entry], _options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files, months in their order, listens before thumbs."""
    for entry in sorted(entries, key=_place):
        is_array = entry.json_starts.startswith(b"[")
        yield from array_rows(entry, "item", _parse) if is_array else line_rows(entry, _parse)


def _place(entry: Entry) -> tuple[bool, int, int]:
    """Thumbs name recordings by keys that only the listens explain."""
    month = _MONTH_FILE.fullmatch(entry.name)
    return entry.name.endswith(_NOT_LISTENS), int(month[1]) if month else 0, int(month[2]) if month else 0


def _parse(item: Any) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    if "score" in item:
        return _parse_thumb(item)
    if "pinned_until" in item:
        return SkippedRow("pinned_recording")
    return _parse_listen(item)


def _parse_thumb(item: dict[str, Any]) -> ThumbRow:
    value = _THUMBS.get(str(item["score"]))
    if value is None:
        raise RowProblem("a score other than 1, 0 and -1")
    return ThumbRow(
        value,
        moment(item.get("created"), "created"),
        code(item.get("recording_mbid"), MBID),
        code(item.get("recording_msid"), MBID),
    )


def _parse_listen(item: dict[str, Any]) -> ListenRow | SkippedRow:
    metadata = item.get("track_metadata")
    if not isinstance(metadata, dict):
        raise RowProblem("no track_metadata")
    if item.get("listened_at") is None:
        return SkippedRow("playing_now")
    listened_at = moment(item["listened_at"], "listened_at")
    if listened_at < OLDEST:
        return SkippedRow("clock_not_set")
    info = dictionary(metadata.get("additional_info"))
    mapping = dictionary(metadata.get("mbid_mapping"))
    track_seconds, played_seconds = _track_seconds(info), optional_seconds(info.get("duration_played"))
    told = info.get("skipped")
    event = ListenEvent(
        listened_at=listened_at,
        title=required_text(metadata.get("track_name"), "track_name"),
        artist=required_text(metadata.get("artist_name"), "artist_name"),
        source=SOURCE,
        album=album_text(metadata.get("release_name")),
        played_seconds=played_seconds,
        track_seconds=track_seconds,
        skipped=told if isinstance(told, bool) else was_skipped(played_seconds, track_seconds),
        recording_mbid=code(info.get("recording_mbid"), MBID) or code(mapping.get("recording_mbid"), MBID),
        isrc=isrc(info.get("isrc")),
    )
    return ListenRow(event, code(metadata.get("recording_msid") or item.get("recording_msid"), MBID))


def _track_seconds(info: dict[str, Any]) -> float | None:
    seconds = seconds_of_milliseconds(info.get("duration_ms"))
    return (seconds if seconds is not None else optional_seconds(info.get("duration"))) or None
