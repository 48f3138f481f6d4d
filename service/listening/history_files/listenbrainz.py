"""ListenBrainz exports: the zip of today, one of its ``.jsonl`` files alone, and the single ``.json`` of old.

The zip has ``user.json``, ``listens/YYYY/M.jsonl``, ``feedback.jsonl`` and ``pinned_recording.jsonl``
(listenbrainz-server, ``listenbrainz/background/export.py``); ``listened_at`` is the start of the listen.
"""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

import ijson

from service.listening.history_files.archive import MOST_BYTES_PER_LINE, lines_of, open_archive
from service.listening.history_files.rows import FailedRow, HistoryRow, ListenRow, SkippedRow, ThumbRow
from service.listening.listens import ListenEvent, was_skipped

SOURCE = "listenbrainz"
# ListenBrainz takes nothing older: before Last.fm began, a time is a clock that was never set.
OLDEST = datetime(2002, 10, 1, tzinfo=UTC)
_LONGEST_SECONDS = 24 * 86_400.0
_NEWEST_SECONDS = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_MONTH_FILE = re.compile(r"(?:.*/)?listens/\d{4}/\d{1,2}\.jsonl")
_MBID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISRC = re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{3}\d{7}")
_THUMBS: dict[str, Literal["up", "down", "clear"]] = {"1": "up", "-1": "down", "0": "clear"}


class _BadRowError(ValueError):
    """A row that cannot be used; the message says why."""


def is_listenbrainz(path: Path) -> bool:
    """Whether the file looks like one of the three forms. Raises InvalidRequest for an archive over the limits."""
    if zipfile.is_zipfile(path):
        with open_archive(path) as archive:
            return any(_month_key(name) or name.endswith("feedback.jsonl") for name in archive.namelist())
    with path.open("rb") as stream:
        start = stream.read(MOST_BYTES_PER_LINE)
    return any(key in start for key in (b'"track_metadata"', b'"score"', b'"pinned_until"'))


def read_listenbrainz(path: Path) -> Iterator[HistoryRow]:
    """The rows in the order of the file, listens before thumbs. Raises InvalidRequest as ``open_archive`` does."""
    if zipfile.is_zipfile(path):
        yield from _read_zip(path)
        return
    with path.open("rb") as stream:
        start = stream.read(4096)
        is_array = start.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"[")
        stream.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
        yield from _read_array(stream, path.name) if is_array else _read_lines(stream, path.name)


def _month_key(name: str) -> tuple[int, int] | None:
    if not _MONTH_FILE.fullmatch(name):
        return None
    year, month = name.rsplit("/", 2)[-2:]
    return int(year), int(month.removesuffix(".jsonl"))


def _read_zip(path: Path) -> Iterator[HistoryRow]:
    with open_archive(path) as archive:
        names = archive.namelist()
        months = sorted((key, name) for name in names if (key := _month_key(name)))
        # Thumbs name recordings by keys that only the listens explain.
        others = [name for name in names if name.endswith(("feedback.jsonl", "pinned_recording.jsonl"))]
        for name in [*(name for _, name in months), *others]:
            with archive.open(name) as stream:
                yield from _read_entry(stream, name)


def _read_entry(stream: IO[bytes], name: str) -> Iterator[HistoryRow]:
    rows = 0
    try:
        for row in _read_lines(stream, name):
            rows += 1
            yield row
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        # A damaged entry ends where the damage starts; the other months are still good.
        yield FailedRow(name, rows + 1, "the archive is damaged from here to the end of this file")


def _read_lines(stream: IO[bytes], name: str) -> Iterator[HistoryRow]:
    for line in lines_of(stream):
        if line.text is None:
            yield FailedRow(name, line.number, line.problem)
            continue
        try:
            yield _parse(json.loads(line.text), name, line.number)
        except (ValueError, RecursionError):
            yield FailedRow(name, line.number, "not JSON")


