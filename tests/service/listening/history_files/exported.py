"""History files as services write them, with invented names, and what is read of them."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from service.listening.history_files.formats import open_history_file
from service.listening.history_files.rows import HistoryRow, ListenRow, ReadingOptions
from service.listening.listens import ListenEvent

NO_OPTIONS = ReadingOptions()


def rows_of(
    path: Path, options: ReadingOptions = NO_OPTIONS, *, known_as: str | None = None
) -> list[HistoryRow]:
    """All rows, after making sure that the file is known as what it is."""
    with open_history_file(path) as file:
        assert known_as is None or file.format.key == known_as
        return list(file.read(options))


def event_of(row: HistoryRow) -> ListenEvent:
    assert isinstance(row, ListenRow), row
    return row.event


def zipped(path: Path, entries: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def written(path: Path, content: str | Sequence[Any]) -> Path:
    """Text as it is, anything else as JSON."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def spotify_row(**fields: Any) -> dict[str, Any]:
    """A row of the extended history, with all that it tells."""
    return {
        "ts": "2023-11-14T22:16:40Z",
        "username": "listener-one",
        "platform": "linux",
        "ms_played": 200_000,
        "conn_country": "ZZ",
        "ip_addr": "192.0.2.77",
        "user_agent_decrypted": "agent-of-one",
        "master_metadata_track_name": "Song One",
        "master_metadata_album_artist_name": "Artist One",
        "master_metadata_album_album_name": "Album One",
        "spotify_track_uri": "spotify:track:0000000000000000000001",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": None,
        "offline": False,
        "offline_timestamp": 1_700_000_000_000,
        "incognito_mode": False,
    } | fields


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path
