"""Reading many audio files, a few at a time, each in a decoder process."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from service.audio import AudioError, DecodedIdentity, DecoderPool
from service.library.folder_walk import FoundFile
from service.library.tags import TrackTags, clean_tags

# Enough that no decoder waits for a slow file that came before.
READ_AHEAD = 4


@dataclass(frozen=True)
class ReadFile:
    """A file that could be read."""

    file: FoundFile
    identity: DecodedIdentity
    tags: TrackTags


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be read, and why."""

    file: FoundFile
    code: str
    reason: str


def read_files(pool: DecoderPool, files: Iterable[FoundFile]) -> Iterator[ReadFile | FailedFile]:
    """Read the files, ``pool.workers`` at once; answers come in the order of the files."""
    ahead: deque[Future[ReadFile | FailedFile]] = deque()
    with ThreadPoolExecutor(pool.workers) as executor:
        try:
            for file in files:
                ahead.append(executor.submit(_read_file, pool, file))
                if len(ahead) >= READ_AHEAD * pool.workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def _read_file(pool: DecoderPool, file: FoundFile) -> ReadFile | FailedFile:
    try:
        identity = pool.fingerprint(file.path)
        return ReadFile(file, identity, clean_tags(pool.read_tags(file.path), file.path))
    except AudioError as error:
        return FailedFile(file, error.code, str(error))
