"""Job of the demo: what its listeners heard in the last eight weeks, read in as anybody's history is.

Run again once all tracks are there, it adds their thumbs, which need a track to stick to. The first time, what the
listener plays most is listened to at once, and a piece composed from it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.people import find_user
from service.demo.folder import histories_folder
from service.demo.histories import draw_history, export_bytes
from service.demo.known_tracks import known_tracks
from service.demo.listeners import LISTENERS, Listener
from service.demo.pieces import piece
from service.listening.history_import import import_history
from service.operations import job_requests
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import PERSON_WAITS, SOON, JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically
from service.store.tables import Listen

SEED = 1

FIRST_TRACKS = 10
"""How much of what the listener plays most is listened to before their first piece is composed."""


@dataclass(frozen=True)
class Wanted:
    """A listener's history, and where it goes. `number` is the listener's place among all."""

    user_id: str
    listener: Listener
    number: int
    path: Path
    now: datetime


@dataclass(frozen=True)
class HistoryFile:
    """A history, not yet read in; `content` is None where its file is there from a former run."""

    wanted: Wanted
    content: bytes | None


def request(listeners: Sequence[Listener], now: datetime, *, is_first: bool = False) -> JobRequest:
    """What the job row says is to be done: these listeners' histories, which end before `now`.

    `is_first`: the last of them gets a first piece.
    """
    names = [listener.name for listener in listeners]
    return JobRequest(
        "invent_histories", {"listeners": names, "now": now.isoformat(), "is_first": is_first}, priority=SOON
    )


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> list[Wanted]:
    """The listeners; raises NotFound (``no_such_listener``)."""
    now = datetime.fromisoformat(payload["now"])
    with db.session(read_only=True) as db_session:
        return [
            Wanted(
                find_user(db_session, listener.name).id,
                listener,
                number,
                histories_folder(settings) / f"{listener.name}.zip",
                now,
            )
            for number, listener in enumerate(LISTENERS)
            if listener.name in payload["listeners"]
        ]


def compute(inputs: list[Wanted], report: Report) -> Generator[HistoryFile, None, None]:
    """Draw the histories that were not drawn before."""
    tracks = known_tracks()
    for position, wanted in enumerate(inputs):
        report(position / len(inputs), wanted.listener.name)
        if wanted.path.exists():
            yield HistoryFile(wanted, None)
        else:
            rng = np.random.default_rng([SEED, wanted.number])
            history = draw_history(wanted.listener, tracks, now=wanted.now, rng=rng)
            yield HistoryFile(wanted, export_bytes(wanted.listener.name, history))


def store_result(db: Database, output: HistoryFile, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced, and reading in twice adds nothing
    """Keep the file and read it in."""
    wanted = output.wanted
    if output.content is not None:
        write_atomically(wanted.path, output.content)
    with db.session() as db_session:
        report = import_history(db_session, wanted.user_id, wanted.path, wanted.now)
        most_played = _most_played(db_session, wanted.user_id)
    return {
        "user_id": wanted.user_id,
        "listens": report.listens,
        "thumbs": report.thumbs,
        "most_played": most_played,
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """The first piece and no more than it takes, before the rest of the library is listened to."""
    if not (payload["is_first"] and result.get("most_played")):
        return []
    user_id = result["user_id"]
    chain = (
        job_requests.embed_tracks(result["most_played"]),
        job_requests.update_taste(user_id),
        piece(user_id),
    )
    # In this order, so none may be merged with one that is queued already: reading a history in asks for its taste too.
    return [replace(request, priority=PERSON_WAITS, singleton_key=None) for request in chain]


def _most_played(db_session: Session, user_id: str) -> list[str]:
    return list(
        db_session.scalars(
            select(Listen.track_id)
            .where(Listen.user_id == user_id, Listen.track_id.is_not(None))
            .group_by(Listen.track_id)
            .order_by(func.count().desc(), Listen.track_id)
            .limit(FIRST_TRACKS)
        )
    )
