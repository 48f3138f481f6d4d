import threading
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.accounts.people import add_user, find_user
from service.errors import Cancelled, Conflict, InvalidRequest, NotFound
from service.operations.fence import Fence
from service.operations.job_listing import shown_state
from service.operations.job_queue import (
    Report,
    cancel,
    end_job,
    enqueue,
    find_job,
    pause,
    resume,
    retry,
    run_inline,
)
from service.operations.job_requests import PERSON_WAITS, JobRequest
from service.settings import Settings, load_settings
from service.store.database import Database
from service.store.tables import Job, User, utc_now


class AddPeople:
    """A job that adds people, one output each."""

    __name__ = "service.jobs.add_people"

    def load_inputs(self, db: Database, settings: Settings, payload: dict[str, Any]) -> list[str]:  # noqa: ARG002  # every job is given them
        with db.session() as db_session:
            find_user(db_session, payload["asked_by"])
        return list(payload["names"])

    def compute(self, inputs: list[str], report: Report) -> Generator[str, None, None]:
        for done, name in enumerate(inputs):
            report(done / len(inputs), name)
            yield name

    def store_result(self, db: Database, output: str, fence: Fence) -> dict[str, Any]:
        with db.session() as db_session:
            add_user(db_session, output)
        return {"last": output, "fence": fence.number}


@pytest.fixture
def asker_id(database: Database) -> str:
    with database.session() as db_session:
        return add_user(db_session, "ann").id


def _silent(_fraction: float, _text: str) -> None:
    pass


def _the_job(database: Database) -> Job:
    with database.session() as db_session:
        return db_session.scalars(select(Job)).one()


def _names(database: Database) -> set[str]:
    with database.session() as db_session:
        return set(db_session.scalars(select(User.name)))


def test_the_last_output_gives_the_result_and_the_row_says_so(database: Database, asker_id: str) -> None:
    payload = {"asked_by": "ann", "names": ["ben", "cy"]}

    result = run_inline(database, load_settings(), AddPeople(), payload, _silent, asker_id)

    job = _the_job(database)
    assert result == job.result == {"last": "cy", "fence": 1}
    assert (job.kind, job.state, job.user_id, job.payload) == ("add_people", "done", asker_id, payload)
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.started_at <= job.finished_at


def test_an_error_is_raised_on_and_noted_with_its_code(database: Database) -> None:
    with pytest.raises(Exception, match="nobody"):
        run_inline(database, load_settings(), AddPeople(), {"asked_by": "nobody", "names": []}, _silent)

    job = _the_job(database)
    assert (job.state, job.error_code) == ("failed", "no_such_listener")
    assert job.error is not None
    assert "nobody" in job.error


@pytest.mark.usefixtures("asker_id")
def test_what_was_stored_before_an_error_stays(database: Database) -> None:
    with pytest.raises(InvalidRequest):
        run_inline(
            database,
            load_settings(),
            AddPeople(),
            {"asked_by": "ann", "names": ["ben", "a\nb", "cy"]},
            _silent,
        )

    assert _names(database) == {"ann", "ben"}
    assert _the_job(database).error_code == "bad_name"


@pytest.mark.usefixtures("asker_id")
@pytest.mark.parametrize("ending", [Cancelled("Called off."), KeyboardInterrupt()])
def test_a_job_called_off_is_cancelled(database: Database, ending: BaseException) -> None:
    def call_off(fraction: float, _text: str) -> None:
        if fraction > 0:
            raise ending

    with pytest.raises(type(ending)):
        run_inline(
            database, load_settings(), AddPeople(), {"asked_by": "ann", "names": ["ben", "cy"]}, call_off
        )

    assert _names(database) == {"ann", "ben"}
    assert _the_job(database).state == "cancelled"


@pytest.mark.usefixtures("asker_id")
def test_an_error_nobody_foresaw_is_internal(database: Database) -> None:
    def divide(_fraction: float, _text: str) -> None:
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        run_inline(database, load_settings(), AddPeople(), {"asked_by": "ann", "names": ["ben"]}, divide)

    assert _the_job(database).error_code == "internal"


