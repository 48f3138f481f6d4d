"""Audio files in and out. Inside the project audio is ``samples: float32 (channels, time)`` and ``sample_rate``.

Files are opened by decoder processes (``service.audio_decoder``) that the operating system holds to limits of
memory and processor time, so that no file can take this process down with it.
"""

import io
import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from service.errors import InvalidRequest

Samples = NDArray[np.float32]
AnyPath = str | bytes | os.PathLike[str]

# What `load` gives at most, over all channels: 30 minutes of 48 kHz stereo, 0.7 GB.
MOST_LOADED_VALUES = 30 * 60 * 48_000 * 2
SHORT_CPU_SECONDS = 20
LOAD_CPU_SECONDS = 180
# Waiting for a disk costs no processor time; a file on one that does not answer is given up after this.
WALL_SECONDS_PER_CPU_SECOND = 6


class AudioError(InvalidRequest):
    """A file that cannot be used as asked.

    Codes: unreadable_audio, truncated_audio, audio_too_short, audio_too_long, silent_audio, decoding_stopped (a limit
    was hit or the decoder crashed), not_a_file; and unreadable_file, decoding_timed_out, which may pass by themselves.
    """

    code = "unreadable_audio"


@dataclass(frozen=True)
class Audio:
    """Decoded audio: ``samples`` float32 (channels, time) at ``sample_rate`` Hz."""

    samples: Samples
    sample_rate: int

    @property
    def duration_seconds(self) -> float:
        """How long it lasts."""
        return float(self.samples.shape[1] / self.sample_rate)


@dataclass(frozen=True)
class AudioProbe:
    """What a file holds, its duration checked against its end; ``bit_rate`` in bits a second, 0 if unknown."""

    duration_seconds: float
    sample_rate: int
    channels: int
    codec: str
    bit_rate: int


@dataclass(frozen=True)
class DecodedIdentity:
    """What the recording is known by, and what its file holds."""

    content_hash: str
    probe: AudioProbe


class _Decoder:
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


class DecoderPool:
    """Long-lived decoder processes, started when first needed and replaced when one dies. Safe among threads.

    Every method takes one file and raises AudioError when it cannot be used.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._idle: queue.LifoQueue[_Decoder | None] = queue.LifoQueue()
        self._peak_memory_kb: dict[int, int] = {}
        for _ in range(workers):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def peak_memory_mb(self) -> float:
        """The sum of what the largest of the processes have used at their peaks, in megabytes (10^6 bytes)."""
        return sum(sorted(self._peak_memory_kb.values())[-self.workers :]) * 1024 / 1e6

    def probe(self, path: AnyPath) -> AudioProbe:
        """What the file holds."""
        return AudioProbe(**self._ask("probe", path)[0])

    def fingerprint(self, path: AnyPath) -> DecodedIdentity:
        """The recording's identity, from 3 s at its start, middle and end: equal after moving or re-tagging."""
        facts = self._ask("identify", path)[0]
        return DecodedIdentity(facts["content_hash"], AudioProbe(**facts["probe"]))

    def read_tags(self, path: AnyPath) -> dict[str, list[str]]:
        """The file's tags as they are written, each cut at 4,096 characters; empty when there are none."""
        return cast(dict[str, list[str]], self._ask("tags", path)[0]["tags"])

    def load_excerpts(
        self, path: AnyPath, *, sample_rate: int = 16_000, excerpt_seconds: float = 3.0, excerpts: int = 10
    ) -> Samples:
        """Mono excerpts (excerpts, time) spread evenly over the track, read by seeking."""
        facts, _, data = self._ask(
            "excerpts", path, count=excerpts, seconds=excerpt_seconds, sample_rate=sample_rate
        )
        return np.frombuffer(data, np.float32).reshape(facts["count"], -1).copy()

    def load(
        self,
        path: AnyPath,
        *,
        sample_rate: int | None = None,
        mono: bool = False,
        max_seconds: float | None = None,
        start_seconds: float = 0.0,
    ) -> Audio:
        """The audio from ``start_seconds`` on, at most ``max_seconds`` of it, at the file's rate or ``sample_rate``.

        ``mono`` gives the mean of the channels. Raises AudioError ``audio_too_long`` beyond 30 minutes of stereo.
        """
        facts, pieces, _ = self._ask(
            "load",
            path,
            cpu_seconds=LOAD_CPU_SECONDS,
            sample_rate=sample_rate,
            mono=mono,
            max_seconds=max_seconds,
            start_seconds=start_seconds,
            most_values=MOST_LOADED_VALUES,
        )
        interleaved = np.frombuffer(b"".join(pieces), np.float32).reshape(-1, facts["channels"])
        return Audio(np.ascontiguousarray(interleaved.T), facts["sample_rate"])

    def close(self) -> None:
        """End all processes; calls on other threads must have returned."""
        # All are taken before any place is given back: the queue would hand out the place given back last.
        for decoder in [self._idle.get() for _ in range(self.workers)]:
            if decoder is not None:
                decoder.close()
            self._idle.put(None)

    def _ask(
        self, what: str, path: AnyPath, *, cpu_seconds: int = SHORT_CPU_SECONDS, **details: object
    ) -> tuple[dict[str, Any], list[bytes], bytes]:
        absolute = os.path.join(os.getcwdb(), os.fsencode(path))  # noqa: PTH109, PTH118  # pathlib has no bytes
        request = {"do": what, "path": absolute.hex(), "cpu_seconds": cpu_seconds, **details}
        decoder = self._idle.get()
        try:
            if decoder is not None and not decoder.is_alive:
                decoder.close()
                decoder = None
            if decoder is None:
                decoder = _Decoder()
            return decoder.ask(request)
        finally:
            if decoder is not None:
                self._peak_memory_kb[decoder.process_id] = decoder.peak_memory_kb
            self._idle.put(decoder)


def load(
    path: AnyPath,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    max_seconds: float | None = None,
    start_seconds: float = 0.0,
) -> Audio:
    """One file, decoded in a process of its own: see ``DecoderPool.load``."""
    with DecoderPool() as pool:
        return pool.load(
            path, sample_rate=sample_rate, mono=mono, max_seconds=max_seconds, start_seconds=start_seconds
        )


def probe(path: AnyPath) -> AudioProbe:
    """What one file holds: see ``DecoderPool.probe``."""
    with DecoderPool() as pool:
        return pool.probe(path)


def flac_bytes(samples: Samples, sample_rate: int) -> bytes:
    """A FLAC file, 16 bits, of float samples (channels, time) within -1..1. Raises ValueError for anything else."""
    if samples.ndim != 2 or not math.isfinite(float(np.abs(samples).max(initial=0.0))):
        raise ValueError("samples must be finite and have the shape (channels, time)")
    file = io.BytesIO()
    soundfile.write(file, samples.T, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()
