"""What a file that was read means for the catalogue: a new track, a known one elsewhere, or a second copy.

Pure: rows come in as ``KnownTrack``, decisions go out as ``Placement``.
"""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from service.library.folder_walk import FolderWalk, FoundFile, is_below
from service.library.tags import TrackTags

DUPLICATE = "duplicate_audio"


@dataclass(frozen=True)
class KnownTrack:
    """A catalogue track as the store has it; ``path`` is None when its file was replaced by other audio."""

    content_hash: str
    path: bytes | None
    size_bytes: int
    modified_ns: int
    is_missing: bool
    tags: TrackTags

    def is_file(self, file: FoundFile) -> bool:
        """Whether the file is as it was when it was read."""
        return (self.size_bytes, self.modified_ns) == (file.size_bytes, file.modified_ns)


@dataclass(frozen=True)
class KnownFailure:
    """A file that could not be used as it was then."""

    path: bytes
    size_bytes: int
    modified_ns: int
    code: str
    reason: str

    def is_file(self, file: FoundFile) -> bool:
        """Whether the file is as it was when it failed."""
        return (self.size_bytes, self.modified_ns) == (file.size_bytes, file.modified_ns)


class Kind(StrEnum):
    """What became of a file that was read."""

    ADDED = "added"
    MOVED = "moved"
    RETAGGED = "retagged"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Placement:
    """What to store: ``displaced_hash`` is the track whose file this one replaced, ``twin`` the first copy's path."""

    kind: Kind
    displaced_hash: str | None = None
    twin: bytes | None = None


@dataclass(frozen=True)
class ScanPlan:
    """What need not be read, what must be, and known tracks that are back where they were."""

    unchanged: tuple[FoundFile, ...]
    to_read: tuple[FoundFile, ...]
    standing_failures: tuple[KnownFailure, ...]
    returned_hashes: tuple[str, ...]


def plan_scan(
    files: Iterable[FoundFile], tracks: Iterable[KnownTrack], failures: Iterable[KnownFailure]
) -> ScanPlan:
    """Files as they were when last read are not read again, whether that went well or not.

    Second copies of a track are read again when some track's file went away or changed: one of them may take its place.
    Changed files come before new ones, so that a file that was only touched keeps its track.
    """
    track_at = {track.path: track for track in tracks if track.path is not None}
    failure_at = {failure.path: failure for failure in failures}
    unchanged: list[FoundFile] = []
    changed: list[FoundFile] = []
    new: list[FoundFile] = []
    standing: list[KnownFailure] = []
    copies: list[tuple[FoundFile, KnownFailure]] = []
    returned: list[str] = []
    for file in files:
        track, failure = track_at.get(file.path), failure_at.get(file.path)
        if failure is not None and failure.is_file(file):
            if failure.code == DUPLICATE:
                copies.append((file, failure))
            else:
                standing.append(failure)
        elif track is None:
            new.append(file)
        elif track.is_file(file):
            unchanged.append(file)
            if track.is_missing:
                returned.append(track.content_hash)
        else:
            changed.append(file)
    still = {file.path for file in unchanged}
    if any(not track.is_missing and path not in still for path, track in track_at.items()):
        new.extend(file for file, _ in copies)
    else:
        standing.extend(failure for _, failure in copies)
    return ScanPlan(
        unchanged=tuple(unchanged),
        to_read=(*changed, *new),
        standing_failures=tuple(standing),
        returned_hashes=tuple(returned),
    )


class Catalogue:
    """The known tracks while a scan goes on, changed by each file that is placed."""

    def __init__(
        self,
        tracks: Iterable[KnownTrack],
        *,
        root: bytes,
        walk: FolderWalk,
        unchanged: Collection[FoundFile],
        exists: Callable[[bytes], bool] = os.path.lexists,
    ) -> None:
        self._by_hash = {track.content_hash: track for track in tracks}
        self._hash_at = {
            track.path: track.content_hash for track in self._by_hash.values() if track.path is not None
        }
        self._root = root
        self._walk = walk
        self._exists = exists
        # Paths whose audio is certain: not to be read, or read by now.
        self._certain = {file.path for file in unchanged}
        self._present_at_start = [
            track for track in self._by_hash.values() if not track.is_missing and self._is_in_root(track.path)
        ]

    def place(self, file: FoundFile, content_hash: str, tags: TrackTags) -> Placement:
        """Decide what the file is, and remember it."""
        owner = self._by_hash.get(content_hash)
        displaced_hash = self._displace(file.path, content_hash)
        if owner is not None and owner.path != file.path and self._is_there(owner.path):
            return Placement(Kind.DUPLICATE, displaced_hash, owner.path)
        if owner is not None and owner.path is not None:
            self._hash_at.pop(owner.path, None)
        self._certain.add(file.path)
        self._hash_at[file.path] = content_hash
        self._by_hash[content_hash] = KnownTrack(
            content_hash, file.path, file.size_bytes, file.modified_ns, is_missing=False, tags=tags
        )
        return Placement(_kind(owner, file, tags), displaced_hash)

    def vanished(self) -> tuple[list[str], int]:
        """Hashes of the tracks below the folder whose files are gone, and how many tracks there were before."""
        found = {file.path for file in self._walk.files} | {entry.file.path for entry in self._walk.unusable}
        gone = [
            track.content_hash
            for track in self._present_at_start
            if track.path not in found
            and self._by_hash[track.content_hash].path == track.path
            and not self._may_be_hidden(track.path)
        ]
        return gone, len(self._present_at_start)

    def _displace(self, path: bytes, content_hash: str) -> str | None:
        before = self._hash_at.get(path)
        if before is None or before == content_hash:
            return None
        del self._hash_at[path]
        self._by_hash[before] = replace(self._by_hash[before], path=None, is_missing=True)
        return before

    def _is_there(self, path: bytes | None) -> bool:
        if path is None:
            return False
        if not self._is_in_root(path):
            return self._exists(path)
        return path in self._certain or self._may_be_hidden(path)

    def _is_in_root(self, path: bytes | None) -> bool:
        return path is not None and is_below(path, self._root)

    def _may_be_hidden(self, path: bytes | None) -> bool:
        return path is not None and any(is_below(path, folder) for folder in self._walk.unreadable_folders)


def _kind(owner: KnownTrack | None, file: FoundFile, tags: TrackTags) -> Kind:
    if owner is None:
        return Kind.ADDED
    if owner.path != file.path:
        return Kind.MOVED
    return Kind.UNCHANGED if owner.tags == tags else Kind.RETAGGED