def test_of_one_key_one_is_queued_and_wanted_sooner_comes_sooner(database: Database) -> None:
    later = JobRequest("index", singleton_key="index", run_after=utc_now() + timedelta(hours=1))
    with database.session() as db_session:
        first = enqueue(db_session, later)
        assert enqueue(db_session, replace(later, run_after=utc_now() + timedelta(hours=2))) is first
        assert first.run_after == later.run_after
        assert enqueue(db_session, replace(later, run_after=None, priority=PERSON_WAITS)) is first
        assert (first.run_after, first.priority) == (None, PERSON_WAITS)
        assert enqueue(db_session, replace(later, singleton_key="other")) is not first
        assert enqueue(db_session, JobRequest("index")) is not enqueue(db_session, JobRequest("index"))


def test_two_that_queue_the_same_at_once_get_the_same_job(database: Database) -> None:
    found: list[str] = []
    ready = threading.Barrier(4)

    def ask() -> None:
        ready.wait()
        with database.session() as db_session:
            found.append(enqueue(db_session, JobRequest("index", singleton_key="index")).id)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_queued_job_is_called_off_at_once_and_can_be_run_again(database: Database) -> None:
    with database.session() as db_session:
        job = enqueue(db_session, JobRequest("index", singleton_key="index"))
        cancel(db_session, job)
        assert (job.state, job.error_code) == ("cancelled", "cancelled")
        cancel(db_session, job)
        assert retry(db_session, job) is job
        assert (job.state, job.error_code, job.finished_at) == ("queued", None, None)
        with pytest.raises(Conflict) as caught:
            retry(db_session, job)
    assert caught.value.code == "job_not_failed"


def test_run_again_where_the_same_is_queued_gives_that(database: Database) -> None:
    with database.session() as db_session:
        job = enqueue(db_session, JobRequest("index", singleton_key="index"))
        cancel(db_session, job)
        other = enqueue(db_session, JobRequest("index", singleton_key="index"))
        assert retry(db_session, job) is other


def test_what_is_over_cannot_be_called_off(database: Database) -> None:
    with database.session() as db_session:
        job = enqueue(db_session, JobRequest("index"))
        job.state = "done"
        db_session.flush()
        with pytest.raises(Conflict) as caught:
            cancel(db_session, job)
    assert caught.value.code == "job_over"


def test_a_job_is_found_by_whose_it_is_and_the_houses_by_the_owner(database: Database, asker_id: str) -> None:
    with database.session() as db_session:
        other_id = add_user(db_session, "ben").id
        own = enqueue(db_session, JobRequest("compose", user_id=asker_id))
        house = enqueue(db_session, JobRequest("index"))
        assert find_job(db_session, asker_id, own.id) is own
        assert find_job(db_session, asker_id, house.id, is_owner=True) is house
        for user_id, job_id, is_owner in (
            (other_id, own.id, True),
            (other_id, own.id, False),
            (asker_id, house.id, False),
            (asker_id, "0" * 26, True),
        ):
            with pytest.raises(NotFound, match=r"There is no such job\.") as caught:
                find_job(db_session, user_id, job_id, is_owner=is_owner)
            assert caught.value.code == "unknown_job"


def test_a_job_is_paused_goes_on_and_may_be_called_off_while_it_rests(database: Database) -> None:
    request = JobRequest("index", singleton_key="index")
    with database.session() as db_session:
        job = enqueue(db_session, request)
        pause(db_session, job)
        since, revision = job.paused_at, job.revision
        pause(db_session, job)
        assert (job.paused_at, job.revision, shown_state(job)) == (since, revision, "paused")
        assert enqueue(db_session, request) is job
        resume(db_session, job)
        resume(db_session, job)
        assert (job.paused_at, job.revision, shown_state(job)) == (None, revision + 1, "queued")
        pause(db_session, job)
        cancel(db_session, job)
        assert (job.state, shown_state(job), job.paused_at) == ("cancelled", "cancelled", None)
        for change in (pause, resume):
            with pytest.raises(Conflict) as caught:
                change(db_session, job)
            assert caught.value.code == "job_over"


def test_a_repeating_job_that_is_paused_while_it_ends_rests_the_next_time(database: Database) -> None:
    with database.session() as db_session:
        job = enqueue(db_session, JobRequest("index", singleton_key="index", repeat_seconds=60))
        job.state = "running"
        pause(db_session, job)
        end_job(db_session, job, "done", result={})
        assert shown_state(enqueue(db_session, JobRequest("index", singleton_key="index"))) == "paused"
