import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.errors import Conflict, InvalidRequest, LostLease, StorageFull
from service.operations import leases
from service.operations.fence import FencedDatabase
from service.operations.job_queue import cancel, enqueue, pause, resume
from service.operations.job_requests import BULK, PERSON_WAITS, SOON, JobRequest
from service.operations.leases import Claim, Failure, claim
from service.operations.process_names import own_name
from service.store.database import Database
from service.store.tables import Job, User, utc_now

CRASH = Failure.of(ZeroDivisionError())


def put(database: Database, kind: str = "work", **wishes: object) -> str:
    with database.session() as db_session:
        return enqueue(db_session, replace(JobRequest(kind), **wishes)).id  # type: ignore[arg-type]  # the test's own wishes


def take(database: Database, worker: str = "") -> Claim | None:
    with database.session() as db_session:
        return claim(db_session, worker or own_name())


def taken(database: Database, worker: str = "") -> Claim:
    found = take(database, worker)
    assert found is not None
    return found


def row(database: Database, job_id: str) -> Job:
    with database.session(read_only=True) as db_session:
        return db_session.get_one(Job, job_id)


def change(database: Database, job_id: str, **values: object) -> None:
    with database.session() as db_session:
        job = db_session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)


def reap(database: Database, *, gone: bool = False) -> int:
    with database.session() as db_session:
        return leases.reap(db_session, gone=lambda _name: gone)


def test_the_most_urgent_comes_first_then_the_longest_due_then_the_oldest(database: Database) -> None:
    put(database, "bulk", priority=BULK)
    put(database, "later", priority=SOON)
    put(database, "overdue", priority=SOON, run_after=utc_now() - timedelta(hours=1))
    put(database, "person", priority=PERSON_WAITS)
    put(database, "tomorrow", priority=PERSON_WAITS, run_after=utc_now() + timedelta(days=1))

    order = [taken(database).kind for _ in range(4)]

    assert order == ["person", "overdue", "later", "bulk"]
    assert take(database) is None


