"""What a library says of its own tracks: style, album and source of each, from folders, tags or a table."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from service.errors import InvalidRequest

USEFUL_SHARE = 0.5
NO_STYLE = frozenset({"", "audio", "default", "game", "game music", "game soundtrack", "genre", "misc", "miscellaneous",
                      "music", "n/a", "none", "ost", "other", "soundtrack", "unclassifiable", "undefined", "unknown",
                      "various"})  # fmt: skip
"""Genre tags that name no style."""

FROM_TABLE, FROM_TAGS, FROM_FOLDERS = "table", "genre tags", "folders"


@dataclass(frozen=True)
class Told:
    """What a file's name and tags say: `path` relative to the library, with slashes."""

    path: str
    genre: str | None = None
    album: str | None = None
    album_artist: str | None = None
    artist: str | None = None


@dataclass(frozen=True)
class Labelling:
    """Style (None: not told), album and source of each track, and where the styles come from."""

    kind: str
    styles: tuple[str | None, ...]
    albums: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def sources_tell_styles(self) -> bool:
        """Whether a style is a folder, so that no other folder could hold a track of it."""
        return self.kind == FROM_FOLDERS

    @property
    def style_count(self) -> int:
        """How many styles there are."""
        return len(set(self.styles) - {None})


def label_tracks(tracks: Sequence[Told], table: Sequence[tuple[str, str]] | None) -> Labelling:
    """Styles by the table (rows of path and style) where there is one, else by genre tags, else by top-level folders.

    Genre tags count where at least half of the tracks have one that names a style. A track's source is its top-level
    folder, its album where it lies in none.
    """
    top_folders = top_folders_of([track.path for track in tracks])
    albums = tuple(_albums(tracks, top_folders))
    sources = tuple(folder or album for folder, album in zip(top_folders, albums, strict=True))
    if table is not None:
        styles = tuple(table_value(table, track.path) or None for track in tracks)
        return Labelling(FROM_TABLE, styles, albums, sources)
    genres = tuple(useful_genre(track.genre) for track in tracks)
    if sum(genre is not None for genre in genres) >= USEFUL_SHARE * len(tracks):
        return Labelling(FROM_TAGS, genres, albums, sources)
    folders = tuple(folder or None for folder in top_folders)
    return Labelling(FROM_FOLDERS, folders, albums, sources)


def useful_genre(genre: str | None) -> str | None:
    """The first of the genres a tag lists, in small letters; None where it names no style."""
    first = (genre or "").replace(";", ",").replace("/", ",").split(",")[0].strip().casefold()
    return None if first in NO_STYLE else first


def top_folders_of(paths: Sequence[str]) -> list[str]:
    """The top-level folder of each file, below the folder that all share; "" for files that lie in none."""
    parents = [PurePosixPath(path).parent.parts for path in paths]
    shared = 0
    while (
        parents
        and all(len(parts) > shared for parts in parents)
        and len({parts[shared] for parts in parents}) == 1
    ):
        shared += 1
    return ["/".join(parts[: shared + 1]) if len(parts) > shared else "" for parts in parents]


def _albums(tracks: Sequence[Told], top_folders: Sequence[str]) -> list[str]:
    """Album and album artist by the tags, else the artist, else the deepest folder below the top one with more than
    one of its files, else the file itself."""  # fmt: skip
    files_below = Counter(
        str(parent) for track in tracks for parent in PurePosixPath(track.path).parents if parent.name
    )
    albums = []
    for track, top_folder in zip(tracks, top_folders, strict=True):
        if track.album:
            album = f"album {track.album} by {track.album_artist or top_folder}"
        elif track.artist or track.album_artist:
            album = f"artist {track.artist or track.album_artist}"
        else:
            below = [
                str(parent)
                for parent in PurePosixPath(track.path).parents
                if parent.name and len(str(parent)) > len(top_folder) and files_below[str(parent)] > 1
            ]
            album = f"folder {below[0]}" if below else f"file {track.path}"
        albums.append(album.casefold())
    return albums


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file with at least these columns; raises InvalidRequest (wrong_table) for anything else."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{name: (row[name] or "").strip() for name in columns} for row in reader]
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise InvalidRequest(
            f"{path} is no CSV file with the columns {', '.join(columns)}.", code="wrong_table"
        ) from error
    if not rows:
        raise InvalidRequest(f"{path} has no rows.", code="wrong_table")
    return rows


def table_value(table: Sequence[tuple[str, str]], path: str) -> str | None:
    """What the last row says whose first part is the path, its beginning up to a slash, or a pattern of it (`*`, `?`)."""
    found = None
    for pattern, value in table:
        if path == pattern or path.startswith(pattern.rstrip("/") + "/") or fnmatchcase(path, pattern):
            found = value
    return found


def by_path(rows: Sequence[Mapping[str, str]], column: str) -> list[tuple[str, str]]:
    """Rows of a table as `table_value` takes them."""
    return [(row["path"], row[column]) for row in rows]
