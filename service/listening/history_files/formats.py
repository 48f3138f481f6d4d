"""The formats that are known, and which of them a file is: told by what is in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.errors import InvalidRequest
from service.listening.history_files import (
    apple_music,
    deezer,
    lastfm,
    lastfm_archive,
    lastfm_to_csv,
    listenbrainz,
    maloja,
    scrobbler_log,
    spotify,
    spotify_account,
    youtube_music,
)
from service.listening.history_files.entries import Entry, open_entries
from service.listening.history_files.rows import HistoryRow, ReadingOptions


def _nothing_lacks(_entries: Sequence[Entry]) -> str | None:
    return None


def _has_time_zone(_entry: Entry) -> bool:
    return False


@dataclass(frozen=True)
class HistoryFormat:
    """One format. ``key`` is its stable word, ``files`` says in words which files they are.

    by_the_minute: its times have no seconds. warning: what a person should know of it. lacking: what to say where its
    files have no plays. lacks_time_zone: whether a file's times are in a zone that it does not name.
    """

    key: str
    service: str
    files: str
    recognises: Callable[[Entry], bool]
    read: Callable[[Sequence[Entry], ReadingOptions], Iterator[HistoryRow]]
    by_the_minute: bool = False
    warning: str | None = None
    lacking: Callable[[Sequence[Entry]], str | None] = _nothing_lacks
    lacks_time_zone: Callable[[Entry], bool] = _has_time_zone


FORMATS = (
    HistoryFormat(
        "spotify_extended",
        "Spotify",
        "Streaming_History_Audio_*.json or endsong_*.json of the extended streaming history, or its zip",
        spotify.recognises,
        spotify.read,
    ),
    HistoryFormat(
        "spotify_account",
        "Spotify",
        "StreamingHistory_music_*.json of the account data, or its zip",
        spotify_account.recognises,
        spotify_account.read,
        by_the_minute=True,
        warning="This is Spotify's account data, which has the last year only and no albums. "
        "Ask Spotify for the extended streaming history to bring in all of it.",
    ),
    HistoryFormat(
        "lastfm_ghan",
        "Last.fm",
        "recenttracks-*.csv or .json of ghan's exporter",
        lastfm.recognises,
        lastfm.read,
    ),
    HistoryFormat(
        "lastfm_archive",
        "Last.fm",
        "scrobbles.tsv, loved_tracks.tsv and banned_tracks.tsv of Last.fm's own archive, or its zip",
        lastfm_archive.recognises,
        lastfm_archive.read,
    ),
    HistoryFormat(
        "apple_music",
        "Apple Music",
        "Apple_Media_Services.zip, or Apple Music Play Activity.csv from it",
        apple_music.recognises,
        apple_music.read,
        lacking=apple_music.lacking,
    ),
    HistoryFormat(
        "youtube_music",
        "YouTube Music",
        "watch-history.json or .html of Google Takeout, or its zip",
        youtube_music.recognises,
        youtube_music.read,
    ),
    HistoryFormat(
        "deezer",
        "Deezer",
        "deezer-data_*.xlsx",
        deezer.recognises,
        deezer.read,
        warning="Deezer does not say in which time zone its times are; they are taken for UTC.",
    ),
    HistoryFormat("maloja", "Maloja", "maloja_export_*.json", maloja.recognises, maloja.read),
    HistoryFormat(
        "scrobbler_log",
        "Portable players",
        ".scrobbler.log",
        scrobbler_log.recognises,
        scrobbler_log.read,
        lacks_time_zone=scrobbler_log.lacks_time_zone,
    ),
    HistoryFormat(
        "listenbrainz",
        "ListenBrainz",
        "listenbrainz_*.zip, a .jsonl from it, or the .json of old",
        listenbrainz.recognises,
        listenbrainz.read,
    ),
    # Last: it has no head line, so a line of it is looked for anywhere at a file's start.
    HistoryFormat(
        "lastfm_to_csv",
        "Last.fm",
        "the .csv of benjaminbenben's lastfm-to-csv",
        lastfm_to_csv.recognises,
        lastfm_to_csv.read,
        by_the_minute=True,
    ),
)

SOURCES_BY_THE_MINUTE = frozenset({spotify_account.SOURCE, lastfm_to_csv.SOURCE})
"""Sources of listens whose times have no seconds."""

_OTHER_FILES = (
    (b'"playlists"', "This is a file of playlists, not of what was played."),
    (b'"tracks"', "This is a library or a playlist, not a history of what was played."),
    (b"<plist", "This is a music library of iTunes, which counts plays and does not say when they were."),
)


@dataclass(frozen=True)
class HistoryFile:
    """A file that was recognised: its format, the entries that are of it, and the names of those that were passed over."""

    format: HistoryFormat
    entries: tuple[Entry, ...]
    passed_over: tuple[str, ...]

    @property
    def lacks_time_zone(self) -> bool:
        """Whether the person has to say in which time zone it was written."""
        return any(self.format.lacks_time_zone(entry) for entry in self.entries)

    @property
    def size_bytes(self) -> int:
        """Of all entries together, at least 1."""
        return max(sum(entry.size_bytes for entry in self.entries), 1)

    def read(self, options: ReadingOptions) -> Iterator[HistoryRow]:
        """All rows."""
        return self.format.read(self.entries, options)

    def share_read(self) -> float:
        """How much of it was read so far, 0 to 1."""
        return min(self.entries[0].counter.count / self.size_bytes, 1.0)


@contextmanager
def open_history_file(path: Path, name: str | None = None) -> Iterator[HistoryFile]:
    """The file and what it is, while the block runs. ``name`` is what the person calls it.

    Raises NotFound (``no_such_file``) and InvalidRequest (``unknown_history_format``, ``history_file_incomplete``,
    ``several_history_formats``, and as `open_entries`).
    """
    with open_entries(path, name) as entries:
        yield _recognised(entries, name or path.name)


def _recognised(entries: list[Entry], name: str) -> HistoryFile:
    by_format: dict[str, list[Entry]] = {}
    passed_over = []
    for entry in entries:
        known = next((each for each in FORMATS if each.recognises(entry)), None)
        if known is None:
            passed_over.append(entry.name)
        else:
            by_format.setdefault(known.key, []).append(entry)
    if not by_format:
        raise InvalidRequest(_what_it_is(entries, name), code="unknown_history_format")
    found = [each for each in FORMATS if each.key in by_format]
    if len(found) > 1:
        services = " and ".join(each.key for each in found)
        raise InvalidRequest(
            f"{name} has files of several kinds ({services}): bring them in one after the other.",
            code="several_history_formats",
        )
    history_format = found[0]
    mine = sorted(by_format[history_format.key], key=lambda entry: entry.name)
    lacking = history_format.lacking(mine)
    if lacking:
        raise InvalidRequest(lacking, code="history_file_incomplete")
    return HistoryFile(history_format, tuple(mine), tuple(passed_over))


def _what_it_is(entries: list[Entry], name: str) -> str:
    if len(entries) == 1:
        for mark, sentence in _OTHER_FILES:
            if mark in entries[0].head:
                return sentence
    services = ", ".join(
        dict.fromkeys(each.service for each in FORMATS if each.service != "Portable players")
    )
    return f"{name} is no listening history that is known here: those of {services} and .scrobbler.log are."
