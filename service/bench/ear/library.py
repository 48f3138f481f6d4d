"""The tracks of a folder that the bench listens to: read, told apart by what is recorded in them, and chosen."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from service.audio import AudioError, DecoderPool
from service.bench.ear.labels import Told
from service.errors import NotFound
from service.library.folder_walk import FoundFile, shown_path, walk_folder
from service.library.tags import clean_tags

FILES_AT_ONCE = 32


@dataclass(frozen=True)
class LibraryTrack:
    """A file to hear: its name as `open` takes it, what is recorded in it, and tempo and key where its tags say them."""

    told: Told
    file_name: str
    content_hash: str
    duration_seconds: float
    bpm_tag: str | None
    key_tag: str | None


@dataclass
class Library:
    """The tracks in the order of their paths, and how many files were left out, by reason."""

    tracks: list[LibraryTrack] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def read_library(
    folder: Path,
    pool: DecoderPool,
    *,
    shortest_seconds: float,
    limit: int | None,
    rng: np.random.Generator,
    report: Callable[[float, str], None],
) -> Library:
    """All tracks below a folder, or `limit` of them drawn at random. A recording that lies there twice counts once.

    Raises NotFound (no_music) where nothing is left to hear.
    """
    root = os.fsencode(folder)
    files = walk_folder(root).files
    drawn = [files[place] for place in rng.permutation(len(files))] if limit is not None else files
    library, known = Library(), set[str]()
    for track in _read(pool, root, drawn, report):
        if isinstance(track, str):
            library.left_out[track] += 1
        elif track.duration_seconds < shortest_seconds:
            library.left_out["shorter_than_asked"] += 1
        elif track.content_hash in known:
            library.left_out["same_recording"] += 1
        else:
            known.add(track.content_hash)
            library.tracks.append(track)
        if len(library.tracks) == limit:
            break
    if not library.tracks:
        raise NotFound(f"There is no music of {shortest_seconds:.0f} s or more in {folder}.", code="no_music")
    library.tracks.sort(key=lambda track: track.told.path)
    return library


def read_tracks(pool: DecoderPool, paths: Sequence[Path]) -> dict[Path, LibraryTrack]:
    """These files alone; those that cannot be read are missing."""
    read = {
        path: _read_file(pool, os.fsencode(path.parent), FoundFile(os.fsencode(path), 0, 0)) for path in paths
    }
    return {path: track for path, track in read.items() if not isinstance(track, str)}


def _read(
    pool: DecoderPool, root: bytes, files: list[FoundFile], report: Callable[[float, str], None]
) -> Iterator[LibraryTrack | str]:
    """Tracks, or the code of what is wrong with a file."""
    done = 0
    with ThreadPoolExecutor(pool.workers) as executor:
        for start in range(0, len(files), FILES_AT_ONCE):
            some = files[start : start + FILES_AT_ONCE]
            yield from executor.map(lambda file: _read_file(pool, root, file), some)
            done += len(some)
            report(done / len(files), f"read {done} of {len(files)} files")


def _read_file(pool: DecoderPool, root: bytes, file: FoundFile) -> LibraryTrack | str:
    try:
        identity = pool.fingerprint(file.path)
        raw = pool.read_tags(file.path)
    except AudioError as error:
        return error.code
    tags = clean_tags(raw, file.path)
    return LibraryTrack(
        told=Told(
            path=shown_path(os.path.relpath(file.path, root)),
            genre=tags.genre,
            album=tags.album,
            album_artist=tags.album_artist,
            artist=tags.artist,
        ),
        file_name=os.fsdecode(file.path),
        content_hash=identity.content_hash,
        duration_seconds=identity.probe.duration_seconds,
        bpm_tag=next(iter(raw.get("bpm", [])), None),
        key_tag=next(iter(raw.get("key", [])), None),
    )
