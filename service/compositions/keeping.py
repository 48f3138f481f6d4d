"""From a composed piece to files that stay and rows that name them."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.compositions.labels import studio_of
from service.errors import NotFound
from service.listening.list_revisions import list_changed
from service.operations.model_versions import register
from service.store.database import Database
from service.store.ids import new_id
from service.store.media import write_atomically
from service.store.tables import Composition, ReviewDecision, Track, User

FOLDER = "composed"
"""Below the media folder: one folder for each composition, named by its id."""

SCREENED_OUT = "screening"
"""The reason of a rejection that no reviewer had a part in."""

ReviewPolicy = Literal["flagged", "all", "none"]

FILE_NAMES = {"flac": "sound.flac", "midi": "notes.mid", "cover": "cover.png"}


@dataclass(frozen=True)
class ComposedPiece:
    """A finished piece and its recipe, before it is kept.

    `files` holds the bytes of "flac", "midi" and "cover"; `sound_sha256` identifies the samples, whatever the tags.
    `passed` is the verdict of screening. An edited piece names the composition it was made of and what was done.
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
    passed: bool
    files: Mapping[str, bytes]
    sound_sha256: str
    duration_seconds: float
    sample_rate: int
    model_config: Mapping[str, Any] = field(default_factory=dict)
    conditioning: Mapping[str, Any] = field(default_factory=dict)
    measurements: Mapping[str, Any] = field(default_factory=dict)
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    parent_id: str | None = None
    edit: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Sound:
    """What a track's row says about the audio: checksum of the samples, length and rate."""

    sha256: str
    duration_seconds: float
    sample_rate: int


@dataclass(frozen=True)
class Kept:
    """What a composition became; `track_id` is None unless it is listed, `is_new` false where it was there already.

    `media_paths` are relative to the media folder.
    """

    composition_id: str
    track_id: str | None
    state: str
    title: str
    media_paths: Mapping[str, str]
    is_new: bool


def store_composition(
    db: Database,
    media_dir: Path,
    piece: ComposedPiece,
    *,
    job_id: str | None = None,
    occasion: str = "asked",
    review_policy: ReviewPolicy = "flagged",
) -> Kept:
    """Write the files, each whole or not at all, then all rows in one transaction.

    A job is given what it made before, and the same sound for the same listener is kept once: composing it again gives
    the composition that exists. What passed its screening is listed, and what failed is held for review; `review_policy`
    "all" holds both, "none" rejects what failed. A crash leaves at most files that no row names, which
    `sweep_unreferenced` removes; an error removes them at once. Raises StorageFull and NotFound (``no_such_listener``), with nothing left behind.
    """
    with db.session(read_only=True) as db_session:
        known = _find_known(db_session, piece, job_id)
    if known is not None:
        return known
    composition_id = new_id()
    folder = media_dir / FOLDER / composition_id
    try:
        for kind, content in piece.files.items():
            write_atomically(folder / FILE_NAMES[kind], content)
        with db.session() as db_session:
            # Another worker may have kept the same piece while the files were written.
            known = _find_known(db_session, piece, job_id)
            if known is None:
                composition = _composition(db_session, composition_id, piece)
                composition.job_id, composition.occasion = job_id, occasion
                _settle(db_session, media_dir, composition, piece, review_policy)
                return _kept(composition, is_new=True)
    except BaseException:
        _remove(folder)
        raise
    _remove(folder)
    return known


def _find_known(db_session: Session, piece: ComposedPiece, job_id: str | None) -> Kept | None:
    if job_id is not None:
        made = db_session.scalar(select(Composition).where(Composition.job_id == job_id))
        if made is not None:
            return _kept(made, is_new=False)
    # Stores of the first tables know the sound of listed pieces only, by the track.
    same_sound = or_(
        Composition.sound_sha256 == piece.sound_sha256,
        Track.content_hash == _content_hash(piece.user_id, piece.sound_sha256),
    )
    found = db_session.scalars(
        select(Composition)
        .outerjoin(Track, Track.id == Composition.track_id)
        .where(Composition.user_id == piece.user_id, Composition.expired_at.is_(None), same_sound)
        .order_by(Composition.id)
    ).first()
    return None if found is None else _kept(found, is_new=False)


def _kept(composition: Composition, *, is_new: bool) -> Kept:
    return Kept(
        composition_id=composition.id,
        track_id=composition.track_id,
        state=composition.state,
        title=composition.title,
        media_paths=composition.media_paths,
        is_new=is_new,
    )


def _content_hash(user_id: str, sound_sha256: str) -> str:
    """Two listeners may be given the same sound; each has a track of their own."""
    return hashlib.sha256(f"{user_id} {sound_sha256}".encode()).hexdigest()


def _composition(db_session: Session, composition_id: str, piece: ComposedPiece) -> Composition:
    version = register(
        db_session, "generator", piece.model_name, piece.model_sha256, piece.model_config, metrics={}
    )
    return Composition(
        id=composition_id,
        user_id=piece.user_id,
        cluster_id=piece.cluster_id,
        title=piece.title,
        seconds=piece.seconds,
        seed=piece.seed,
        engine=piece.engine,
        model_version_id=version.id,
        dtype=piece.dtype,
        threads=piece.threads,
        conditioning=dict(piece.conditioning),
        measurements=dict(piece.measurements),
        media_paths={kind: f"{FOLDER}/{composition_id}/{FILE_NAMES[kind]}" for kind in piece.files},
        stage_seconds=dict(piece.stage_seconds),
        sound_sha256=piece.sound_sha256,
        parent_id=piece.parent_id,
        edit=None if piece.edit is None else dict(piece.edit),
    )


def _settle(
    db_session: Session, media_dir: Path, composition: Composition, piece: ComposedPiece, policy: ReviewPolicy
) -> None:
    """Write the rows of a piece that is listed, held or rejected, as screening and policy say."""
    if policy == "all" or (policy == "flagged" and not piece.passed):
        composition.state = "held"
        db_session.add(composition)
    elif piece.passed:
        composition.state = "listed"
        sound = Sound(piece.sound_sha256, piece.duration_seconds, piece.sample_rate)
        add_track(db_session, media_dir, composition, sound)
        db_session.add(composition)
        list_changed(db_session, piece.user_id)
    else:
        composition.state = "rejected"
        db_session.add(composition)
        db_session.flush()
        db_session.add(ReviewDecision(composition_id=composition.id, action="reject", reason=SCREENED_OUT))


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
