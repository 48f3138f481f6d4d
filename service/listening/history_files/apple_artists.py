"""Who plays a song in Apple's data, where the play itself does not say: looked up in the archive's other files."""

from collections.abc import Iterator, Sequence
from typing import Any

from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import optional_text
from service.listening.history_files.json_rows import array_rows
from service.listening.history_files.rows import HistoryRow, SkippedRow
from service.listening.history_files.tables import first, head_of, headed_rows
from service.listening.names import comparable, comparable_title

# Nobody's library is larger; what lies beyond is not read.
MOST_SONGS = 500_000
_DESCRIPTIONS = ("track description", "track name")
_DAILY = frozenset({"track description", "date played"})
_HISTORY = frozenset({"track name", "last played date"})


class AppleArtists:
    """Artists by title and album, and by title alone where all songs of that title are one artist's."""

    def __init__(self) -> None:
        self._by_album: dict[tuple[str, str], str] = {}
        self._by_title: dict[str, str | None] = {}

    def add(self, artist: str, title: str, album: str | None = None) -> None:
        """One song that is known."""
        key = comparable_title(title)
        if not key or len(self._by_title) >= MOST_SONGS:
            return
        if album:
            self._by_album.setdefault((comparable(album), key), artist)
        known = self._by_title.setdefault(key, artist)
        if known is not None and comparable(known) != comparable(artist):
            self._by_title[key] = None

    def add_described(self, description: str) -> None:
        """A song as "Artist - Title". Either may have a dash in it, so every way to read it is remembered."""
        parts = description.split(" - ")
        for cut in range(1, min(len(parts), 4)):
            self.add(" - ".join(parts[:cut]).strip(), " - ".join(parts[cut:]).strip())

    def find(self, title: str, album: str | None) -> str | None:
        """The artist, None where it is not known or there are several."""
        key = comparable_title(title)
        known = self._by_album.get((comparable(album), key)) if album else None
        return known or self._by_title.get(key)


def names_artists(entry: Entry) -> bool:
    """Whether the file helps: the library's tracks, or plays by day with artist and title in one."""
    head = head_of(entry)
    return head >= _DAILY or head >= _HISTORY or _is_library(entry)


def artists_of(entries: Sequence[Entry]) -> AppleArtists:
    """All that these files tell of artists; what of them cannot be read helps nobody and is passed over."""
    artists = AppleArtists()
    # The library has the artist in a column of its own: what it says goes before descriptions.
    for entry in sorted(entries, key=_is_library, reverse=True):
        for _ in _rows(entry, artists):
            pass
    return artists


def _rows(entry: Entry, artists: AppleArtists) -> Iterator[HistoryRow]:
    def add_track(item: Any) -> SkippedRow:
        if isinstance(item, dict):
            title, artist = optional_text(item.get("Title")), optional_text(item.get("Artist"))
            if title and artist:
                artists.add(artist, title, optional_text(item.get("Album")))
        return SkippedRow("helps")

    def add_cells(cells: dict[str, str]) -> SkippedRow:
        artists.add_described(first(cells, _DESCRIPTIONS))
        return SkippedRow("helps")

    if _is_library(entry):
        yield from array_rows(entry, "item", add_track)
    elif names_artists(entry):
        yield from headed_rows(entry, add_cells)


def _is_library(entry: Entry) -> bool:
    return all(key in entry.json_starts for key in (b'"Title"', b'"Artist"', b'"Track'))
