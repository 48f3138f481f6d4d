"""A program that is started again when it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from service.operations.parent_death import die_with_parent

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
STEADY_SECONDS = 10.0
"""A program that ran so long was not ended by what is wrong with it from the start: the pauses begin anew."""


class KeptRunning:
    """One program in a process group of its own, with pauses between starts that double while it ends soon.

    It is ended with its supervisor, whatever becomes of that. ``look_after`` starts it, and wants to be called often.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], pass_fds: Sequence[int] = ()
    ) -> None:
        self.name = name
        self.ended_soon = 0
        """How many times in a row it ended within `STEADY_SECONDS`."""
        self._command, self._environment, self._pass_fds = list(command), dict(environment), pass_fds
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_at = 0.0

    def look_after(self) -> str | None:
        """Start the program when it is time to; a sentence when it has ended since the last call."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_at:
                self._start()
            return None
        if self.is_running():
            return None
        self.ended_soon = 0 if now - self._started >= STEADY_SECONDS else self.ended_soon + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** max(self.ended_soon - 1, 0), LONGEST_PAUSE_SECONDS)
        self._start_at = now + pause
        status, self._process = self._process.returncode, None
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return f"The {self.name} ended ({how}); it is started again in {pause:.1f} s."

    def is_running(self) -> bool:
        """Whether it runs. What an ended one has left running is ended too."""
        if self._process is None or self._process.returncode is not None:
            return False
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return True
        # Before it is reaped, so that its number cannot be another's group yet.
        self.kill()
        self._process.wait()
        return False

    def ask_to_stop(self) -> None:
        """Have it end when it is done with what it has in hand."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and all it started, now."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _start(self) -> None:
        supervisor_pid = os.getpid()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            pass_fds=self._pass_fds,
            # Ctrl-C is for the supervisor, which then stops the others in order.
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(supervisor_pid, signal.SIGTERM),  # noqa: PLW1509  # the supervisor has no threads
        )