def test_two_workers_that_claim_at_once_never_get_the_same_job(database: Database) -> None:
    wanted = {put(database) for _ in range(20)}
    found: list[str] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        while (got := take(database)) is not None:
            found.append(got.fence.job_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker that found the only free row locked went home early; the rest is still there.
    while (got := take(database)) is not None:
        found.append(got.fence.job_id)

    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_who_lost_the_job_can_store_nothing_more(database: Database) -> None:
    put(database)
    old = taken(database)
    assert reap(database, gone=True) == 1
    new = taken(database)
    assert new.fence.job_id == old.fence.job_id

    with (
        pytest.raises(LostLease),
        FencedDatabase(database, old.fence).session() as db_session,
    ):
        db_session.add(User(name="of the old one"))
    with FencedDatabase(database, new.fence).session() as db_session:
        db_session.add(User(name="of the new one"))
    for write in (
        lambda db_session: leases.beat(db_session, old.fence),
        lambda db_session: leases.finish(db_session, old.fence, {}),
        lambda db_session: leases.fail(db_session, old.fence, CRASH),
        lambda db_session: leases.stand_aside(db_session, old.fence),
    ):
        with pytest.raises(LostLease), database.session() as db_session:
            write(db_session)

    with database.session(read_only=True) as db_session:
        assert db_session.scalars(select(User.name)).all() == ["of the new one"]


def test_a_silent_worker_loses_its_job_and_one_that_beats_keeps_it(database: Database) -> None:
    job_id = put(database)
    held = taken(database, "elsewhere/1/1")
    change(database, job_id, lease_until=utc_now() + timedelta(seconds=1))
    with database.session() as db_session:
        assert not leases.beat(db_session, held.fence, (0.5, "half"))
    assert reap(database) == 0
    assert row(database, job_id).progress_text == "half"

    change(database, job_id, lease_until=utc_now() - timedelta(seconds=1))
    assert reap(database) == 1

    job = row(database, job_id)
    assert (job.state, job.worker, job.lease_until, job.progress) == ("queued", None, None, 0.0)


def test_a_job_whose_own_process_dies_fails_after_its_attempts(database: Database) -> None:
    job_id = put(database, max_attempts=2)
    for _ in range(2):
        fence = taken(database).fence
        with database.session() as db_session:
            leases.take_back(db_session, fence)

    job = row(database, job_id)
    assert (job.state, job.error_code, job.attempt) == ("failed", "worker_died", 2)
    assert take(database) is None


def test_a_killed_worker_costs_its_job_no_attempt_but_not_without_end(database: Database) -> None:
    job_id = put(database, max_attempts=2)
    for _ in range(leases.CLAIMS_AN_ATTEMPT * 2 - 1):
        taken(database)
        reap(database, gone=True)
    assert (row(database, job_id).state, row(database, job_id).attempt) == ("queued", 0)

    for _ in range(2):
        taken(database)
        reap(database, gone=True)
    assert (row(database, job_id).state, row(database, job_id).error_code) == ("failed", "worker_died")


def test_what_is_wrong_with_the_request_fails_at_once_and_a_crash_is_tried_again_later(
    database: Database,
) -> None:
    wrong, crashing = put(database, "wrong"), put(database, "crashing", max_attempts=2)
    for failure in (Failure.of(InvalidRequest("So not.", code="so_not")), CRASH):
        held = taken(database)
        with database.session() as db_session:
            leases.fail(db_session, held.fence, failure)

    job = row(database, wrong)
    assert (job.state, job.error_code, job.error) == ("failed", "so_not", "So not.")
    job = row(database, crashing)
    assert (job.state, job.error_code) == ("queued", "internal")
    assert job.run_after is not None
    assert job.run_after > utc_now()
    assert take(database) is None

    change(database, crashing, run_after=None)
    held = taken(database)
    with database.session() as db_session:
        leases.fail(db_session, held.fence, CRASH)
    assert row(database, crashing).state == "failed"


@pytest.mark.parametrize("error", [StorageFull("Full."), Conflict("Busy.", code="store_busy")])
def test_a_store_that_is_full_or_busy_may_be_neither_later(error: Exception) -> None:
    assert Failure.of(error).again


def test_standing_aside_costs_no_attempt(database: Database) -> None:
    job_id = put(database, max_attempts=1)
    for _ in range(3):
        held = taken(database)
        with database.session() as db_session:
            leases.stand_aside(db_session, held.fence)
    job = row(database, job_id)
    assert (job.state, job.attempt, job.fence) == ("queued", 0, 3)


def test_what_follows_a_job_is_queued_when_it_is_done_and_as_urgent(database: Database) -> None:
    job_id = put(database, priority=PERSON_WAITS)
    held = taken(database)
    with database.session() as db_session:
        leases.finish(db_session, held.fence, {"made": 1}, [JobRequest("next")])

    job = row(database, job_id)
    assert (job.state, job.result, job.progress) == ("done", {"made": 1}, 1.0)
    followed = taken(database)
    assert (followed.kind, followed.priority) == ("next", PERSON_WAITS)
    assert row(database, followed.fence.job_id).parent_id == job_id


@pytest.mark.parametrize("failure", [None, Failure.of(InvalidRequest("No."))])
def test_a_repeating_job_comes_back_however_it_ended(database: Database, failure: Failure | None) -> None:
    job_id = put(database, singleton_key="again", repeat_seconds=3600)
    held = taken(database)
    with database.session() as db_session:
        if failure is None:
            leases.finish(db_session, held.fence, {})
        else:
            leases.fail(db_session, held.fence, failure)
    with database.session(read_only=True) as db_session:
        again = db_session.scalars(select(Job).where(Job.id != job_id)).one()
    assert (again.state, again.repeat_seconds, again.singleton_key) == ("queued", 3600, "again")
    assert again.run_after is not None
    assert again.run_after > utc_now() + timedelta(minutes=59)


def test_a_running_job_that_is_called_off_hears_of_it_and_is_not_taken_up_again(database: Database) -> None:
    job_id = put(database)
    held = taken(database)
    with database.session() as db_session:
        cancel(db_session, db_session.get_one(Job, job_id))
    with database.session() as db_session:
        assert leases.beat(db_session, held.fence)
    assert reap(database, gone=True) == 1
    assert row(database, job_id).state == "cancelled"


def test_a_job_that_goes_back_where_the_same_is_queued_leaves_the_work_to_it(database: Database) -> None:
    first = put(database, singleton_key="one", repeat_seconds=60)
    held = taken(database)
    second = put(database, singleton_key="one")
    assert second != first
    with database.session() as db_session:
        leases.stand_aside(db_session, held.fence)
    assert (row(database, first).state, row(database, first).error_code) == ("cancelled", "superseded")
    assert (row(database, second).state, row(database, second).repeat_seconds) == ("queued", 60)
    assert row(database, second).run_after is None


def test_each_change_that_shows_raises_the_revision_and_a_mere_sign_of_life_does_not(
    database: Database,
) -> None:
    job_id = put(database)
    seen = [row(database, job_id).revision]
    held = taken(database)
    seen.append(row(database, job_id).revision)
    with database.session() as db_session:
        leases.beat(db_session, held.fence, (0.5, "half"))
    seen.append(row(database, job_id).revision)
    with database.session() as db_session:
        leases.beat(db_session, held.fence, (0.5, "half"))
    assert row(database, job_id).revision == seen[-1]
    with database.session() as db_session:
        leases.finish(db_session, held.fence, {})
    seen.append(row(database, job_id).revision)
    assert seen == sorted(set(seen))


def test_a_paused_job_is_not_taken_up_until_it_may_go_on(database: Database) -> None:
    job_id = put(database, priority=PERSON_WAITS)
    with database.session() as db_session:
        pause(db_session, db_session.get_one(Job, job_id))
        assert leases.most_urgent(db_session) is None
    assert take(database) is None
    with database.session() as db_session:
        resume(db_session, db_session.get_one(Job, job_id))
    assert taken(database).fence.job_id == job_id


def test_a_running_job_hears_that_it_is_paused_and_waits_with_all_its_attempts(database: Database) -> None:
    job_id = put(database)
    held = taken(database)
    with database.session() as db_session:
        assert leases.beat(db_session, held.fence) is None
        pause(db_session, db_session.get_one(Job, job_id))
        assert leases.beat(db_session, held.fence) == "stand aside"
        leases.stand_aside(db_session, held.fence)
    job = row(database, job_id)
    assert (job.state, job.attempt, job.paused_at is not None) == ("queued", 0, True)
    assert take(database) is None


def test_a_paused_job_whose_worker_is_killed_stays_paused(database: Database) -> None:
    job_id = put(database)
    taken(database)
    with database.session() as db_session:
        pause(db_session, db_session.get_one(Job, job_id))
    assert reap(database, gone=True) == 1
    assert row(database, job_id).state == "queued"
    assert take(database) is None


def test_a_job_that_ended_before_it_heard_of_the_pause_leaves_its_continuation_paused(
    database: Database,
) -> None:
    job_id = put(database, singleton_key="work")
    held = taken(database)
    with database.session() as db_session:
        pause(db_session, db_session.get_one(Job, job_id))
        leases.finish(
            db_session, held.fence, {}, [JobRequest("index"), JobRequest("work", singleton_key="work")]
        )
    assert row(database, job_id).paused_at is None
    assert taken(database).kind == "index"
    assert take(database) is None


def test_the_same_work_queued_meanwhile_does_not_get_round_a_pause(database: Database) -> None:
    first = put(database, singleton_key="work")
    held = taken(database)
    before = put(database, singleton_key="work")
    with database.session() as db_session:
        pause(db_session, db_session.get_one(Job, first))
        leases.stand_aside(db_session, held.fence)
    assert (row(database, first).error_code, row(database, before).paused_at is not None) == (
        "superseded",
        True,
    )

    second = put(database, "more", singleton_key="more")
    taken(database)
    with database.session() as db_session:
        pause(db_session, db_session.get_one(Job, second))
    assert row(database, put(database, "more", singleton_key="more")).paused_at is not None
    assert take(database) is None
