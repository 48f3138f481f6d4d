"""Composed pieces, put where the other server finds them: files with their tags and covers, in a folder it watches."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mutagen.flac import FLAC
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.compositions.labels import studio_of
from service.library.shelves import on_shelf
from service.listening.thumbs import thumbs_in_force
from service.radio.reasons import display_title
from service.store.media import write_atomically
from service.store.tables import Track, User

MOST_PIECES = 200
_NAME_MAX_BYTES = 120
# The other server runs as somebody else.
_READABLE_BY_ALL, _OPEN_TO_ALL = 0o644, 0o755
_OURS = re.compile(r".* \[([0-7][0-9A-HJKMNP-TV-Z]{25})\]\.flac")


@dataclass(frozen=True)
class Piece:
    """A piece of a listener's, and its file here."""

    track_id: str
    title: str
    path: Path

    @property
    def file_name(self) -> str:
        """By which it is known again, whatever its title."""
        return f"{_as_name(self.title)} [{self.track_id}].flac"


class Put(NamedTuple):
    """How many files were put there, and how many were taken away."""

    put: int
    removed: int


def pieces_of(db_session: Session, user_id: str) -> list[Piece]:
    """The listener's newest pieces, but for those they turned down."""
    down = {each for each, value in thumbs_in_force(db_session, user_id).items() if value == "down"}
    newest = select(Track).where(on_shelf(user_id, "composed")).order_by(Track.id.desc())
    tracks = [track for track in db_session.scalars(newest) if track.id not in down][:MOST_PIECES]
    return [Piece(track.id, display_title(track), Path(track.file_name)) for track in tracks]


def folder_of(db_session: Session, folder: Path, user_id: str) -> Path:
    """Where a listener's pieces lie: a folder of their studio's name, which is nobody else's."""
    studio = studio_of(db_session.get_one(User, user_id).name)
    name = _as_name(studio)
    return folder / (name if name == studio else f"{name} {user_id}")


def piece_at(path: str) -> str | None:
    """The id of the piece that we put at a path; None where its name is none of ours."""
    ours = _OURS.fullmatch(path.replace("\\", "/").rpartition("/")[2])
    return None if ours is None else ours[1]


def put_pieces(folder: Path, pieces: Sequence[Piece]) -> Put:
    """These pieces lie in the folder afterwards, and none that we put there before and are no longer among them.

    Other files are left alone. Raises StorageFull.
    """
    wanted = {piece.file_name: piece for piece in pieces}
    there = (
        {path.name for path in folder.iterdir() if _OURS.fullmatch(path.name)} if folder.is_dir() else set()
    )
    missing = [wanted[name] for name in sorted(wanted.keys() - there)]
    for piece in missing:
        path = folder / piece.file_name
        write_atomically(path, _titled(piece.path.read_bytes(), piece.title))
        path.chmod(_READABLE_BY_ALL)
    for name in there - wanted.keys():
        (folder / name).unlink(missing_ok=True)
    if missing:
        folder.chmod(_OPEN_TO_ALL)
    return Put(len(missing), len(there - wanted.keys()))


def _titled(flac: bytes, title: str) -> bytes:
    """The file with this title: a piece may have been renamed since it was made."""
    buffer = io.BytesIO(flac)
    file = FLAC(buffer)
    if file.get("TITLE") == [title]:
        return flac
    file["TITLE"] = title
    buffer.seek(0)
    file.save(buffer)
    return buffer.getvalue()


def _as_name(text: str) -> str:
    """The text as one part of a path, short enough for every file system."""
    shown = "".join("_" if letter in '/\\:*?"<>|' or not letter.isprintable() else letter for letter in text)
    name = shown.encode("utf-8", "ignore")[:_NAME_MAX_BYTES].decode("utf-8", "ignore").strip(" .")
    return name or "untitled"
