"""All that is kept of a person as a zip archive, made while it is sent."""

import base64
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Column, LargeBinary, Table, select

from service.accounts.own_data import WITHHELD, described, is_theirs, media_paths_in, personal_tables
from service.listening.imports import upload_path
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Composition, HistoryImport, Listen, Track, User, utc_now

_IN_MEMORY_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 18
_ROWS_AT_A_TIME = 1_000
_IDS_IN_A_QUERY = 500

_README = """What Homespun keeps of {name}, as of {day}.

listens/{year}/1.jsonl   all listens in the shape of a ListenBrainz export: Homespun and others read it in again
rows/                    all rows of the store, one JSON object a line; bytes are written in base64
tracks.jsonl             the tracks that the rows name by id
compositions/            sound, notes and cover of what was composed
uploads/                 history files that wait to be read in

Passwords, keys of programs and browsers' sessions are left out of the rows: only their hashes are kept.

{tables}
"""


class _Sink:
    """Takes what the archive writes, until it is sent."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._chunks.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Everything is taken at once."""

    def take(self) -> bytes:
        taken, self._chunks = b"".join(self._chunks), []
        return taken


def export_of(database: Database, settings: Settings, user_id: str) -> Iterator[bytes]:
    """The archive, in parts. Each table is read in a transaction of its own, so that slow readers keep nobody waiting.

    Raises NoResultFound before the first part when there is no such person.
    """
    with database.session(read_only=True) as db_session:
        user = db_session.get_one(User, user_id)
    return _archive(database, settings, user)


def _archive(database: Database, settings: Settings, user: User) -> Iterator[bytes]:
    sink = _Sink()
    year = user.created_at.year
    # The sink stands for a file that cannot be gone back in, which is all that writing an archive asks for.
    with ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # it asks for less than its types say
        about = "\n".join(f"{table.name}: {described(table)}" for table in personal_tables())
        told = _README.format(name=user.name, day=utc_now().date(), year=year, tables=about)
        yield from _entry(archive, sink, "README.txt", [told.encode()])
        for name, lines in _all_lines(database, user, year):
            with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, dir=str(settings.scratch_dir)) as kept:
                _write_lines(kept, lines)
                yield from _entry(archive, sink, name, _chunks_of(kept))
        for name, path in _files(database, settings, user.id):
            # Retention may remove one meanwhile.
            with suppress(FileNotFoundError), path.open("rb") as file:
                yield from _entry(archive, sink, name, _chunks_of(file), compressed=False)
    yield sink.take()


def _all_lines(database: Database, user: User, year: int) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    named: set[str] = set()
    for table in personal_tables():
        yield f"rows/{table.name}.jsonl", _rows(database, table, user.id, named)
    yield f"listens/{year}/1.jsonl", _listens(database, user.id)
    yield "tracks.jsonl", _tracks(database, sorted(named))


def _rows(database: Database, table: Table, user_id: str, named: set[str]) -> Iterator[dict[str, Any]]:
    """All rows as JSON; ids of tracks that they name go into ``named``."""
    columns = [column for column in table.columns if column.name not in WITHHELD]
    tracks = [column.name for column in columns if _names_a_track(column)]
    with database.session(read_only=True) as db_session:
        statement = select(*columns).where(is_theirs(table, user_id)).order_by(*table.primary_key)
        for row in db_session.execute(statement, execution_options={"yield_per": _ROWS_AT_A_TIME}):
            told = row._asdict()
            named.update(told[name] for name in tracks if told[name] is not None)
            yield {column.name: _plain(column, told[column.name]) for column in columns}


def _listens(database: Database, user_id: str) -> Iterator[dict[str, Any]]:
    with database.session(read_only=True) as db_session:
        statement = select(Listen).where(Listen.user_id == user_id).order_by(Listen.listened_at, Listen.id)
        for listen in db_session.scalars(statement, execution_options={"yield_per": _ROWS_AT_A_TIME}):
            told = {
                "duration_played": listen.played_seconds,
                "duration_ms": None if listen.track_seconds is None else round(listen.track_seconds * 1_000),
                "isrc": listen.isrc,
                "recording_mbid": listen.recording_mbid,
                "skipped": listen.skipped,
                "submission_client": listen.source,
            }
            yield {
                "listened_at": int(listen.listened_at.timestamp()),
                "track_metadata": {
                    "track_name": listen.title,
                    "artist_name": listen.artist,
                    **({"release_name": listen.album} if listen.album else {}),
                    "additional_info": {name: value for name, value in told.items() if value is not None},
                },
            }


def _tracks(database: Database, track_ids: list[str]) -> Iterator[dict[str, Any]]:
    columns = (Track.id, Track.title, Track.artist, Track.album, Track.isrc, Track.recording_mbid)
    with database.session(read_only=True) as db_session:
        for start in range(0, len(track_ids), _IDS_IN_A_QUERY):
            some = select(*columns).where(Track.id.in_(track_ids[start : start + _IDS_IN_A_QUERY]))
            yield from (row._asdict() for row in db_session.execute(some.order_by(Track.id)))


def _files(database: Database, settings: Settings, user_id: str) -> list[tuple[str, Path]]:
    with database.session(read_only=True) as db_session:
        pieces = db_session.execute(
            select(Composition.id, Composition.media_paths).where(
                Composition.user_id == user_id, Composition.expired_at.is_(None)
            )
        ).all()
        imports = db_session.execute(
            select(HistoryImport.id, HistoryImport.file_name).where(HistoryImport.user_id == user_id)
        ).all()
    composed = [
        (f"compositions/{composition_id}/{Path(path).name}", settings.media_dir / path)
        for composition_id, paths in pieces
        for path in media_paths_in(paths)
    ]
    return composed + [
        (f"uploads/{each.id}-{each.file_name}", upload_path(settings, each.id)) for each in imports
    ]


def _names_a_track(column: Column[Any]) -> bool:
    return any(key.column.table is Track.__table__ for key in column.foreign_keys)


def _plain(column: Column[Any], value: Any) -> Any:
    if isinstance(value, bytes):
        is_path = column.name == "path" and isinstance(column.type, LargeBinary)
        return value.decode("utf-8", "replace") if is_path else base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime | date) else value


def _write_lines(file: IO[bytes], lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    file.seek(0)


def _chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _entry(
    archive: ZipFile, sink: _Sink, name: str, chunks: Iterable[bytes], *, compressed: bool = True
) -> Iterator[bytes]:
    entry = ZipInfo(name, utc_now().timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
    # Files may be larger than the old form of an archive can say.
    with archive.open(entry, "w", force_zip64=True) as file:
        for chunk in chunks:
            file.write(chunk)
            yield sink.take()
    yield sink.take()
