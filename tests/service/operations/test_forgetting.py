from datetime import timedelta

from sqlalchemy import select

from service.operations.forgetting import KEPT, forget_old_jobs
from service.store.database import Database
from service.store.tables import Job, utc_now


def test_jobs_that_ended_long_ago_are_forgotten_and_no_others(database: Database) -> None:
    now = utc_now()
    old, young = now - KEPT - timedelta(hours=1), now - KEPT + timedelta(hours=1)
    with database.session() as db_session:
        parent = Job(kind="old", state="done", finished_at=old)
        db_session.add(parent)
        db_session.flush()
        db_session.add_all(
            [
                Job(kind="child", state="failed", finished_at=young, parent_id=parent.id),
                Job(kind="again", state="queued", finished_at=old),
            ]
        )
    with database.session() as db_session:
        assert forget_old_jobs(db_session, now) == 1
    with database.session(read_only=True) as db_session:
        left = db_session.execute(select(Job.kind, Job.parent_id).order_by(Job.kind)).all()
    assert [tuple(row) for row in left] == [("again", None), ("child", None)]
