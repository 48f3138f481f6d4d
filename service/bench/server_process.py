"""Servers to measure: the service as a person starts it, and a bare route for comparison."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from service.errors import NotPrepared
from service.settings import Settings, environment_for

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 120.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class MeasuredServer:
    """A server that answers: where, after how long, and the process it was started as."""

    port: int
    ready_seconds: float
    pid: int

    def memory_mb(self) -> dict[str, float]:
        """Megabytes of all processes that hold the listening socket: "pss" counts what is shared once, "rss" each time."""
        pss = rss = 0
        for process in self._web_processes():
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
            sizes = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
            pss += int(sizes["Pss"].split()[0])
            rss += int(sizes["Rss"].split()[0])
        return {"pss": round(pss / 1024, 1), "rss": round(rss / 1024, 1)}

    def _web_processes(self) -> list[psutil.Process]:
        """The web server and its children; of the tree, those that accept connections and are no supervisor."""
        started = psutil.Process(self.pid)
        family = started.children(recursive=True)
        found = [process for process in family if self._listens(process)]
        return found or [started]

    def _listens(self, process: psutil.Process) -> bool:
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == self.port
            for connection in process.net_connections("tcp")
        )


@contextmanager
def service_running(settings: Settings, log: Path) -> Iterator[MeasuredServer]:
    """`homespun serve` on a free port, stopped with SIGTERM at the end; what it says goes to the file ``log``."""
    chosen = settings.model_copy(update={"port": free_port(), "host": HOST})
    command = [str(Path(sys.executable).with_name("homespun")), "serve"]
    with _running(command, chosen, chosen.port or 0, "/api/v1/readyz", log) as server:
        yield server


@contextmanager
def bare_route_running(settings: Settings, log: Path) -> Iterator[MeasuredServer]:
    """One Flask view that says hello, under the web server's own settings."""
    with socket.create_server((HOST, 0), backlog=512) as listener:
        port, fd = listener.getsockname()[1], listener.fileno()
        command = [sys.executable, "-m", "service.serving.bare_route", str(fd)]
        with _running(command, settings, port, "/", log, pass_fds=[fd]) as server:
            yield server


def free_port() -> int:
    """A port that was free a moment ago."""
    with closing(socket.create_server((HOST, 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(
    command: Sequence[str],
    settings: Settings,
    port: int,
    ready_path: str,
    log: Path,
    pass_fds: Sequence[int] = (),
) -> Iterator[MeasuredServer]:
    begun = time.perf_counter()
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, env=environment_for(settings), pass_fds=pass_fds, stdout=said, stderr=said
        )
    try:
        while not answers(port, ready_path):
            if process.poll() is not None or time.perf_counter() - begun > _PATIENCE_SECONDS:
                raise NotPrepared(
                    f"The server to measure does not answer; see {log}.", code="server_not_ready"
                )
            time.sleep(0.02)
        yield MeasuredServer(port, time.perf_counter() - begun, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int, path: str) -> bool:
    """Whether a server of this machine answers 200 there."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=2.0)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
