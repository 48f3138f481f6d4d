"""The search index on disk: immutable files named by what they hold, and one small file that says which are in force.

It is a cache. Whoever opened an index keeps reading its files while a new one is published beside them.
"""

import hashlib
import json
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from recommender.index import TrackIndex
from service.errors import CorruptArtifact, NotPrepared
from service.store.artifacts import sha256_of
from service.store.media import write_atomically

IN_FORCE = "index.json"


@dataclass(frozen=True)
class PublishedIndex:
    """What is in force: the encoder whose vectors it holds, its files' names and checksums, its number of tracks."""

    encoder_id: str
    encoder: str
    vectors_file: str
    vectors_sha256: str
    track_ids_file: str
    track_ids_sha256: str
    tracks: int

    @property
    def fingerprint(self) -> str:
        """64 characters that differ wherever a vector or a track does."""
        return self.vectors_sha256[:32] + self.track_ids_sha256[:32]


def publish_index(index_dir: Path, index: TrackIndex, *, encoder_id: str, encoder: str) -> PublishedIndex:
    """Writes the index and puts it in force; files of indexes before the last are deleted.

    The same tracks and vectors give the same files. Raises StorageFull, and leaves what is in force as it is.
    """
    content = index.serialized()
    vectors_sha256 = hashlib.sha256(content.vectors).hexdigest()
    track_ids_sha256 = hashlib.sha256(content.track_ids).hexdigest()
    published = PublishedIndex(
        encoder_id=encoder_id,
        encoder=encoder,
        vectors_file=f"vectors-{vectors_sha256[:16]}.faiss",
        vectors_sha256=vectors_sha256,
        track_ids_file=f"tracks-{track_ids_sha256[:16]}.txt",
        track_ids_sha256=track_ids_sha256,
        tracks=len(index.track_ids),
    )
    before = published_in(index_dir)
    write_atomically(index_dir / published.vectors_file, content.vectors)
    write_atomically(index_dir / published.track_ids_file, content.track_ids)
    write_atomically(index_dir / IN_FORCE, json.dumps(asdict(published), indent=1, sort_keys=True).encode())
    _delete_all_but(index_dir, before, published)
    return published


def open_index(index_dir: Path) -> tuple[PublishedIndex, TrackIndex]:
    """The index in force, its checksums verified when this process first opens it.

    What is open is given again until another is published, which a look at one small file tells. Raises NotPrepared
    (index_missing) when there is none, CorruptArtifact when its files are not what was written.
    """
    opened = _opened.get(index_dir)
    stamp = _stamp(index_dir)
    if opened is None or opened.stamp != stamp:
        with _opening:
            opened = _opened.get(index_dir)
            if opened is None or opened.stamp != stamp:
                opened = _Opened(stamp, *_open_in_force(index_dir))
                _opened.pop(index_dir, None)
                while len(_opened) >= _MOST_OPEN:
                    del _opened[next(iter(_opened))]
                _opened[index_dir] = opened
    return opened.published, opened.index


def published_in(index_dir: Path) -> PublishedIndex | None:
    """What is in force in this folder; None where there is no index, or none that can be used."""
    try:
        return PublishedIndex(**json.loads((index_dir / IN_FORCE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class _Opened:
    """An index this process has open, and how the file that says so looked when it was opened."""

    stamp: tuple[str, int, int, int]
    published: PublishedIndex
    index: TrackIndex


_MOST_OPEN = 4
"""One of each encoder, and no more where many folders are opened in turn."""

_opening = threading.Lock()
_opened: dict[Path, _Opened] = {}


def _stamp(index_dir: Path) -> tuple[str, int, int, int]:
    try:
        facts = (index_dir / IN_FORCE).stat()
    except FileNotFoundError as error:
        raise _no_index() from error
    return str(index_dir), facts.st_ino, facts.st_mtime_ns, facts.st_size


def _open_in_force(index_dir: Path) -> tuple[PublishedIndex, TrackIndex]:
    published = published_in(index_dir)
    if published is None:
        raise _no_index()
    vectors_path, track_ids_path = index_dir / published.vectors_file, index_dir / published.track_ids_file
    damaged = CorruptArtifact("The search index is damaged: run `homespun index rebuild`.")
    try:
        checksums = sha256_of(vectors_path), sha256_of(track_ids_path)
    except OSError as error:
        raise damaged from error
    if checksums != (published.vectors_sha256, published.track_ids_sha256):
        raise damaged
    return published, TrackIndex.load(vectors_path, track_ids_path)


def _no_index() -> NotPrepared:
    return NotPrepared("There is no search index yet: run `homespun index rebuild`.", code="index_missing")


def _delete_all_but(index_dir: Path, *kept: PublishedIndex | None) -> None:
    names = {name for each in kept if each is not None for name in (each.vectors_file, each.track_ids_file)}
    for path in [*index_dir.glob("vectors-*.faiss"), *index_dir.glob("tracks-*.txt")]:
        if path.name not in names:
            with suppress(FileNotFoundError):
                path.unlink()
