"""Encoder processes: how many may run, what they are told, and what is done when they end."""

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from service.audio import AudioError
from service.errors import HomespunError, StorageFull, TooManyRequests
from service.library.cached_files import remove_least_recently_used

WALL_SECONDS = 3_600
# An encoder is done with a track in some seconds.
RETRY_AFTER_SECONDS = 5
SOURCE_TREE = Path(__file__).parents[2]


def is_being_written(file: BinaryIO) -> bool:
    """Whether an encoder, or the thread that waits for it, still holds this file."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


class EncodingProcess:
    """A running encoder, waited for by a thread of its own."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        output: BinaryIO,
        place: int,
        partial: Path,
        path: Path,
        most_bytes: int,
    ) -> None:
        self._process = process
        self._output = output
        self._place = place
        self._partial = partial
        self._path = path
        self._most_bytes = most_bytes
        self._error: HomespunError = AudioError("It could not be encoded.", code="encoding_stopped")
        self._thread = threading.Thread(target=self._wait, name=f"encoding {path.name}", daemon=True)
        self._thread.start()

    def error(self) -> HomespunError:
        """Why it failed."""
        self._thread.join()
        return self._error

    def _wait(self) -> None:
        try:
            try:
                _, told = self._process.communicate(timeout=WALL_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                _, told = self._process.communicate()
            if self._process.returncode == 0:
                # A power cut must not leave an empty file under the final name.
                os.fsync(self._output.fileno())
                self._partial.replace(self._path)
                remove_least_recently_used(self._path.parent, self._most_bytes, keep=self._path)
            else:
                self._partial.unlink(missing_ok=True)
                self._error = _told_error(told)
        finally:
            # Only now others see that it has ended.
            self._output.close()
            os.close(self._place)


def start_encoding(
    source: BinaryIO,
    partial: Path,
    path: Path,
    *,
    format_name: str,
    bits_a_second: int,
    most_bytes: int,
    most_processes: int,
) -> EncodingProcess:
    """Encode ``source`` into ``partial``, which must not exist and becomes ``path`` when it is whole.

    Raises TooManyRequests (``encoders_busy``) and StorageFull.
    """
    place = _free_place(partial.parent, most_processes)
    try:
        output = partial.open("xb", buffering=0)
    except OSError as error:
        os.close(place)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("There is no room for the track in another format.") from error
        raise
    # The lock and the place belong to the open files, which the encoder inherits: they last as long as it does.
    fcntl.flock(output, fcntl.LOCK_EX)
    process = subprocess.Popen(
        [sys.executable, "-m", "service.audio_encoder", format_name, str(bits_a_second), str(most_bytes)],
        stdin=source,
        stdout=output,
        stderr=subprocess.PIPE,
        pass_fds=(place,),
        cwd=SOURCE_TREE,
        # Nothing of what this process was told is any business of a process that opens strangers' files.
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    return EncodingProcess(process, output, place, partial, path, most_bytes)


def _free_place(folder: Path, most_processes: int) -> int:
    for number in range(most_processes):
        place = os.open(folder / f".place-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(place)
        else:
            return place
    raise TooManyRequests(
        "Too many tracks are being encoded at present; try again in a few seconds.",
        code="encoders_busy",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )


def _told_error(told: bytes) -> HomespunError:
    try:
        facts = json.loads(told.splitlines()[-1])
        code, reason = str(facts["code"]), str(facts["reason"])
    except (ValueError, IndexError, KeyError, TypeError):
        return AudioError("The encoder crashed on it.", code="encoding_stopped")
    return StorageFull(reason) if code == "storage_full" else AudioError(reason, code=code)
