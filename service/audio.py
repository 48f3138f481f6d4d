"""Audio files in and out. Inside the project audio is ``samples: float32 (channels, time)`` and ``sample_rate``.

Files are opened by decoder processes (``service.audio_decoder``) that the operating system holds to limits of
memory and processor time, so that no file can take this process down with it.
"""

import io
import math
import os
import queue
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
import soundfile
from numpy.typing import NDArray

from service.audio_process import AudioError, DecoderProcess

Samples = NDArray[np.float32]
__all__ = [
    "Audio",
    "AudioError",
    "AudioMeasures",
    "AudioProbe",
    "DecodedIdentity",
    "DecoderPool",
    "ListenedAudio",
    "flac_bytes",
    "load",
    "probe",
]

AnyPath = str | bytes | os.PathLike[str]

# What `load` gives at most, over all channels: 30 minutes of 48 kHz stereo, 0.7 GB.
MOST_LOADED_VALUES = 30 * 60 * 48_000 * 2
SHORT_CPU_SECONDS = 20
LOAD_CPU_SECONDS = 180


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
class AudioMeasures:
    """How loud a whole file is: integrated loudness in LUFS (ITU-R BS.1770, at least -70) and the highest sample.

    ``loudness_range_lu`` is how far its loudness varies (EBU Tech 3342), 0 below three seconds. ``peaks`` is the highest
    sample, 0 to 1, of each of about as many equal parts as were asked for.
    """

    loudness_lufs: float
    loudness_range_lu: float
    peak: float
    peaks: list[float]


@dataclass(frozen=True)
class ListenedAudio:
    """What one pass over a file gives: mono excerpts (count, time), its middle (time), and the measures of the whole.

    There are no excerpts of a file that is shorter than one. ``measuring_cpu_seconds`` is what the measures cost.
    """

    excerpts: Samples
    middle: Samples
    measures: AudioMeasures
    measuring_cpu_seconds: float


@dataclass(frozen=True)
class DecodedIdentity:
    """What the recording is known by, and what its file holds."""

    content_hash: str
    probe: AudioProbe


class DecoderPool:
    """Long-lived decoder processes, started when first needed and replaced when one dies. Safe among threads.

    Every method takes one file and raises AudioError when it cannot be used.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._idle: queue.LifoQueue[DecoderProcess | None] = queue.LifoQueue()
        self._peak_memory_kb: dict[int, int] = {}
        self._spent = threading.local()
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

    @property
    def cpu_seconds(self) -> float:
        """What the answers to this thread have cost the processes, in CPU-seconds; their starts take no part."""
        spent: float = getattr(self._spent, "seconds", 0.0)
        return spent

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

    def measure(self, path: AnyPath, *, parts: int = 600) -> AudioMeasures:
        """Loudness, its range and peaks of the whole file, decoded once and never held in memory."""
        return AudioMeasures(**self._ask("measure", path, cpu_seconds=LOAD_CPU_SECONDS, parts=parts)[0])

    def spectrogram(self, path: AnyPath, *, columns: int, rows: int) -> bytes:
        """A PNG of the whole file's tones, about ``columns`` by ``rows`` pixels."""
        return self._ask("spectrogram", path, cpu_seconds=LOAD_CPU_SECONDS, columns=columns, rows=rows)[2]

    def listen(
        self,
        path: AnyPath,
        *,
        sample_rate: int = 16_000,
        excerpt_seconds: float = 3.0,
        excerpts: int = 10,
        middle_seconds: float = 30.0,
        parts: int = 600,
    ) -> ListenedAudio:
        """What `load_excerpts`, `load` of the middle and `measure` give, in one pass over the file."""
        facts, pieces, data = self._ask(
            "listen",
            path,
            cpu_seconds=LOAD_CPU_SECONDS,
            count=excerpts,
            seconds=excerpt_seconds,
            middle_seconds=middle_seconds,
            parts=parts,
            sample_rate=sample_rate,
        )
        length = round(excerpt_seconds * sample_rate)
        return ListenedAudio(
            np.frombuffer(b"".join(pieces), np.float32).reshape(facts["count"], length).copy(),
            np.frombuffer(data, np.float32).copy(),
            AudioMeasures(**facts["measures"]),
            facts["measuring_cpu_seconds"],
        )

    def embedded_picture(self, path: AnyPath, *, side_pixels: int) -> bytes | None:
        """The front cover in an audio file's tags as a square WebP of at most ``side_pixels``; None without one."""
        return self._ask("embedded_picture", path, side=side_pixels)[2] or None

    def picture(self, path: AnyPath, *, side_pixels: int) -> bytes:
        """A JPEG, PNG or WebP file as a square WebP of at most ``side_pixels``."""
        return self._ask("picture", path, side=side_pixels)[2]

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
                decoder = DecoderProcess()
            before = decoder.cpu_seconds
            return decoder.ask(request)
        finally:
            if decoder is not None:
                self._spent.seconds = self.cpu_seconds + decoder.cpu_seconds - before
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
