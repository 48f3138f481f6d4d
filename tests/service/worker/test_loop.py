import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import select

from service.operations.job_queue import cancel, enqueue, pause, resume
from service.operations.job_requests import BULK, PERSON_WAITS, JobRequest
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.tables import Job, User, utc_now

LONG_SECONDS = 90.0
"""Nothing here takes so long but on a machine that is very busy."""


class House:
    """A store, what is asked of its workers, and the workers, each a process of its own."""

    def __init__(self, database: Database, folder: Path, stack: ExitStack) -> None:
        self.database, self._folder, self._stack = database, folder, stack
        self._log = stack.enter_context((folder / "workers.log").open("wb"))

    def start_worker(self) -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.service.worker.tiny_worker", self._folder / "data"],
            stderr=self._log,
            cwd=Path(__file__).parents[3],
        )
        self._stack.callback(worker.wait)
        self._stack.callback(worker.kill)
        return worker

    def ask(self, name: str, *, priority: int = BULK, max_attempts: int = 3, **wishes: Any) -> str:
        payload = {"name": name, "started": str(self.started(name)), **wishes}
        request = JobRequest("tiny", payload, priority=priority, max_attempts=max_attempts)
        with self.database.session() as db_session:
            return enqueue(db_session, request).id

    def started(self, name: str) -> Path:
        return self._folder / f"{name}.started"

    def doing(self, name: str) -> int:
        """The process that has begun the job, once it has."""
        until(lambda: self.started(name).exists() and self.started(name).read_text(encoding="ascii") != "")
        return int(self.started(name).read_text(encoding="ascii"))

    def job(self, job_id: str) -> Job:
        with self.database.session(read_only=True) as db_session:
            return db_session.get_one(Job, job_id)

    def until_state(self, job_id: str, state: str) -> Job:
        until(lambda: self.job(job_id).state == state)
        return self.job(job_id)

    def people(self) -> list[str]:
        with self.database.session(read_only=True) as db_session:
            return sorted(db_session.scalars(select(User.name)))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def house(sqlite_settings: Settings, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        database = open_database(sqlite_settings)
        stack.callback(database.close)
        yield House(database, tmp_path, stack)


def test_jobs_are_done_in_one_process_that_stays_and_what_follows_them_too(house: House) -> None:
    first = house.ask("ada", followed_by="eve")
    second = house.ask("bob", crash_once=str(house.started("crash")))
    house.start_worker()
    one = house.until_state(first, "done")
    until(lambda: house.people() == ["ada", "eve"])
    two = house.job(second)
    assert (two.state, two.error_code, two.attempt) == ("queued", "internal", 1)
    with house.database.session() as db_session:
        db_session.get_one(Job, second).run_after = None
    two = house.until_state(second, "done")
    assert one.result is not None
    assert two.result is not None
    assert one.result["pid"] == two.result["pid"]
    assert (two.error_code, two.attempt) == (None, 2)


def test_when_the_doing_process_is_killed_the_job_is_done_by_the_next_and_once(
    house: House, tmp_path: Path
) -> None:
    job_id = house.ask("ada", die_once=str(tmp_path / "died"))
    house.start_worker()
    job = house.until_state(job_id, "done")
    assert (job.attempt, house.people()) == (2, ["ada"])


def test_a_job_that_always_kills_its_process_fails(house: House, tmp_path: Path) -> None:
    job_id = house.ask("ada", die_once=str(tmp_path / "no-such-folder" / "died"), max_attempts=1)
    (tmp_path / "no-such-folder").mkdir()
    house.start_worker()
    assert house.until_state(job_id, "failed").error_code == "worker_died"
    assert house.people() == []


def test_a_killed_worker_takes_its_process_along_and_the_next_one_takes_the_job_up_at_once(
    house: House,
) -> None:
    job_id = house.ask("ada", steps=10, deaf=True)
    worker = house.start_worker()
    doing = psutil.Process(house.doing("ada"))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    until(lambda: not doing.is_running() or doing.status() == psutil.STATUS_ZOMBIE)
    assert house.people() == []
    # The lease says nothing yet; that the process is gone does.
    with house.database.session() as db_session:
        db_session.get_one(Job, job_id).lease_until = utc_now() + timedelta(hours=1)
    house.start_worker()
    job = house.until_state(job_id, "done")
    assert (job.fence, job.attempt, house.people()) == (2, 1, ["ada"])


def test_a_worker_that_is_told_to_end_gives_its_job_back_with_all_its_attempts(house: House) -> None:
    job_id = house.ask("ada", steps=300)
    worker = house.start_worker()
    house.doing("ada")
    worker.terminate()
    assert worker.wait(LONG_SECONDS) == 0
    job = house.job(job_id)
    assert (job.state, job.attempt, job.worker) == ("queued", 0, None)


def test_a_worker_that_is_told_to_end_does_not_wait_for_a_job_that_does_not_hear(house: House) -> None:
    job_id = house.ask("ada", steps=300, deaf=True)
    worker = house.start_worker()
    house.doing("ada")
    worker.terminate()
    assert worker.wait(LONG_SECONDS) == 0
    assert (house.job(job_id).state, house.job(job_id).attempt) == ("queued", 0)


def test_progress_is_seen_while_it_lasts_and_a_job_called_off_ends(house: House) -> None:
    job_id = house.ask("ada", steps=300)
    house.start_worker()
    until(lambda: house.job(job_id).progress > 0)
    assert house.job(job_id).progress_text.startswith("step")
    with house.database.session() as db_session:
        cancel(db_session, db_session.get_one(Job, job_id))
    assert house.until_state(job_id, "cancelled").error_code == "cancelled"
    assert house.people() == []


def test_a_running_job_that_is_paused_stops_and_goes_on_when_it_may(house: House) -> None:
    job_id = house.ask("ada", steps=30)
    house.start_worker()
    house.doing("ada")
    with house.database.session() as db_session:
        pause(db_session, db_session.get_one(Job, job_id))
    job = house.until_state(job_id, "queued")
    assert (job.attempt, job.paused_at is not None, house.people()) == (0, True, [])
    other = house.ask("bob")
    house.until_state(other, "done")
    assert house.job(job_id).state == "queued"
    with house.database.session() as db_session:
        resume(db_session, db_session.get_one(Job, job_id))
    house.until_state(job_id, "done")
    assert house.people() == ["ada", "bob"]


def test_bulk_work_stands_aside_for_a_person_who_waits(house: House) -> None:
    bulk = house.ask("bulk", steps=300)
    house.start_worker()
    house.doing("bulk")
    waiting = house.ask("ada", priority=PERSON_WAITS)
    house.until_state(waiting, "done")
    job = house.job(bulk)
    assert job.attempt <= 1
    assert job.fence >= 1
    assert house.people() == ["ada"]


def test_two_workers_on_one_store_do_each_job_once(house: House) -> None:
    names = [f"person {number:02}" for number in range(16)]
    jobs = [house.ask(name) for name in names]
    house.start_worker()
    house.start_worker()
    for job_id in jobs:
        assert house.until_state(job_id, "done").attempt == 1
    assert house.people() == names


def test_the_worker_itself_loads_no_heavy_library() -> None:
    heavy = {"torch", "diffusers", "transformers", "sklearn", "faiss"}
    code = "import sys, service.worker.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
