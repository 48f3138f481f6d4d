"""Everything of a person gone: rows, files, and what the house learnt from them fitted anew."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.accounts.own_data import is_theirs, media_paths_in
from service.errors import Conflict
from service.library.covers import kept_covers
from service.library.transcodes import transcodes_of
from service.library.waveforms import kept_peaks
from service.listening.emotions import corrections_erased, hold_calibration
from service.listening.imports import upload_path
from service.listening.list_revisions import all_lists_changed
from service.operations.job_queue import enqueue
from service.operations.job_requests import rebuild_index, train_ranker
from service.settings import Settings
from service.store.tables import Composition, HistoryImport, Listen, ReviewDecision, Track, User, utc_now


def erase(db_session: Session, settings: Settings, user_id: str, *, typed_name: str) -> list[Path]:
    """Delete the person and all rows that are theirs; gives the files that are the caller's to remove once this is committed.

    They go by `remove_erased`. The calibration of emotions is fitted to what the others say; what was learnt from plays
    and the search index follow as jobs. Copies of the store that were made before hold the person until they are
    replaced. Raises Conflict: ``name_not_typed`` unless the name was typed, ``last_owner`` for the only
    owner of a house in which others live.
    """
    user = db_session.get_one(User, user_id)
    if typed_name != user.name:
        raise Conflict("Type the name exactly as it is to erase everything of it.", code="name_not_typed")
    _check_an_owner_stays(db_session, user)
    files = _files_of(db_session, settings, user_id)
    had_plays = db_session.scalar(select(Listen.id).where(Listen.user_id == user_id).limit(1)) is not None
    had_tracks = db_session.scalar(select(Track.id).where(Track.owner_id == user_id).limit(1)) is not None
    hold_calibration(db_session)
    _delete_rows(db_session, user)
    corrections_erased(db_session)
    # What others think counts a little in everybody's list.
    all_lists_changed(db_session)
    if had_tracks:
        enqueue(db_session, rebuild_index())
    if had_plays:
        enqueue(db_session, train_ranker())
    return files


def remove_erased(files: Sequence[Path]) -> None:
    """Remove the files; what a crash leaves of them, tidying removes, and caches forget in time."""
    for path in files:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _check_an_owner_stays(db_session: Session, user: User) -> None:
    others = select(func.count()).select_from(User).where(User.id != user.id)
    if user.is_owner and db_session.scalar(others) and not db_session.scalar(others.where(User.is_owner)):
        raise Conflict(
            "You are the only owner of a house in which others live: erase them first, or make one an owner.",
            code="last_owner",
        )


def _files_of(db_session: Session, settings: Settings, user_id: str) -> list[Path]:
    folders = {
        settings.media_dir / Path(path).parent
        for paths in db_session.scalars(select(Composition.media_paths).where(Composition.user_id == user_id))
        for path in media_paths_in(paths)
    }
    uploads = [
        upload_path(settings, import_id)
        for import_id in db_session.scalars(select(HistoryImport.id).where(HistoryImport.user_id == user_id))
    ]
    cached = [
        path
        for track in db_session.scalars(select(Track).where(Track.owner_id == user_id))
        for path in (
            kept_peaks(settings.cache_dir, track.content_hash),
            *kept_covers(settings, track),
            *transcodes_of(settings, track),
        )
    ]
    return [*sorted(folders), *uploads, *cached]


def _delete_rows(db_session: Session, user: User) -> None:
    """What hangs on a person goes with them, by the tables' own keys; decisions are kept from all but this."""
    user.erased_at = utc_now()
    db_session.flush()
    decisions = ReviewDecision.metadata.tables[ReviewDecision.__tablename__]
    db_session.execute(delete(decisions).where(is_theirs(decisions, user.id)))
    db_session.execute(update(decisions).where(decisions.c.reviewer_id == user.id).values(reviewer_id=None))
    claimed = update(Composition).where(Composition.claimed_by_id == user.id)
    db_session.execute(
        claimed.values(claimed_by_id=None, claimed_until=None),
        execution_options={"synchronize_session": False},
    )
    # Not through the session, which would read everything that hangs on it.
    db_session.execute(
        delete(User).where(User.id == user.id), execution_options={"synchronize_session": False}
    )
    db_session.expunge_all()
