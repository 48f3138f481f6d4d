"""From a composed piece to files that stay and rows that name them."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
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
class Sound:
    """What a track's row says about the audio: checksum of the samples, length and rate."""

    sha256: str
    duration_seconds: float
    sample_rate: int


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
    # Stores of the first tables know the sound of listed pieces only, by the track.
    same_sound = or_(
        Composition.sound_sha256 == piece.sound_sha256,
        Track.content_hash == _content_hash(piece.user_id, piece.sound_sha256),
    )
    found = db_session.execute(
        select(Composition.id, Composition.track_id, Composition.title, Composition.media_paths)
        .outerjoin(Track, Track.id == Composition.track_id)
        .where(Composition.user_id == piece.user_id, Composition.expired_at.is_(None), same_sound)
        .order_by(Composition.id)
    ).first()
    return Kept(*found, is_new=False) if found else None


def _content_hash(user_id: str, sound_sha256: str) -> str:
    """Two listeners may be given the same sound; each has a track of their own."""
    return hashlib.sha256(f"{user_id} {sound_sha256}".encode()).hexdigest()


def _add_rows(db_session: Session, media_dir: Path, composition_id: str, piece: ComposedPiece) -> Kept:
    version = register(
        db_session, "generator", piece.model_name, piece.model_sha256, piece.model_config, metrics={}
    )
    paths = {kind: f"{FOLDER}/{composition_id}/{FILE_NAMES[kind]}" for kind in piece.files}
    composition = Composition(
        id=composition_id,
        user_id=piece.user_id,
        cluster_id=piece.cluster_id,
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
        sound_sha256=piece.sound_sha256,
    )
    if piece.listed:
        sound = Sound(piece.sound_sha256, piece.duration_seconds, piece.sample_rate)
        add_track(db_session, media_dir, composition, sound)
    db_session.add(composition)
    return Kept(composition_id, composition.track_id, piece.title, paths, is_new=True)


def add_track(db_session: Session, media_dir: Path, composition: Composition, sound: Sound) -> Track:
    """Make the track that a kept composition is played as, and name it in the composition's row.

    Raises NotFound (``no_such_listener``).
    """
    listener = _listener(db_session, composition.user_id)
    path = media_dir / composition.media_paths["flac"]
    facts = path.stat()
    track = Track(
        origin="composed",
        owner_id=composition.user_id,
        path=os.fsencode(path),
        content_hash=_content_hash(composition.user_id, sound.sha256),
        size_bytes=facts.st_size,
        modified_ns=facts.st_mtime_ns,
        title=composition.title,
        artist=studio_of(listener),
        album=f"Composed for {listener}",
        album_artist=studio_of(listener),
        duration_seconds=sound.duration_seconds,
        sample_rate=sound.sample_rate,
        channels=2,
        codec="flac",
        bit_rate=round(facts.st_size * 8 / sound.duration_seconds),
    )
    db_session.add(track)
    db_session.flush()
    composition.track_id = track.id
    return track


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
