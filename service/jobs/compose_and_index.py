"""From a request to a track in the lists: taste, composition, embedding and index, one job after the other."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import exists, select

from service.accounts.people import find_user
from service.compositions.requests import check_seconds, cluster_at
from service.errors import CorruptArtifact, NotPrepared
from service.jobs import compose_music, embed_tracks, rebuild_index, update_taste
from service.operations import job_requests
from service.operations.job_queue import JobModule, Report, run_inline
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.tables import TasteCluster


def compose_and_index(
    db: Database,
    settings: Settings,
    user: str,
    *,
    cluster: int | None = None,
    seconds: float = 60.0,
    seed: int | None = None,
    report: Report,
) -> dict[str, Any]:
    """Compose for a listener, and embed and index what was composed like any other track.

    Gives what `compose_music.store_result` says, with stages "keep", "embed" and "index" added. A piece that is held
    has no track and is not indexed. A taste that was never worked out is worked out first. Raises what the jobs raise.
    """
    check_seconds(seconds)
    with db.session(read_only=True) as db_session:
        user_id = find_user(db_session, user).id
        has_taste = db_session.scalar(select(exists().where(TasteCluster.user_id == user_id)))
    if not has_taste:
        # Without a single embedded track there is no taste either, which the composing job puts into words.
        with suppress(NotPrepared):
            run_inline(
                db, settings, update_taste, job_requests.update_taste(user_id).payload, report, user_id
            )
    cluster_id = None
    if cluster is not None:
        with db.session(read_only=True) as db_session:
            cluster_id = cluster_at(db_session, find_user(db_session, user), cluster).id
    request = job_requests.compose_music(user_id, cluster_id=cluster_id, seconds=seconds, seed=seed)
    stage_seconds: dict[str, float] = {}

    def run(stage: str, job_module: JobModule, request: JobRequest) -> dict[str, Any]:
        begun = time.perf_counter()
        result = run_inline(db, settings, job_module, request.payload, report, user_id)
        stage_seconds[stage] = time.perf_counter() - begun
        return result

    composed = run("compose", compose_music, request)
    # What the job's own stages do not account for is reading the taste and keeping the piece.
    stage_seconds["keep"] = max(stage_seconds.pop("compose") - sum(composed["stage_seconds"].values()), 0.0)
    if composed["track_id"] is not None:
        _embed(run, composed["track_id"])
        run("index", rebuild_index, job_requests.rebuild_index())
    rounded = {stage: round(duration, 3) for stage, duration in stage_seconds.items()}
    return {**composed, "stage_seconds": {**composed["stage_seconds"], **rounded}}


def _embed(run: Callable[..., dict[str, Any]], track_id: str) -> None:
    heard = run("embed", embed_tracks, job_requests.embed_tracks([track_id]))
    if heard["failed"]:
        raise CorruptArtifact(
            f"What was composed could not be listened to: {heard['failed'][0]['reason']}",
            code="composition_unreadable",
        )
