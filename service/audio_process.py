"""One decoder process and the line to it: see ``service.audio``, which keeps a pool of them."""

import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.errors import InvalidRequest

# Waiting for a disk costs no processor time; a file on one that does not answer is given up after this.
WALL_SECONDS_PER_CPU_SECOND = 6


class AudioError(InvalidRequest):
    """A file that cannot be used as asked.

    Codes: unreadable_audio, truncated_audio, audio_too_short, audio_too_long, silent_audio, decoding_stopped (a limit
    was hit or the decoder crashed), not_a_file; and unreadable_file, decoding_timed_out, which may pass by themselves.
    """

    code = "unreadable_audio"


class DecoderProcess:
    """One decoder process and the line to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.audio_decoder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The package is found from here whether it is installed or run from a source tree.
            cwd=Path(__file__).parents[1],
        )
        self.peak_memory_kb = 0
        self.cpu_seconds = 0.0
        self._timed_out = False
        try:
            self._read_message()
        except EOFError as error:
            self.close()
            raise RuntimeError("the audio decoder does not start") from error

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes], bytes]:
        """The answer's facts, the pieces sent before it and the data sent with it. Raises AudioError."""
        wall_seconds = WALL_SECONDS_PER_CPU_SECOND * request["cpu_seconds"]
        watch = threading.Timer(wall_seconds, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            return self._exchange(request)
        except (OSError, EOFError) as error:
            raise self._died(request) from error
        finally:
            watch.cancel()

    def _exchange(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes], bytes]:
        if self._process.stdin is None:
            raise EOFError
        self._process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        self._process.stdin.flush()
        pieces: list[bytes] = []
        while True:
            message, data = self._read_message()
            if "failed" in message:
                raise AudioError(message["failed"]["reason"], code=message["failed"]["code"])
            if "done" in message:
                return message["done"], pieces, data
            pieces.append(data)

    def _read_message(self) -> tuple[dict[str, Any], bytes]:
        answers = self._process.stdout
        line = b"" if answers is None else answers.readline()
        if answers is None or not line.endswith(b"\n"):
            raise EOFError
        message: dict[str, Any] = json.loads(line)
        data = answers.read(message["bytes"])
        if len(data) != message["bytes"]:
            raise EOFError
        self.peak_memory_kb = max(self.peak_memory_kb, message["peak_memory_kb"])
        self.cpu_seconds = message["cpu_seconds"]
        return message, data

    def _give_up(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _died(self, request: dict[str, Any]) -> AudioError:
        self.close()
        if self._timed_out:
            return AudioError("Its disk did not answer in time.", code="decoding_timed_out")
        if self._process.returncode == -signal.SIGXCPU:
            seconds = request["cpu_seconds"]
            return AudioError(f"Decoding it takes more than {seconds} s of work.", code="decoding_stopped")
        return AudioError("The decoder crashed on it.", code="decoding_stopped")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # What was still to be written to a dead process is of no use.
                with suppress(BrokenPipeError):
                    pipe.close()