def _read_array(stream: IO[bytes], name: str) -> Iterator[HistoryRow]:
    number = 0
    try:
        for number, item in enumerate(ijson.items(stream, "item", use_float=True), start=1):
            yield _parse(item, name, number)
    except ijson.JSONError:
        yield FailedRow(name, number + 1, "not JSON from here to the end of the file")


def _parse(item: Any, name: str, line: int) -> HistoryRow:
    try:
        if not isinstance(item, dict):
            raise _BadRowError("not an object")
        if "score" in item:
            return _parse_thumb(item)
        if "pinned_until" in item:
            return SkippedRow("pinned_recording")
        return _parse_listen(item)
    except _BadRowError as error:
        return FailedRow(name, line, str(error))


def _parse_thumb(item: dict[str, Any]) -> ThumbRow:
    value = _THUMBS.get(str(item["score"]))
    if value is None:
        raise _BadRowError("a score other than 1, 0 and -1")
    return ThumbRow(
        value,
        _moment(item.get("created"), "created"),
        _code(item.get("recording_mbid"), _MBID),
        _code(item.get("recording_msid"), _MBID),
    )


def _parse_listen(item: dict[str, Any]) -> ListenRow | SkippedRow:
    metadata = item.get("track_metadata")
    if not isinstance(metadata, dict):
        raise _BadRowError("no track_metadata")
    if item.get("listened_at") is None:
        return SkippedRow("playing_now")
    listened_at = _moment(item["listened_at"], "listened_at")
    if listened_at < OLDEST:
        return SkippedRow("clock_not_set")
    info = _dictionary(metadata.get("additional_info"))
    mapping = _dictionary(metadata.get("mbid_mapping"))
    track_seconds, played_seconds = _track_seconds(info), _optional_seconds(info.get("duration_played"))
    told = info.get("skipped")
    event = ListenEvent(
        listened_at=listened_at,
        title=_text(metadata.get("track_name"), "track_name"),
        artist=_text(metadata.get("artist_name"), "artist_name"),
        source=SOURCE,
        album=metadata.get("release_name") if isinstance(metadata.get("release_name"), str) else None,
        played_seconds=played_seconds,
        track_seconds=track_seconds,
        skipped=told if isinstance(told, bool) else was_skipped(played_seconds, track_seconds),
        recording_mbid=_code(info.get("recording_mbid"), _MBID)
        or _code(mapping.get("recording_mbid"), _MBID),
        isrc=_code(info.get("isrc"), _ISRC),
    )
    return ListenRow(event, _code(metadata.get("recording_msid") or item.get("recording_msid"), _MBID))


def _moment(value: Any, name: str) -> datetime:
    seconds = _number(value, name)
    if not 0 <= seconds <= _NEWEST_SECONDS:
        raise _BadRowError(f"{name} is not a time")
    return datetime.fromtimestamp(int(seconds), UTC)


def _dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _BadRowError(f"{name} is not a number")
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise _BadRowError(f"{name} is not a number") from error


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _BadRowError(f"no {name}")
    # NUL is the one character PostgreSQL's text cannot hold.
    return value.replace("\x00", "").strip()


def _code(value: Any, pattern: re.Pattern[str]) -> str | None:
    """A well-formed code; clients send many that are not, and a listen is worth keeping without one."""
    compact = value.replace("-", "") if isinstance(value, str) and pattern is _ISRC else value
    return compact if isinstance(compact, str) and pattern.fullmatch(compact) else None


def _optional_seconds(value: Any) -> float | None:
    return _optional(value, _LONGEST_SECONDS)


def _optional(value: Any, highest: float) -> float | None:
    try:
        number = _number(value, "length")
    except _BadRowError:
        return None
    return number if 0 <= number <= highest else None


def _track_seconds(info: dict[str, Any]) -> float | None:
    milliseconds = _optional(info.get("duration_ms"), _LONGEST_SECONDS * 1000)
    seconds = milliseconds / 1000 if milliseconds is not None else _optional_seconds(info.get("duration"))
    return seconds or None
