"""How long composed pieces are kept that nobody heard."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from service.compositions.keeping import FOLDER
from service.listening.list_revisions import list_changed
from service.store.tables import Composition, Listen, PlaybackEvent, Thumb, Track

SPARED = timedelta(days=1)
"""Who was handed a piece, or asked for one, may be about to play it: a full disk takes older ones."""


@dataclass(frozen=True)
class UnheardPiece:
    """A piece that was never played and is not liked, and since when it has waited."""

    composition_id: str
    since: datetime


def was_heard() -> ColumnElement[bool]:
    """The condition on `Composition` that its listener has played it."""
    user_id, track_id = Composition.user_id, Composition.track_id
    return or_(
        exists().where(Listen.user_id == user_id, Listen.track_id == track_id),
        exists().where(PlaybackEvent.user_id == user_id, PlaybackEvent.track_id == track_id),
    )


def unheard_pieces(db_session: Session) -> list[UnheardPiece]:
    """All listed and rejected pieces that were never played and have no thumb up, the longest unheard first."""
    rows = db_session.scalars(_unheard()).all()
    pieces = [UnheardPiece(row.id, max(row.created_at, row.handed_out_at or row.created_at)) for row in rows]
    return sorted(pieces, key=lambda piece: (piece.since, piece.composition_id))


def choose_expired(
    pieces: Sequence[UnheardPiece],
    sizes_bytes: Mapping[str, int],
    *,
    now: datetime,
    keep_days: int,
    cap_bytes: int,
) -> list[str]:
    """The ids of the pieces that go: those that waited too long, then the oldest until the rest fits under the cap.

    `sizes_bytes` gives the size of each composition's files, of all that there are.
    """
    too_old, spared = now - timedelta(days=keep_days), now - SPARED
    left_bytes = sum(sizes_bytes.values())
    chosen: list[str] = []
    for piece in pieces:
        if piece.since < too_old or (left_bytes > cap_bytes and piece.since < spared):
            chosen.append(piece.composition_id)
            left_bytes -= sizes_bytes.get(piece.composition_id, 0)
    return chosen


def expire(db_session: Session, composition_ids: Iterable[str], now: datetime) -> list[str]:
    """Mark pieces as gone, but those that were played or liked meanwhile; gives the ids of those that are."""
    wanted = set(composition_ids)
    rows = [row for row in db_session.scalars(_unheard().with_for_update(of=Composition)) if row.id in wanted]
    for row in rows:
        row.expired_at = now
        if row.track_id is not None:
            db_session.get_one(Track, row.track_id).missing_since = now
    for user_id in sorted({row.user_id for row in rows}):
        list_changed(db_session, user_id)
    db_session.flush()
    return [row.id for row in rows]


def remove_files(media_dir: Path, composition_ids: Iterable[str]) -> None:
    """Remove the files of pieces that are marked as gone; what a crash leaves of them, `sweep_unreferenced` removes."""
    for composition_id in composition_ids:
        shutil.rmtree(media_dir / FOLDER / composition_id, ignore_errors=True)


def measure_files(media_dir: Path) -> dict[str, int]:
    """Bytes of each composition's files, by its id."""
    return {
        folder.name: sum(path.stat().st_size for path in folder.iterdir())
        for folder in (media_dir / FOLDER).glob("*")
        if folder.is_dir()
    }


def _unheard() -> Select[Composition]:
    later = aliased(Thumb)
    is_liked = exists().where(
        Thumb.user_id == Composition.user_id,
        Thumb.track_id == Composition.track_id,
        Thumb.value == "up",
        ~exists().where(
            later.user_id == Thumb.user_id, later.track_id == Thumb.track_id, later.id > Thumb.id
        ),
    )
    return select(Composition).where(
        Composition.state.in_(("listed", "rejected")),
        Composition.expired_at.is_(None),
        ~was_heard(),
        ~is_liked,
    )
