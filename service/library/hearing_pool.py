"""Processes that listen to tracks, one each at a time, with an encoder and a decoder of their own.

They are started afresh, compute with one thread each, and die with the process that started them. One that is killed costs
the track it listened to and is replaced.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from threadpoolctl import threadpool_limits

from recommender.embedding import TrackEncoder
from service.audio import AudioError, DecoderPool
from service.library.hearing import Heard, hear
from service.operations.encoder_weights import load_encoder_weights
from service.operations.parent_death import die_with_parent

LOOK_SECONDS = 0.25
"""Between answers: whoever waits for them has other things to look after."""

_GIVEN_AHEAD = 2
"""The next track lies ready while the answer to one is on its way."""

_END_SECONDS = 2.0

_LIBC = ctypes.CDLL(None)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnheardTrack:
    """A track to listen to, and its file as `open` takes it; ``modified_ns`` tells when trying again may end otherwise."""

    track_id: str
    file_name: str
    content_hash: str
    duration_seconds: float
    modified_ns: int


@dataclass(frozen=True)
class Failed:
    """Why a track could not be listened to: a stable code and one sentence."""

    code: str
    reason: str


Answer = tuple[UnheardTrack, Heard | Failed]


def listen(track: UnheardTrack, encoder: TrackEncoder, decoders: DecoderPool) -> Heard | Failed:
    """Listens to one track; whatever goes wrong with it is its own failure."""
    try:
        return hear(track.file_name, track.duration_seconds, encoder, decoders)
    except AudioError as error:
        return Failed(error.code, str(error))
    except Exception as error:  # noqa: BLE001  # a track nobody thought of must not end the listening to all others
        _log.exception("listening to %s", track.track_id)
        return Failed("internal", f"Something went wrong inside ({type(error).__name__}); the log says more.")


class HearingPool:
    """So many listening processes, for one thread to give tracks to."""

    def __init__(self, processes: int, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._processes = processes
        self._listeners: list[_Listener] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners:
            listener.ask_to_end() if error is None else listener.kill()
        for listener in self._listeners:
            listener.join()
        self._listeners = []

    @property
    def process_ids(self) -> list[int]:
        """The processes that listen now."""
        return [listener.process_id for listener in self._listeners]

    def answers(self, tracks: Sequence[UnheardTrack]) -> Iterator[Answer | None]:
        """What was heard in the tracks, as it comes; None where nothing came for a quarter of a second.

        A track whose process was killed fails with ``listening_stopped``. Raises RuntimeError when the processes do not
        start.
        """
        waiting = deque(tracks)
        while waiting or any(listener.given for listener in self._listeners):
            self._give(waiting)
            ready = wait([listener.connection for listener in self._listeners], LOOK_SECONDS)
            if not ready:
                yield None
            for listener in [each for each in self._listeners if each.connection in ready]:
                try:
                    answer = listener.connection.recv()
                except (EOFError, OSError):
                    yield from self._bury(listener, waiting)
                    continue
                if isinstance(answer, str):
                    listener.is_ready = True
                else:
                    yield listener.given.popleft(), answer

    def _give(self, waiting: deque[UnheardTrack]) -> None:
        wanted = min(self._processes, len(waiting) + sum(bool(each.given) for each in self._listeners))
        while len(self._listeners) < wanted:
            self._listeners.append(_Listener.start(self._models_dir))
        for _ in range(_GIVEN_AHEAD):
            for listener in self._listeners:
                if waiting and len(listener.given) < _GIVEN_AHEAD:
                    listener.give(waiting.popleft())

    def _bury(self, listener: "_Listener", waiting: deque[UnheardTrack]) -> Iterator[Answer]:
        listener.kill()
        listener.join()
        self._listeners.remove(listener)
        if not listener.is_ready:
            raise RuntimeError("the process that listens to tracks does not start")
        lost, *untouched = listener.given or [None]
        waiting.extendleft(reversed([track for track in untouched if track is not None]))
        if lost is not None:
            yield lost, Failed("listening_stopped", "The process that listened to it was ended.")


@dataclass
class _Listener:
    """One listening process, and what it was given and has not answered: the first of it is what it listens to."""

    process: SpawnProcess
    connection: "Connection[Any, Any]"
    given: deque[UnheardTrack] = field(default_factory=deque)
    is_ready: bool = False

    @classmethod
    def start(cls, models_dir: Path) -> Self:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_listen_on, args=(theirs, models_dir, os.getpid()), name="homespun-ear", daemon=True
        )
        process.start()
        # With this end closed here, the death of the process is the end of what can be read.
        theirs.close()
        return cls(process, ours)

    @property
    def process_id(self) -> int:
        return self.process.pid or 0

    def give(self, track: UnheardTrack) -> None:
        self.given.append(track)
        self._send(track)

    def ask_to_end(self) -> None:
        self._send(None)

    def kill(self) -> None:
        self.process.kill()

    def join(self) -> None:
        self.process.join(_END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()

    def _send(self, message: UnheardTrack | None) -> None:
        try:
            self.connection.send(message)
        except OSError:
            # It is dead, which the next reading finds.
            return


_READY = "ready"


def _listen_on(connection: "Connection[Any, Any]", models_dir: Path, parent_id: int) -> None:
    """The listening process: answers each track with what was heard, until told to end."""
    die_with_parent(parent_id, signal.SIGKILL)
    # The parent alone decides when this ends. No SIG_IGN: the decoder would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    torch.set_num_threads(1)
    threadpool_limits(1)
    encoder = TrackEncoder.from_weights(load_encoder_weights(models_dir))
    _answer_all(connection, lambda track, decoders: listen(track, encoder, decoders))


def _answer_all(
    connection: "Connection[Any, Any]", listening: Callable[[UnheardTrack, DecoderPool], Heard | Failed]
) -> None:
    with DecoderPool(1) as decoders:
        connection.send(_READY)
        while (track := connection.recv()) is not None:
            connection.send(listening(track, decoders))
            _give_memory_back()


def _give_memory_back() -> None:
    """What one track needed is not kept for the next: held in pieces, it grows with every size a track has."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
