"""From a path that may be anything to an open audio file."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from service.audio_decoder.ffmpeg_file import open_with_ffmpeg
from service.audio_decoder.reading import AudioFile, UnreadableError
from service.audio_decoder.vorbis_file import open_vorbis


@contextmanager
def open_audio(path: bytes) -> Iterator[AudioFile]:
    """Open a regular file for reading. Raises UnreadableError, or OSError when the file itself cannot be opened."""
    # O_NONBLOCK: opening a pipe must not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file, open_audio_file(file) as audio:
        yield audio


@contextmanager
def open_audio_file(file: BinaryIO) -> Iterator[AudioFile]:
    """Read a file that is open already, from its start. Raises UnreadableError."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not_a_file", "It is not a regular file.")
    if status.st_size == 0:
        raise UnreadableError("unreadable_audio", "The file is empty.")
    file.seek(0)
    is_ogg = file.read(4) == b"OggS"
    file.seek(0)
    audio: AudioFile
    with ExitStack() as stack:
        try:
            audio = stack.enter_context(open_with_ffmpeg(file))
        except UnreadableError:
            if not is_ogg:
                raise
            audio = stack.enter_context(open_vorbis(file, status.st_size))
        yield audio
