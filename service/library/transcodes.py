"""Tracks in other formats: encoded once for all who ask, heard while they are being made, kept up to a size.

The encoder process holds a lock on the file it writes, so that every process can tell one that grows from one that
was left behind, whoever started it and whatever became of them. A whole file gets its final name.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from service.audio import AudioError
from service.errors import InvalidRequest
from service.library.encoding_process import EncodingProcess, is_being_written, start_encoding
from service.settings import Settings
from service.store.tables import Track

BITRATES_KBPS = (64, 96, 128, 160, 192, 256, 320)
DEFAULT_KBPS = {"opus": 128, "mp3": 192}
FORMATS = tuple(DEFAULT_KBPS)
# Heard well at any bit rate, and by every browser.
PREFERRED_FORMAT = "opus"
CHUNK_BYTES = 1 << 16
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Target:
    """What a track is to be encoded to."""

    format: str
    kilobits_a_second: int


def target_for(
    track: Track, format: str | None, max_bitrate: int | None
) -> Target | None:  # the name of the parameter in the URL
    """What to encode the track to, or None when its own file is what was asked for.

    ``max_bitrate`` is in kbit/s. Nothing is encoded to more bits than it has, and nothing that fits is encoded at all.
    Raises InvalidRequest (``unknown_format``, ``bad_max_bitrate``).
    """
    if format is not None and format not in FORMATS:
        raise InvalidRequest(f"The format is one of {', '.join(FORMATS)}.", code="unknown_format")
    if max_bitrate is not None and max_bitrate not in BITRATES_KBPS:
        steps = ", ".join(map(str, BITRATES_KBPS))
        raise InvalidRequest(f"The highest bit rate is one of {steps} kbit/s.", code="bad_max_bitrate")
    own_kbps = (track.bit_rate or track.size_bytes * 8 / max(track.duration_seconds, 1.0)) / 1000
    if format in (None, track.codec) and own_kbps <= (max_bitrate or own_kbps):
        return None
    chosen = format or PREFERRED_FORMAT
    limit = min(max_bitrate or DEFAULT_KBPS[chosen], own_kbps)
    return Target(chosen, max((step for step in BITRATES_KBPS if step <= limit), default=BITRATES_KBPS[0]))


@dataclass(frozen=True)
class Transcode:
    """An open file that is whole, or grows until it has its final name."""

    file: BinaryIO
    path: Path
    is_whole: bool
    process: EncodingProcess | None = None

    def follow(self) -> Iterator[bytes]:
        """The content from the start, as it comes. Raises AudioError when it ends before it is whole."""
        with self.file:
            while True:
                grows = is_being_written(self.file)
                while chunk := self.file.read(CHUNK_BYTES):
                    yield chunk
                if not grows:
                    break
                time.sleep(POLL_SECONDS)
            self._check_whole()

    def wait_for_beginning(self) -> None:
        """Returns when there is something to hear. Raises AudioError or StorageFull when nothing comes."""
        while os.fstat(self.file.fileno()).st_size == 0:
            if not is_being_written(self.file):
                self._check_whole()
                return
            time.sleep(POLL_SECONDS)

    def wait_until_whole(self) -> "Transcode":
        """The same, whole. Raises AudioError or StorageFull when it ends before."""
        while is_being_written(self.file):
            time.sleep(POLL_SECONDS)
        self._check_whole()
        return Transcode(self.file, self.path, is_whole=True)

    def _check_whole(self) -> None:
        with suppress(FileNotFoundError):
            if os.path.samestat(self.path.stat(), os.fstat(self.file.fileno())):
                return
        self.file.close()
        if self.process is not None:
            raise self.process.error()
        raise AudioError("It could not be encoded.", code="encoding_stopped")


def version_of(known_by: str, status: os.stat_result) -> str:
    """What a file as it is now is known by: another one for another recording, and for the same one written again."""
    return f"{known_by[:32]}-{status.st_size:x}-{status.st_mtime_ns:x}"


def transcodes_of(settings: Settings, track: Track) -> list[Path]:
    """Where all that this track may have been encoded to would lie."""
    try:
        status = os.stat(track.path)  # noqa: PTH116  # a path's bytes need not be text
    except OSError:
        return []
    known_by = version_of(track.content_hash, status)
    targets = [Target(format, bitrate) for format in FORMATS for bitrate in BITRATES_KBPS]
    return [transcode_path(settings, known_by, target) for target in targets]


def transcode_path(settings: Settings, known_by: str, target: Target) -> Path:
    """Where the whole file lies, now or later; ``known_by`` is what changes when the original does."""
    name = hashlib.sha256(f"{known_by} {target.kilobits_a_second}".encode()).hexdigest()[:32]
    return transcodes_folder(settings) / f"{name}.{target.format}"


def transcodes_folder(settings: Settings) -> Path:
    """Where all of them lie."""
    return settings.cache_dir / "transcodes"


def find_transcode(path: Path) -> Transcode | None:
    """The whole file, if it is there; finding it counts as use."""
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        return None
    with suppress(OSError):
        os.utime(path)
    return Transcode(file, path, is_whole=True)


def open_transcode(settings: Settings, source: BinaryIO, path: Path, target: Target) -> Transcode:
    """The whole file, the growing one, or one that begins to grow now.

    It goes on growing when nobody listens any more. Raises TooManyRequests (``encoders_busy``) when as many encoders
    run as may, two for each thread in the settings, and StorageFull.
    """
    found = find_transcode(path)
    if found is not None:
        return found
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(path.parent / ".starting"):
        found = find_transcode(path) or _growing(path)
        if found is not None:
            return found
        _remove_left_behind(path.parent)
        process = start_encoding(
            source,
            _partial(path),
            path,
            format_name=target.format,
            bits_a_second=target.kilobits_a_second * 1000,
            most_bytes=settings.transcodes_megabytes * 1_000_000,
            most_processes=2 * settings.threads,
        )
        return Transcode(_partial(path).open("rb", buffering=0), path, is_whole=False, process=process)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _growing(path: Path) -> Transcode | None:
    try:
        file = _partial(path).open("rb", buffering=0)
    except FileNotFoundError:
        # It may have got its final name since that was looked for.
        return find_transcode(path)
    if is_being_written(file):
        return Transcode(file, path, is_whole=False)
    file.close()
    return find_transcode(path)


def _remove_left_behind(folder: Path) -> None:
    """What encoders left that were killed."""
    for partial in folder.glob(".*.partial"):
        with suppress(FileNotFoundError), partial.open("rb") as file:
            if not is_being_written(file):
                partial.unlink()
