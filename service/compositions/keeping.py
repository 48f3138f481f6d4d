"""From a composed piece to files that stay and rows that name them."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.compositions.labels import studio_of
from service.errors import NotFound
from service.operations.model_versions import register
from service.store.database import Database
from service.store.ids import new_id
from service.store.media import write_atomically
from service.store.tables import Composition, Track, User

FOLDER = "composed"
"""Below the media folder: one folder for each composition, named by its id."""

FILE_NAMES = {"flac": "sound.flac", "midi": "notes.mid", "cover": "cover.png"}


@dataclass(frozen=True)
class ComposedPiece:
    """A finished piece and its recipe, before it is kept.

    `files` holds the bytes of "flac", "midi" and "cover"; `sound_sha256` identifies the samples, whatever the tags.
    `listed` is the verdict of screening.
    """

    user_id: str
    cluster_id: str | None
    title: str
    seconds: float
    seed: int
    engine: str
    model_name: str
    model_sha256: str
    dtype: str
    threads: int
    listed: bool
    files: Mapping[str, bytes]
    sound_sha256: str
    duration_seconds: float
    sample_rate: int
    model_config: Mapping[str, Any] = field(default_factory=dict)
    conditioning: Mapping[str, Any] = field(default_factory=dict)
    measurements: Mapping[str, Any] = field(default_factory=dict)
    stage_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What a composition became; `track_id` is None while it is held, `is_new` false where it was there already.

    `media_paths` are relative to the media folder.
    """

    composition_id: str
    track_id: str | None
    title: str
    media_paths: Mapping[str, str]
    is_new: bool


def store_composition(db: Database, media_dir: Path, piece: ComposedPiece) -> Kept:
    """Write the files, each whole or not at all, then all rows in one transaction.

    The same sound for the same listener is kept once: composing it again gives the composition that exists. A crash
    leaves at most files that no row names, which `sweep_unreferenced` removes; an error removes them at once.
    Raises StorageFull and NotFound (``no_such_listener``), with nothing left behind.
    """
    with db.session(read_only=True) as db_session:
        known = _find_known(db_session, piece)
    if known is not None:
        return known
    composition_id = new_id()
    folder = media_dir / FOLDER / composition_id
    try:
        for kind, content in piece.files.items():
            write_atomically(folder / FILE_NAMES[kind], content)
        with db.session() as db_session:
            # Another worker may have kept the same piece while the files were written.
            known = _find_known(db_session, piece)
            if known is None:
                return _add_rows(db_session, media_dir, composition_id, piece)
    except BaseException:
        _remove(folder)
        raise
    _remove(folder)
    return known


def _find_known(db_session: Session, piece: ComposedPiece) -> Kept | None:
    found = db_session.execute(
        select(Composition.id, Track.id, Composition.title, Composition.media_paths)
        .join(Track, Track.id == Composition.track_id)
        .where(Track.origin == "composed", Track.content_hash == _content_hash(piece))
    ).first()
    return Kept(*found, is_new=False) if found and piece.listed else None


def _content_hash(piece: ComposedPiece) -> str:
    """Two listeners may be given the same sound; each has a track of their own."""
    return hashlib.sha256(f"{piece.user_id} {piece.sound_sha256}".encode()).hexdigest()


def _add_rows(db_session: Session, media_dir: Path, composition_id: str, piece: ComposedPiece) -> Kept:
    version = register(
        db_session, "generator", piece.model_name, piece.model_sha256, piece.model_config, metrics={}
    )
    paths = {kind: f"{FOLDER}/{composition_id}/{FILE_NAMES[kind]}" for kind in piece.files}
    track = _track(db_session, media_dir / paths["flac"], piece) if piece.listed else None
    if track is not None:
        db_session.add(track)
        db_session.flush()
    db_session.add(
        Composition(
            id=composition_id,
            user_id=piece.user_id,
            cluster_id=piece.cluster_id,
            track_id=track.id if track is not None else None,
            state="listed" if piece.listed else "held",
            title=piece.title,
            seconds=piece.seconds,
            seed=piece.seed,
            engine=piece.engine,
            model_version_id=version.id,
            dtype=piece.dtype,
            threads=piece.threads,
            conditioning=dict(piece.conditioning),
            measurements=dict(piece.measurements),
            media_paths=paths,
            stage_seconds=dict(piece.stage_seconds),
        )
    )
    return Kept(composition_id, track.id if track is not None else None, piece.title, paths, is_new=True)


def _track(db_session: Session, path: Path, piece: ComposedPiece) -> Track:
    listener = _listener(db_session, piece.user_id)
    facts = path.stat()
    return Track(
        origin="composed",
        owner_id=piece.user_id,
        path=os.fsencode(path),
        content_hash=_content_hash(piece),
        size_bytes=facts.st_size,
        modified_ns=facts.st_mtime_ns,
        title=piece.title,
        artist=studio_of(listener),
        album=f"Composed for {listener}",
        album_artist=studio_of(listener),
        duration_seconds=piece.duration_seconds,
        sample_rate=piece.sample_rate,
        channels=2,
        codec="flac",
        bit_rate=round(facts.st_size * 8 / piece.duration_seconds),
    )


def _listener(db_session: Session, user_id: str) -> str:
    user = db_session.get(User, user_id)
    if user is None:
        raise NotFound("The listener this was composed for is gone.", code="no_such_listener")
    return user.name


def _remove(folder: Path) -> None:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
