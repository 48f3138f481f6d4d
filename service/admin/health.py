"""Whether all is well, as plain findings: each with what to do where it is not."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.library.published_index import published_in
from service.operations.encoder_weights import weights_are_prepared
from service.operations.kept_backups import list_backups
from service.settings import Settings
from service.store.tables import Job, LibraryFolder, utc_now

Verdict = Literal["good", "bad"]

_WAITS_TOO_LONG = timedelta(minutes=2)
_LEAST_FREE_BYTES = 2_000_000_000
_BACKUPS_MISSED = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, how it stands, and a sentence."""

    name: str
    verdict: Verdict
    sentence: str


def findings(db_session: Session, settings: Settings) -> list[Finding]:
    """All that is looked at; that the store answers is seen by this answer."""
    return [
        Finding("Store", "good", "It answers."),
        _worker(db_session),
        _failures(db_session),
        _ear(settings),
        _index(settings),
        _folders(db_session),
        _disk(settings),
        _backups(settings),
    ]


def _worker(db_session: Session) -> Finding:
    now = utc_now()
    is_due = (Job.state == "queued") & Job.paused_at.is_(None)
    due_since = db_session.scalar(
        select(func.min(func.coalesce(Job.run_after, Job.created_at))).where(
            is_due, func.coalesce(Job.run_after, Job.created_at) < now - _WAITS_TOO_LONG
        )
    )
    running = db_session.scalar(
        select(func.count()).where(
            Job.state == "running", Job.lease_until.is_not(None), Job.lease_until > now
        )
    )
    if running:
        return Finding("Worker", "good", "It works on a job just now.")
    if due_since is not None:
        return Finding("Worker", "bad", "Jobs wait and none is taken up: see that the worker runs.")
    return Finding("Worker", "good", "Nothing waits for it.")


def _failures(db_session: Session) -> Finding:
    lately = utc_now() - timedelta(days=1)
    failed = db_session.scalar(
        select(func.count()).where(
            Job.state == "failed", Job.finished_at.is_not(None), Job.finished_at > lately
        )
    )
    if failed:
        return Finding("Jobs", "bad", f"{failed} failed in the last day: the jobs say why.")
    return Finding("Jobs", "good", "None failed in the last day.")


def _ear(settings: Settings) -> Finding:
    if weights_are_prepared(settings.models_dir):
        return Finding("Ear", "good", "Its weights are there.")
    return Finding("Ear", "bad", "Its weights are missing: run `homespun models prepare`.")


def _index(settings: Settings) -> Finding:
    published = published_in(settings.index_dir)
    if published is None:
        return Finding("Search index", "bad", "There is none yet: it is made once tracks were listened to.")
    return Finding("Search index", "good", f"It holds {published.tracks:,} tracks.")


def _folders(db_session: Session) -> Finding:
    count = db_session.scalar(select(func.count()).select_from(LibraryFolder))
    if not count:
        return Finding("Music folders", "bad", "There is none: add one on the music page.")
    return Finding("Music folders", "good", f"{count} {'is' if count == 1 else 'are'} read.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    sentence = f"{free / 1e9:,.1f} GB are free."
    return Finding("Disk", "good" if free > _LEAST_FREE_BYTES else "bad", sentence)


def _backups(settings: Settings) -> Finding:
    kept = list_backups(settings.backups_dir)
    if not kept:
        return Finding("Backups", "bad", "There is no copy of the store yet.")
    age = utc_now() - kept[0].made_at
    hours = age.total_seconds() / 3600
    sentence = (
        "The last copy is less than an hour old."
        if hours < 1
        else f"The last copy is {hours:,.0f} hours old."
    )
    is_late = settings.backup_hours > 0 and hours > _BACKUPS_MISSED * settings.backup_hours
    return Finding("Backups", "bad" if is_late else "good", sentence)
