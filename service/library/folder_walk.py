"""Which audio files lie below a folder. Paths are bytes, as the system has them; nothing is opened."""

import os
import stat
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

AUDIO_SUFFIXES = (b".mp3", b".flac", b".ogg", b".oga", b".opus", b".m4a", b".wav", b".wma")


@dataclass(frozen=True)
class FoundFile:
    """An audio file by its name, and what tells whether it changed."""

    path: bytes
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class UnusableFile:
    """Something named like an audio file that cannot be opened as one, and why."""

    file: FoundFile
    code: str
    reason: str


@dataclass
class FolderWalk:
    """What lies below a folder. What is in ``unreadable_folders`` is not known to be gone."""

    files: list[FoundFile] = field(default_factory=list)
    unusable: list[UnusableFile] = field(default_factory=list)
    unreadable_folders: list[bytes] = field(default_factory=list)


def walk_folder(root: bytes) -> FolderWalk:
    """All audio files below ``root``, in a fixed order. Raises OSError when ``root`` itself cannot be listed.

    Hidden files and folders are left out. Links are followed, after everything that is there by itself; a folder or
    file that was met before under another name is not met again, which also ends circles of links.
    """
    walker = _Walker(root)
    while walker.folders or walker.links:
        if walker.folders:
            walker.list_next_folder()
        else:
            walker.follow_next_link()
    return walker.walk


def is_below(path: bytes, folder: bytes) -> bool:
    """Whether ``path`` lies in ``folder`` or deeper."""
    return path.startswith(folder.rstrip(b"/") + b"/")


def shown_path(path: bytes) -> str:
    """The path for people and JSON: one line, bytes and characters that are no text as backslash escapes."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


class _Walker:
    """Folders first, links when there are none left."""

    def __init__(self, root: bytes) -> None:
        self.walk = FolderWalk()
        self.folders: deque[bytes] = deque()
        self.links: deque[bytes] = deque()
        self._met: set[tuple[int, int]] = set()
        self._is_first_meeting(os.stat(root))  # noqa: PTH116  # pathlib has no bytes
        self._list_folder(root)

    def list_next_folder(self) -> None:
        folder = self.folders.popleft()
        try:
            self._list_folder(folder)
        except OSError:
            self.walk.unreadable_folders.append(folder)

    def follow_next_link(self) -> None:
        link = self.links.popleft()
        try:
            status = os.stat(link)  # noqa: PTH116  # pathlib has no bytes
        except OSError:
            self._note_broken_link(link)
            return
        self._note(link, status)

    def _list_folder(self, folder: bytes) -> None:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            if entry.name.startswith(b"."):
                continue
            if entry.is_symlink():
                self.links.append(entry.path)
            else:
                # What went away since the folder was listed is not there.
                with suppress(FileNotFoundError):
                    self._note(entry.path, entry.stat(follow_symlinks=False))

    def _note(self, path: bytes, status: os.stat_result) -> None:
        if stat.S_ISDIR(status.st_mode):
            if self._is_first_meeting(status):
                self.folders.append(path)
        elif _is_named_like_audio(path):
            file = FoundFile(path, status.st_size, status.st_mtime_ns)
            if not stat.S_ISREG(status.st_mode):
                self.walk.unusable.append(UnusableFile(file, "not_a_file", "It is not a regular file."))
            elif self._is_first_meeting(status):
                self.walk.files.append(file)

    def _note_broken_link(self, link: bytes) -> None:
        if not _is_named_like_audio(link):
            return
        with suppress(FileNotFoundError):
            status = os.lstat(link)
            file = FoundFile(link, status.st_size, status.st_mtime_ns)
            self.walk.unusable.append(
                UnusableFile(file, "broken_link", "It is a link to something that is not there.")
            )

    def _is_first_meeting(self, status: os.stat_result) -> bool:
        key = (status.st_dev, status.st_ino)
        # Some network file systems number nothing.
        if status.st_ino != 0 and key in self._met:
            return False
        self._met.add(key)
        return True


def _is_named_like_audio(path: bytes) -> bool:
    return path.lower().endswith(AUDIO_SUFFIXES)
