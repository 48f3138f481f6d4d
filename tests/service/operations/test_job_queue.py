from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import select

from service.accounts.people import add_user, find_user
from service.errors import Cancelled, InvalidRequest
from service.operations.fence import Fence
from service.operations.job_queue import Report, run_inline
from service.settings import Settings, load_settings
from service.store.database import Database
from service.store.tables import Job, User


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
