"""The service as a person starts it, in processes of its own."""

import http.client
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.settings import environment_for, load_settings
from tests.service.serving.processes import descendants, is_alive, wait_until


@dataclass
class Served:
    """A running ``homespun serve``: its process, and what it has said so far."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What it printed when it answered."""
        return next(line.split()[1] for line in self.said if line.startswith("Homespun: "))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def status(self, path: str = "/api/v1/readyz") -> int:
        """What a request is answered; 0 when it is not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def child(self, module: str) -> int | None:
        """The number of the child that runs this module, if it runs."""
        for pid in descendants(self.process.pid, deep=False):
            if module in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0"):
                return pid
        return None


HOMESPUN = Path(sys.executable).parent / "homespun"

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the service on a data folder of the test's own and wait until it answers; ended after the test."""
    started: list[Served] = []

    def start(*arguments: str) -> Served:
        command = [HOMESPUN, "serve", "--data-dir", tmp_path / "data", *arguments]
        environment = environment_for(load_settings(web_processes=1))
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        served = Served(process)
        started.append(served)
        threading.Thread(target=lambda: served.said.extend(process.stdout or ()), daemon=True).start()
        wait_until(
            lambda: process.poll() is not None or any(line.startswith("Homespun: ") for line in served.said)
        )
        assert process.poll() is None, "".join(served.said)
        return served

    yield start
    for served in started:
        family = [served.process.pid, *descendants(served.process.pid)]
        if served.process.poll() is None:
            served.process.send_signal(signal.SIGTERM)
            served.process.wait(timeout=20)
        wait_until(lambda family=family: not any(map(is_alive, family)))
        if served.process.stdout is not None:
            served.process.stdout.close()


@pytest.fixture
def request_lines() -> Callable[[Served], list[str]]:
    """The lines of the log that are about requests."""
    return lambda served: [line for line in served.said if re.search(r" INFO web\[\d+\] (GET|POST) ", line)]
