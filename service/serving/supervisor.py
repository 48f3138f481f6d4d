"""Serving: from settings to a web server and a worker that run until they are told to stop."""

import http.client
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from filelock import FileLock
from filelock import Timeout as LockTimeout
from gunicorn.systemd import sd_notify

from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.secret_key import load_secret_key
from service.accounts.setup_code import ensure_setup_code
from service.errors import Conflict, NotPrepared
from service.serving.kept_running import KeptRunning
from service.serving.listening_socket import open_listening_socket, reachable_address
from service.serving.supervisor_log import LOG, log_to_standard_error
from service.settings import Settings, environment_for
from service.store.data_folder import prepare_data_folder
from service.store.database import open_database

STOP_SECONDS = 8.0
"""For what is being answered and stored; the web server itself takes at most `web_server.GRACEFUL_SECONDS`."""

_LOOK_SECONDS = 0.1
# The web server's threads already share the cores: products in teams of their own make them wait for each other, and
# an arena of memory for each thread is never given back.
_FOR_MANY_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_MOST_FAILED_STARTS = 3


def serve(settings: Settings, *, when_ready: Callable[[str], None], meanwhile: Iterable[None] = ()) -> None:
    """Serve until SIGTERM or SIGINT. Call from the main thread of a process without others.

    ``when_ready`` is given the address once the service answers; ``meanwhile`` is advanced some times a second from
    then on. Raises Conflict (``already_running``, ``port_taken``), InvalidRequest (``bad_host``), NotPrepared
    (``web_not_starting``), and what `open_database`, `load_secret_key` and `load_app_password_keys` raise.
    """
    prepare_data_folder(settings)
    with _alone_on(settings.data_dir):
        _prepare(settings)
        log_to_standard_error(settings.log_level)
        with open_listening_socket(settings.host, settings.port) as listener:
            chosen = settings.model_copy(update={"port": listener.getsockname()[1]})
            _Service(chosen, listener).run(when_ready, iter(meanwhile))


def _prepare(settings: Settings) -> None:
    """The store brought up to date, and the secrets that must be there before anybody asks."""
    database = open_database(settings)
    try:
        load_secret_key(settings)
        load_app_password_keys(settings)
        with database.session() as db_session:
            ensure_setup_code(settings, db_session)
    finally:
        database.close()


@contextmanager
def _alone_on(data_dir: Path) -> Iterator[None]:
    # The system lets go of the lock when the process ends, whatever ended it.
    try:
        with FileLock(data_dir / "serving.lock", timeout=0):
            yield
    except LockTimeout as error:
        raise Conflict(
            f"Homespun is already serving {data_dir}; stop that one first, or name another data folder.",
            code="already_running",
        ) from error


class _Service:
    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        environment = environment_for(settings)
        self._listener = listener
        self._address = reachable_address(listener)
        self._url = settings.public_url or "http://{}:{}".format(*_for_url(self._address))
        self._ready_path = f"{settings.url_path}/api/v1/readyz"
        python = [sys.executable, "-m"]
        web_server = [*python, "service.serving.web_server", str(listener.fileno())]
        self._web = KeptRunning(
            "web server", web_server, environment | _FOR_MANY_THREADS, pass_fds=[listener.fileno()]
        )
        self._all = (self._web, KeptRunning("worker", [*python, "service.worker"], environment))
        self._signals = 0

    def run(self, when_ready: Callable[[str], None], meanwhile: Iterator[None]) -> None:
        with self._signals_counted():
            try:
                if self._start():
                    when_ready(self._url)
                    sd_notify(f"READY=1\nSTATUS=Serving at {self._url}", LOG)
                while not self._signals:
                    self._look_after_all()
                    next(meanwhile, None)
                    time.sleep(_LOOK_SECONDS)
            finally:
                self._stop()

    def _start(self) -> bool:
        """Whether the service answers; False when it was told to stop before it did."""
        while not self._signals:
            self._look_after_all()
            if self._web.ended_soon >= _MOST_FAILED_STARTS:
                raise NotPrepared(
                    "The web server does not start; what it said stands above.", code="web_not_starting"
                )
            if self._answers():
                return True
            time.sleep(_LOOK_SECONDS)
        return False

    def _look_after_all(self) -> None:
        for program in self._all:
            ended = program.look_after()
            if ended:
                LOG.error(ended)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(*self._address, timeout=1.0)
        try:
            connection.request("GET", self._ready_path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _stop(self) -> None:
        sd_notify("STOPPING=1", LOG)
        self._listener.close()
        for program in self._all:
            program.ask_to_stop()
        # A second Ctrl-C is somebody who does not want to wait.
        signals, patience = self._signals, time.monotonic() + STOP_SECONDS
        while _running(self._all) and time.monotonic() < patience and self._signals == signals:
            time.sleep(_LOOK_SECONDS)
        for program in _running(self._all):
            LOG.warning("The %s did not stop within %.0f s and is ended.", program.name, STOP_SECONDS)
            program.kill()

    @contextmanager
    def _signals_counted(self) -> Iterator[None]:
        def count(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1

        before = {
            number: signal.signal(number, count) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _running(programs: Sequence[KeptRunning]) -> list[KeptRunning]:
    return [program for program in programs if program.is_running()]


def _for_url(address: tuple[str, int]) -> tuple[str, int]:
    host, port = address
    return (f"[{host}]" if ":" in host else host), port
