"""The worker's hold on the process that does its jobs."""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from service.operations.leases import Claim
from service.settings import Settings
from service.worker.doing import do_jobs
from service.worker.messages import Ended, Progress, Stop


class Child:
    """A process that does one job after the other. It is started when first wanted, and anew after it died."""

    def __init__(self, settings: Settings, modules: Mapping[str, str]) -> None:
        self._settings, self._modules = settings, dict(modules)
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def begin(self, claim: Claim) -> None:
        """Have a job done."""
        if self._process is None or not self._process.is_alive():
            self.kill()
            self._start()
        self._send(claim)

    def ask_to(self, stop: Stop) -> None:
        """Ask that the job be ended; it hears of it at its next report."""
        self._send(stop)

    def next_message(self, timeout_seconds: float) -> Progress | Ended | None:
        """What the process says within so many seconds, None for nothing. Raises EOFError when it is dead."""
        if self._connection is None:
            raise EOFError
        try:
            message: Progress | Ended | None = (
                self._connection.recv() if self._connection.poll(timeout_seconds) else None
            )
        except OSError as error:
            raise EOFError from error
        return message

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=do_jobs, args=(self._settings, self._modules, theirs, os.getpid()), name="homespun-jobs"
        )
        self._process.start()
        # With this end closed here, the death of the process is the end of what can be read.
        theirs.close()

    def _send(self, message: Claim | Stop) -> None:
        if self._connection is None:
            return
        try:
            self._connection.send(message)
        except OSError:
            # It is dead, which the next reading finds.
            return
