"""The demo in one go: all its stages here and now, and how everything stands after them."""

import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.accounts.people import find_user
from service.demo.facts import cluster_facts, composition_facts, count_listens, count_tracks
from service.demo.listeners import LISTENERS
from service.demo.side_by_side import run_side_by_side
from service.demo.sign_in import prepare_listeners
from service.demo.stages import DOING, remaining_stages
from service.operations.job_queue import Report, run_inline
from service.operations.job_requests import JobRequest
from service.radio.recommend import recommend
from service.settings import Settings
from service.store.database import Database
from service.worker.job_kinds import JOB_MODULES

PLACES = 20

ShowStage = Callable[[str], AbstractContextManager[Report]]
"""Given what is being done, opens something that shows how far it is."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, in plain JSON types."""

    tracks: int
    listens: int
    clusters: list[dict[str, Any]]
    compositions: list[dict[str, Any]]
    recommendations: dict[str, list[dict[str, Any]]]
    stage_seconds: dict[str, float]


def run_demo(database: Database, settings: Settings, *, now: datetime, show: ShowStage) -> DemoResult:
    """Do what has not been done by an earlier run, and return how everything stands.

    Histories end before `now`. Raises what the jobs raise.
    """
    prepare_listeners(database, settings)
    stage_seconds: dict[str, float] = {}
    for stage in remaining_stages(database, settings, now):
        for requests in [stage.requests] if stage.are_long else [[each] for each in stage.requests]:
            begun, kind = time.perf_counter(), requests[0].kind
            with show(DOING[kind]) as report:
                _run(database, settings, requests, report)
            taken = stage_seconds.get(kind, 0.0) + time.perf_counter() - begun
            stage_seconds[kind] = round(taken, 2)
    begun = time.perf_counter()
    with database.session(read_only=True) as db_session:
        users = [find_user(db_session, listener.name) for listener in LISTENERS]
    lists = {user.name: recommend(database, settings, user, PLACES) for user in users}
    stage_seconds["recommend"] = round(time.perf_counter() - begun, 2)
    with database.session(read_only=True) as db_session:
        return DemoResult(
            tracks=count_tracks(db_session),
            listens=count_listens(db_session),
            clusters=cluster_facts(db_session, users),
            compositions=composition_facts(db_session, settings, users),
            recommendations={name: [track.to_json() for track in tracks] for name, tracks in lists.items()},
            stage_seconds=stage_seconds,
        )


def _run(database: Database, settings: Settings, requests: Sequence[JobRequest], report: Report) -> None:
    if len(requests) > 1:
        run_side_by_side(settings, requests, report)
        return
    (request,) = requests
    module: Any = importlib.import_module(JOB_MODULES[request.kind])
    run_inline(database, settings, module, request.payload, report, request.user_id)
