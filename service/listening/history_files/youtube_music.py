"""YouTube Music from Google Takeout: ``watch-history.json`` or ``.html``, which hold what was watched on YouTube too.

Only rows whose header says YouTube Music are music. Nothing tells how long a play was, so there are no skips.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    OLDEST,
    RowProblem,
    dictionary,
    iso_moment,
    optional_text,
    required_text,
)
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions, SkippedRow
from service.listening.history_files.youtube_html import cells_of, is_history_page
from service.listening.listens import ListenEvent

SOURCE = "youtube_music"
HEADER = "YouTube Music"
_TOPIC = " - Topic"
# Before or after the title stands "watched", in the language of the account.
_KNOWN_BEFORE = ("Watched ", "Listened to ", "Vous avez regardé ", "Has visto ", "Hai guardato ")
_KNOWN_AFTER = (" angesehen", " bekeken")
_TITLES_TO_LEARN_FROM, _MOST_TITLES = 10, 2_000


def recognises(entry: Entry) -> bool:
    """Whether it is the history in either form."""
    is_json = all(key in entry.json_starts for key in (b'"header"', b'"title"', b'"time"', b"YouTube"))
    return is_json or is_history_page(entry)


def read(entries: Sequence[Entry], options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files."""
    for entry in entries:
        if is_history_page(entry):
            for row in cells_of(entry, options):
                yield row if not isinstance(row, tuple) else _listen(*row)
        else:
            words = _words_of(entry)
            yield from array_rows(entry, "item", partial(_parse, words=words))


class _Words(NamedTuple):
    """What stands before and after every title of a file."""

    before: str
    after: str

    def taken_off(self, title: str) -> str:
        return title.removeprefix(self.before).removesuffix(self.after).strip().strip('"')


def _parse(item: Any, words: _Words) -> HistoryRow:
    if not isinstance(item, dict):
        raise RowProblem("not an object")
    title = required_text(item.get("title"), "title")
    return _listen(
        str(item.get("header", "")),
        words.taken_off(title),
        _channel(item),
        iso_moment(item.get("time"), "time"),
    )


def _listen(header: str, title: str, channel: str | None, began_at: datetime) -> HistoryRow:
    if header.strip() != HEADER:
        return SkippedRow("not_music")
    if channel is None or "youtube.com/watch" in title:
        return SkippedRow("removed_video")
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    artist = channel.removesuffix(_TOPIC)
    return ListenRow(
        ListenEvent(began_at, required_text(title, "title"), required_text(artist, "artist"), SOURCE)
    )


def _channel(item: dict[str, Any]) -> str | None:
    subtitles = item.get("subtitles")
    first = subtitles[0] if isinstance(subtitles, list) and subtitles else None
    return optional_text(dictionary(first).get("name"))


def _words_of(entry: Entry) -> _Words:
    """The words around titles, by what all titles of the file have in common."""
    titles: set[str] = set()

    def note(item: Any) -> SkippedRow:
        title = optional_text(item.get("title")) if isinstance(item, dict) else None
        if title and item.get("header") == HEADER:
            titles.add(title)
        return SkippedRow("helps")

    for _ in array_rows(entry, "item", note):
        if len(titles) >= _MOST_TITLES:
            break
    before = _common_beginning(titles)
    after = _common_beginning({title[::-1] for title in titles})[::-1]
    known_before = next((words for words in _KNOWN_BEFORE if before.startswith(words)), "")
    known_after = next((words for words in _KNOWN_AFTER if after.endswith(words)), "")
    if known_before or known_after or len(titles) < _TITLES_TO_LEARN_FROM:
        return _Words(known_before, known_after)
    return _Words(before[: before.rfind(" ") + 1], after[after.find(" ") :] if " " in after else "")


def _common_beginning(texts: set[str]) -> str:
    """What all of them begin with: what the first and the last in order have in common."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    length = next(
        (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None
    )
    return first[:length]
