from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.demo.following import follow_stages
from service.demo.sign_in import prepare_listeners
from service.operations.job_queue import end_job, enqueue
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import Job

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def _end_queued_jobs(database: Database) -> list[str]:
    """Ends what is queued without doing any of it, the scores as failed; returns their kinds."""
    with database.session() as db_session:
        jobs = list(db_session.scalars(select(Job).where(Job.state == "queued").order_by(Job.id)))
        for job in jobs:
            if job.kind == "render_scores":
                end_job(db_session, job, "failed", error_code="no_ink", error="There is no ink.")
            else:
                end_job(db_session, job, "done", result={"title": "Rest", "user": "evening"})
    return [job.kind for job in jobs]


def test_the_next_stage_waits_for_all_that_came_of_the_one_before_and_failures_are_passed_over(
    sqlite_settings: Settings,
) -> None:
    database = open_database(sqlite_settings)
    prepare_listeners(database, sqlite_settings)
    told: list[str] = []
    kinds: list[list[str]] = []
    following = follow_stages(database, sqlite_settings, NOW, told.append)
    with database.session() as db_session:
        enqueue(db_session, JobRequest("from_a_former_run"))
    next(following)
    with database.session() as db_session:
        former = db_session.scalars(select(Job)).one()
        enqueue(db_session, JobRequest("what_follows", parent_id=former.id))
        end_job(db_session, former, "done", result={})
    for _ in following:
        ended = _end_queued_jobs(database)
        if ended:
            kinds.append(ended)

    assert kinds[0] == ["what_follows"]
    assert kinds[1][0] == "lay_out_music"
    assert kinds[1][-1] == "invent_histories"
    assert kinds[2][0] == "render_scores"
    assert kinds[-2:] == [["rebuild_index"], ["compose_music"]]
    assert "Rendering scores failed: There is no ink." in told
    database.close()
