"""How much a listener may have composed: pieces a day, and room on the disk."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.compositions.keeping import FOLDER
from service.errors import Conflict, InvalidRequest
from service.store.tables import Composition, User

MOST_DAILY, MOST_MEGABYTES = 10_000, 10_000_000
_MEGABYTE = 1_000_000


def set_quota(db_session: Session, user: User, *, daily: int | None, megabytes: int | None) -> None:
    """Limits of this listener's own; None: the house's number of pieces a day, and any room.

    Raises InvalidRequest (``quota_out_of_range``).
    """
    for value, most in ((daily, MOST_DAILY), (megabytes, MOST_MEGABYTES)):
        if value is not None and not 0 <= value <= most:
            raise InvalidRequest(f"A limit lies between 0 and {most}.", code="quota_out_of_range")
    user.daily_compositions, user.composed_megabytes = daily, megabytes
    db_session.flush()


def used_bytes(db_session: Session, media_dir: Path, user_id: str) -> int:
    """What the files of this listener's pieces take."""
    kept = db_session.scalars(
        select(Composition.id).where(Composition.user_id == user_id, Composition.expired_at.is_(None))
    )
    return sum(_folder_bytes(media_dir / FOLDER / composition_id) for composition_id in kept)


def has_room(db_session: Session, media_dir: Path, user: User) -> bool:
    """Whether more may be composed for this listener as far as the disk goes."""
    if user.composed_megabytes is None:
        return True
    return used_bytes(db_session, media_dir, user.id) < user.composed_megabytes * _MEGABYTE


def check_room(db_session: Session, media_dir: Path, user: User) -> None:
    """Raise Conflict (``storage_quota_reached``) where the listener's pieces fill the room they have."""
    if not has_room(db_session, media_dir, user):
        raise Conflict(
            f"What was composed for you fills your {user.composed_megabytes} MB: throw something away first.",
            code="storage_quota_reached",
        )


def _folder_bytes(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except FileNotFoundError:
        return 0
