"""The catalogue's rows: what is known below a folder, and how what a scan finds is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.library.file_reading import FailedFile, ReadFile
from service.library.folder_walk import shown_path
from service.library.scan_matching import DUPLICATE, Kind, KnownFailure, KnownTrack, Placement
from service.library.tags import TrackTags
from service.store.tables import LibraryFolder, ScanFailure, Track, utc_now

_Item = TypeVar("_Item")

CATALOGUE = "catalogue"
# No file's name holds a NUL: the path of a track whose file was replaced by other audio, followed by its id.
NO_PATH = b"\0"


def known_tracks(db_session: Session) -> list[KnownTrack]:
    """All catalogue tracks, wherever their files lie."""
    return [_known(track) for track in db_session.scalars(select(Track).where(Track.origin == CATALOGUE))]


def known_failures(db_session: Session, root: bytes) -> list[KnownFailure]:
    """What could not be used below ``root``."""
    rows = db_session.scalars(
        select(ScanFailure).where(_is_below(ScanFailure.path, root)).order_by(ScanFailure.path)
    )
    return [KnownFailure(row.path, row.size_bytes, row.modified_ns, row.code, row.reason) for row in rows]


def count_tracks_below(db_session: Session, root: bytes) -> int:
    """How many catalogue tracks have their files below ``root``, missing ones included."""
    statement = select(func.count()).select_from(Track)
    return db_session.scalar(statement.where(Track.origin == CATALOGUE, _is_below(Track.path, root))) or 0


def folder_for(db_session: Session, root: bytes) -> LibraryFolder:
    """The library folder that is ``root`` or holds it, made when there is none."""
    folders = [
        folder
        for folder in db_session.scalars(select(LibraryFolder))
        if root == folder.path or root.startswith(folder.path.rstrip(b"/") + b"/")
    ]
    if folders:
        return max(folders, key=lambda folder: len(folder.path))
    folder = LibraryFolder(path=root)
    db_session.add(folder)
    db_session.flush()
    return folder


def duplicate(read: ReadFile, placement: Placement) -> FailedFile:
    """How the second copy of a recording is listed."""
    reason = f"It is the same recording as {shown_path(placement.twin or b'')}."
    return FailedFile(read.file, DUPLICATE, reason)


def store_read_file(db_session: Session, root: bytes, read: ReadFile, placement: Placement) -> None:
    """Write down a file that was read; doing it twice changes nothing more."""
    if placement.displaced_hash is not None:
        _displace(db_session, placement.displaced_hash)
    if placement.kind == Kind.DUPLICATE:
        store_failure(db_session, root, duplicate(read, placement))
        return
    file, content_hash = read.file, read.identity.content_hash
    forget_failures(db_session, [file.path])
    folder_id = folder_for(db_session, root).id
    track = _track_of(db_session, content_hash) or Track(origin=CATALOGUE, content_hash=content_hash)
    if track.path != file.path:
        track.folder_id = folder_id
    track.path, track.size_bytes, track.modified_ns = file.path, file.size_bytes, file.modified_ns
    track.missing_since = None
    for name, value in {**asdict(read.tags), **asdict(read.identity.probe)}.items():
        setattr(track, name, value)
    db_session.add(track)


def store_failure(db_session: Session, root: bytes, failed: FailedFile) -> None:
    """List a file that cannot be used, once; a track that was read from it before stays."""
    forget_failures(db_session, [failed.file.path])
    db_session.add(
        ScanFailure(
            folder_id=folder_for(db_session, root).id,
            path=failed.file.path,
            code=failed.code,
            reason=failed.reason,
            size_bytes=failed.file.size_bytes,
            modified_ns=failed.file.modified_ns,
        )
    )


def forget_failures(db_session: Session, paths: Sequence[bytes]) -> None:
    """These files are gone, or can be used now."""
    for some in _in_parts(paths):
        db_session.execute(delete(ScanFailure).where(ScanFailure.path.in_(some)))


def mark_missing(db_session: Session, content_hashes: Sequence[str]) -> None:
    """These tracks' files are gone. The rows and all that hangs on them stay."""
    _set_missing_since(db_session, content_hashes, utc_now())


def mark_returned(db_session: Session, content_hashes: Sequence[str]) -> None:
    """These tracks' files are there again."""
    _set_missing_since(db_session, content_hashes, None)


def _set_missing_since(db_session: Session, content_hashes: Sequence[str], moment: Any) -> None:
    for some in _in_parts(content_hashes):
        db_session.execute(
            update(Track)
            .where(Track.origin == CATALOGUE, Track.content_hash.in_(some))
            .values(missing_since=moment)
        )


def _displace(db_session: Session, content_hash: str) -> None:
    track = _track_of(db_session, content_hash)
    if track is not None:
        track.path = NO_PATH + track.id.encode("ascii")
        track.missing_since = utc_now()
        # Before another row takes the path.
        db_session.flush()


def _track_of(db_session: Session, content_hash: str) -> Track | None:
    return db_session.scalar(
        select(Track).where(Track.origin == CATALOGUE, Track.content_hash == content_hash)
    )


def _known(track: Track) -> KnownTrack:
    tags = {field.name: getattr(track, field.name) for field in fields(TrackTags)}
    return KnownTrack(
        content_hash=track.content_hash,
        path=None if track.path.startswith(NO_PATH) else track.path,
        size_bytes=track.size_bytes,
        modified_ns=track.modified_ns,
        is_missing=track.missing_since is not None,
        tags=TrackTags(**tags),
    )


def _is_below(column: InstrumentedAttribute[bytes], root: bytes) -> ColumnElement[bool]:
    # Every path that begins with "root/" sorts from "root/" to before "root0": "0" follows "/".
    stem = root.rstrip(b"/")
    return (column > stem + b"/") & (column < stem + b"0")


def _in_parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    # Databases take some thousand parameters in one statement.
    return (items[start : start + 500] for start in range(0, len(items), 500))
