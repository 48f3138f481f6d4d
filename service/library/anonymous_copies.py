"""Composed pieces as reviewers hear them: the same sound, without a word of whom it was composed for."""

import hashlib
import io
import os
from contextlib import suppress
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.flac import FLAC, SeekTable, StreamInfo

from service.errors import CorruptArtifact
from service.library.cached_files import remove_least_recently_used
from service.library.transcodes import transcodes_folder
from service.settings import Settings
from service.store.media import write_atomically


def anonymous_copy(settings: Settings, source: BinaryIO, known_by: str) -> BinaryIO:
    """A FLAC file with nothing in it but sound, made if it is not in the cache; ``known_by`` changes with the file.

    Raises CorruptArtifact when ``source`` is not a FLAC file, and StorageFull.
    """
    name = hashlib.sha256(known_by.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    path = transcodes_folder(settings) / f"{name}.flac"
    with suppress(FileNotFoundError):
        os.utime(path)
        return path.open("rb", buffering=0)
    write_atomically(path, _stripped(source.read()))
    remove_least_recently_used(path.parent, settings.transcodes_megabytes * 1_000_000, keep=path)
    return path.open("rb", buffering=0)


def _stripped(content: bytes) -> bytes:
    file = io.BytesIO(content)
    try:
        flac = FLAC(file)
        flac.metadata_blocks = [
            each for each in flac.metadata_blocks if isinstance(each, StreamInfo | SeekTable)
        ]
        flac.tags = None
        file.seek(0)
        flac.save(file)
    except MutagenError as error:
        raise CorruptArtifact("The composition's sound is not the FLAC file that was written.") from error
    return file.getvalue()
