"""The worker's own loop: light, never busy, and so always able to say that it lives."""

import logging
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.errors import HomespunError, LostLease
from service.operations import leases
from service.operations.job_requests import PERSON_WAITS
from service.operations.leases import Claim
from service.operations.process_names import own_name
from service.operations.repeating import ensure_repeating
from service.settings import Settings
from service.store.database import Database, open_database
from service.worker.child import Child
from service.worker.messages import Ended, Progress, Stop

IDLE_SECONDS = 0.25
"""Between looks at the queue: a person who waits should not wait for this."""

REAP_SECONDS = 4.0

PROGRESS_SECONDS = 0.5
"""Between writes of how far a job is."""

LOOK_SECONDS = 1.0
"""Between looks for something more urgent than the job that is being done."""

GRACE_SECONDS = 10.0
"""How long a job that was called off may take to hear of it before its process is killed."""

ENDING_SECONDS = 2.0
"""The same when the worker ends."""

MODELS_KEPT_SECONDS = 900.0
"""A process that had nothing to do for so long is ended, and its memory given back."""

_log = logging.getLogger(__name__)

T = TypeVar("T")


def run_worker(settings: Settings, modules: Mapping[str, str], *, repeating: bool = True) -> None:
    """Do jobs until SIGTERM or SIGINT. `modules` names the module for each kind of job."""
    ending = Event()
    with _ended_by_signals(ending):
        database = open_database(settings)
        child = Child(settings, modules)
        try:
            _Worker(database, child, ending).run(settings if repeating else None)
        finally:
            child.kill()
            database.close()


@dataclass
class _Watch:
    """What the worker knows of the job that is being done; times are of the monotonic clock."""

    claim: Claim
    progress: tuple[float, str] | None = None
    stop: Stop | None = None
    kill_at: float = float("inf")
    is_ending: bool = False
    _written: tuple[float, str] | None = None
    _written_at: float = field(default_factory=time.monotonic)
    _looked_at: float = field(default_factory=time.monotonic)

    def is_time_to_write(self) -> bool:
        """Whether the lease has to be renewed, or there is progress to tell."""
        due = PROGRESS_SECONDS if self.progress != self._written else leases.HEARTBEAT_SECONDS
        return time.monotonic() - self._written_at >= due

    def wrote(self, progress: tuple[float, str] | None) -> None:
        """The lease was renewed, with this progress."""
        self._written, self._written_at = progress, time.monotonic()

    def is_time_to_look(self) -> bool:
        """Whether the queue has to be looked at for something more urgent; once in a while."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        return True


class _Worker:
    def __init__(self, database: Database, child: Child, ending: Event) -> None:
        self._database, self._child, self._ending = database, child, ending
        self._name = own_name()
        self._reaped_at = float("-inf")
        self._busy_at = time.monotonic()

    def run(self, repeating: Settings | None) -> None:
        if repeating is not None:
            self._write(lambda db_session: ensure_repeating(db_session, repeating))
        while not self._ending.is_set():
            self._reap_now_and_then()
            claim = self._claim()
            if claim is not None:
                self._see_through(claim)
                self._busy_at = time.monotonic()
                continue
            if time.monotonic() - self._busy_at > MODELS_KEPT_SECONDS:
                self._child.kill()
            self._ending.wait(IDLE_SECONDS)

    def _claim(self) -> Claim | None:
        # A look costs nobody anything; only a claim takes the right to write.
        if self._most_urgent() is None:
            return None
        return self._write(lambda db_session: leases.claim(db_session, self._name))

    def _see_through(self, claim: Claim) -> None:
        """Watch over a job until its row says how it ended, or that it waits again."""
        watch = _Watch(claim)
        self._child.begin(claim)
        while True:
            try:
                message = self._child.next_message(IDLE_SECONDS)
            except EOFError:
                self._after_death(watch)
                return
            if isinstance(message, Ended):
                self._write_end(watch, message)
                return
            if isinstance(message, Progress):
                watch.progress = (message.share, message.words)
            self._reap_now_and_then()
            if not self._say_alive(watch):
                self._child.kill()
                return
            self._interrupt(watch)
            if watch.kill_at < time.monotonic():
                self._child.kill()

    def _say_alive(self, watch: _Watch) -> bool:
        """Renew the lease when it is time; gives false when it is lost."""
        if not watch.is_time_to_write():
            return True
        fence, progress = watch.claim.fence, watch.progress
        try:
            with self._database.session() as db_session:
                wish = leases.beat(db_session, fence, progress)
        except LostLease:
            return False
        except (HomespunError, SQLAlchemyError):
            _log.exception("the queue cannot be written")
            return True
        watch.wrote(progress)
        # A job that is paused ends when it hears of it, however late; who stands aside may still be called off.
        if wish == "called off" and (watch.stop is None or watch.stop.why == "stand aside"):
            self._stop(watch, Stop("called off"), GRACE_SECONDS)
        elif wish == "stand aside" and watch.stop is None:
            self._stop(watch, Stop("stand aside"), float("inf"))
        return True

    def _interrupt(self, watch: _Watch) -> None:
        if self._ending.is_set():
            if not watch.is_ending:
                watch.is_ending = True
                self._stop(watch, watch.stop or Stop("stand aside"), ENDING_SECONDS)
        elif (
            watch.stop is None
            and watch.claim.priority < PERSON_WAITS
            and watch.is_time_to_look()
            and (self._most_urgent() or 0) >= PERSON_WAITS
        ):
            self._stop(watch, Stop("stand aside"), float("inf"))

    def _stop(self, watch: _Watch, stop: Stop, grace_seconds: float) -> None:
        watch.stop = stop
        watch.kill_at = min(watch.kill_at, time.monotonic() + grace_seconds)
        self._child.ask_to(stop)

    def _after_death(self, watch: _Watch) -> None:
        self._child.kill()
        fence = watch.claim.fence
        if watch.is_ending:
            # Killed by us, through no fault of the job's.
            self._write(lambda db_session: leases.stand_aside(db_session, fence))
        else:
            _log.warning("the process doing %s %s died", watch.claim.kind, fence.job_id)
            self._write(lambda db_session: leases.take_back(db_session, fence))

    def _write_end(self, watch: _Watch, ended: Ended) -> None:
        fence, failure = watch.claim.fence, ended.failure
        if ended.stood_aside:
            self._write(lambda db_session: leases.stand_aside(db_session, fence))
        elif failure is not None:
            self._write(lambda db_session: leases.fail(db_session, fence, failure))

    def _reap_now_and_then(self) -> None:
        if time.monotonic() - self._reaped_at < REAP_SECONDS:
            return
        self._reaped_at = time.monotonic()
        taken_back = self._write(leases.reap)
        if taken_back:
            _log.warning("took back %d jobs of processes that died", taken_back)

    def _most_urgent(self) -> int | None:
        try:
            with self._database.session(read_only=True) as db_session:
                return leases.most_urgent(db_session)
        except (HomespunError, SQLAlchemyError):
            _log.exception("the queue cannot be read")
            return None

    def _write(self, change: Callable[[Session], T]) -> T | None:
        """One transaction. A store that does not take it is not the end of the worker, whose lease then runs out."""
        try:
            with self._database.session() as db_session:
                return change(db_session)
        except (HomespunError, SQLAlchemyError):
            _log.exception("the queue cannot be written")
            return None


@contextmanager
def _ended_by_signals(ending: Event) -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda _number, _frame: ending.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
