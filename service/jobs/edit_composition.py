"""Job: make of a listener's composition another one, or its stems or layers."""

import hashlib
import json
import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.conditioning import Conditioning
from generator.editing import sounding
from generator.editing.by_name import DENOISED, DRAWN, apply_edit
from generator.editing.written import Written
from generator.midi.reading import MOST_BYTES, read_notes
from generator.pipeline import ATTEMPTS, Composer
from generator.screening.notes import NoteLimits
from generator.screening.screening import Screening, Thresholds, screen
from generator.screening.sound import SoundLimits
from generator.sound.fonts import sound_name
from generator.sound.rendering import SYNTHESIS_RATE, notes_to_midi
from service.audio import flac_bytes
from service.compositions.edits import EXPORT_FILES, EXPORTS, find_editable, keep_export
from service.compositions.keeping import FOLDER, ComposedPiece, ReviewPolicy
from service.compositions.labels import Labels, labelled
from service.compositions.requests import LONGEST_SECONDS, titles_of
from service.errors import Conflict, CorruptArtifact, NotFound
from service.jobs import compose_music
from service.jobs.edit_archives import layers_archive, stems_archive
from service.jobs.index_offsets import weights_dir_of
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.job_requests import JobRequest
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically
from service.store.tables import ModelVersion, TasteCluster, User

_NAMES = {
    "regenerate": "rewritten",
    "continue": "continued",
    "vary": "variation",
    "loop": "loop",
    "reharmonise": "other chords",
    "transpose": "transposed",
    "tempo": "other tempo",
}


_LOOP_LIMITS = Thresholds(NoteLimits(must_end=False), SoundLimits(loudest_end_db=math.inf))
"""A loop has no end in its notes or in its sound."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """One edit with all it rests on; `midi` is the parent's stored file, `model` the name and checksum of its engine."""

    user_id: str
    user_name: str
    parent_id: str
    parent_title: str
    parent_loops: bool
    cluster_id: str | None
    cluster_position: int | None
    engine: str
    model: tuple[str, str]
    dtype: str
    midi: bytes
    cover: bytes
    conditioning: dict[str, Any]
    edit: dict[str, Any]
    seed: int
    threads: int
    occasion: str
    review_policy: ReviewPolicy
    media_dir: Path
    weights_dir: Path
    taken_titles: frozenset[str]


@dataclass(frozen=True, eq=False)
class Export:
    """Files of a piece in one archive, `content`, that is kept beside the piece."""

    composition_id: str
    kind: str
    content: bytes
    media_dir: Path


@dataclass(frozen=True, eq=False)
class _Attempt:
    written: Written
    samples: np.ndarray
    screening: Screening
    model: tuple[str, str]
    seed: int


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Reads the composition and its notes.

    Raises NotFound (no_such_listener, unknown_composition, file_missing), Conflict (not_listed, no_notes).
    """
    with db.session(read_only=True) as db_session:
        user = db_session.get(User, payload["user_id"])
        if user is None:
            raise NotFound("The listener this is for is gone.", code="no_such_listener")
        parent = find_editable(db_session, user.id, payload["composition_id"])
        version = db_session.get_one(ModelVersion, parent.model_version_id)
        cluster = None if parent.cluster_id is None else db_session.get(TasteCluster, parent.cluster_id)
        return Inputs(
            user_id=user.id,
            user_name=user.name,
            parent_id=parent.id,
            parent_title=parent.title,
            parent_loops=bool((parent.edit or {}).get("loops")),
            cluster_id=parent.cluster_id,
            cluster_position=None if cluster is None else cluster.position,
            engine=parent.engine,
            model=(version.name, version.sha256),
            dtype=parent.dtype,
            midi=_read(settings.media_dir / parent.media_paths["midi"]),
            cover=_read(settings.media_dir / parent.media_paths["cover"]),
            conditioning=dict(parent.conditioning),
            edit=dict(payload["edit"]),
            seed=payload["seed"],
            threads=settings.threads,
            occasion=payload["occasion"],
            review_policy=settings.review_policy,
            media_dir=settings.media_dir,
            weights_dir=weights_dir_of(settings),
            taken_titles=titles_of(db_session, user),
        )


def compute(inputs: Inputs, report: Report) -> Generator[compose_music.Output | Export, None, None]:
    """Edits, plays, masters and screens; what is drawn is drawn with up to `ATTEMPTS` seeds.

    Raises CorruptArtifact where the notes or the weights cannot be read, NotPrepared (weights_missing), and Conflict
    (edit_impossible) with what the piece has not.
    """
    report(0.0, "reading the notes")
    written = _written(inputs)
    if inputs.edit["kind"] in EXPORTS:
        labels = _labels(inputs, inputs.parent_title, inputs.model, inputs.seed)
        make = stems_archive if inputs.edit["kind"] == "stems" else layers_archive
        content = make(written, inputs.seed, labels, inputs.cover, report)
        yield Export(inputs.parent_id, inputs.edit["kind"], content, inputs.media_dir)
        return
    composer, _ = compose_music.load_engine(inputs.weights_dir, inputs.threads)
    for seed in range(inputs.seed, inputs.seed + ATTEMPTS):
        attempt = _attempt(inputs, composer, written, seed, report)
        if attempt.screening.passed or inputs.edit["kind"] not in DRAWN:
            break
    report(0.95, "labelling")
    yield compose_music.Output(
        _piece(inputs, attempt),
        inputs.occasion,
        inputs.review_policy,
        inputs.media_dir,
        inputs.user_name,
        inputs.cluster_position,
        attempt.screening.failures,
    )


def store_result(db: Database, output: compose_music.Output | Export, fence: Fence) -> dict[str, Any]:
    """Keeps the new piece, or the archive beside the piece it is of, and says what became of it.

    Raises NotFound (unknown_composition) where the piece was thrown away meanwhile.
    """
    if isinstance(output, compose_music.Output):
        told = compose_music.store_result(db, output, fence)
        return {**told, "parent_id": output.piece.parent_id, "edit": dict(output.piece.edit or {})}
    path = f"{FOLDER}/{output.composition_id}/{EXPORT_FILES[output.kind]}"
    with db.session() as db_session:
        keep_export(db_session, output.composition_id, output.kind, path)
        # Before the row says so: a crash leaves at most a file of a piece's own folder, which the next run writes again.
        write_atomically(output.media_dir / path, output.content)
    return {
        "composition_id": output.composition_id,
        "kind": output.kind,
        "files": {output.kind: str(output.media_dir / path)},
        "bytes": len(output.content),
    }


def follow_ups(result: dict[str, Any], payload: dict[str, Any]) -> list[JobRequest]:
    """A new piece is listened to as any that was composed."""
    return compose_music.follow_ups(result, payload) if "state" in result else []


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFound("The files of this piece are gone.", code="file_missing") from error


def _written(inputs: Inputs) -> Written:
    try:
        notes = read_notes(inputs.midi)
    except ValueError as error:
        raise CorruptArtifact(f"The notes of this piece cannot be read: {error}.") from error
    try:
        asked = Conditioning.from_json(json.dumps(inputs.conditioning))
        return Written.of(notes, asked, loops=inputs.parent_loops)
    except (ValueError, TypeError, KeyError) as error:
        raise Conflict(
            "This piece was composed in a way that is no longer known: it cannot be changed.",
            code="unknown_recipe",
        ) from error


def _attempt(inputs: Inputs, composer: Composer, written: Written, seed: int, report: Report) -> _Attempt:
    report(0.05, "writing")
    try:
        edited = apply_edit(
            inputs.edit, written, composer, seed, lambda share: report(0.05 + 0.6 * share, "writing")
        )
    except ValueError as error:
        raise Conflict(f"This cannot be done: {error}.", code="edit_impossible") from error
    if edited.asked.seconds > LONGEST_SECONDS:
        raise Conflict(
            f"The piece would last longer than {LONGEST_SECONDS:.0f} seconds.", code="edit_impossible"
        )
    report(0.7, "playing")
    samples = sounding.render_piece(edited, np.random.default_rng([seed, 2]))
    report(0.85, "mastering")
    mastered = sounding.master_piece(edited, samples)
    limits = _LOOP_LIMITS if edited.loops else Thresholds()
    screening = screen(
        edited.notes, mastered, SYNTHESIS_RATE, edited.asked, composer.guard, thresholds=limits
    )
    model = composer.model_version if inputs.edit["kind"] in DENOISED else inputs.model
    return _Attempt(edited, mastered, screening, model, seed)


def _labels(inputs: Inputs, title: str, model: tuple[str, str], seed: int) -> Labels:
    return Labels(title, inputs.user_name, inputs.engine, f"{model[0]}@{model[1][:12]}", seed, sound_name())


def _title(inputs: Inputs) -> str:
    """Return the parent's title with the edit's name, numbered where the listener has one of that title."""
    name = _NAMES[inputs.edit["kind"]]
    base = inputs.parent_title
    for earlier in _NAMES.values():
        base = base.partition(f" ({earlier}")[0]
    title, number = f"{base} ({name})", 2
    while title in inputs.taken_titles:
        title, number = f"{base} ({name} {number})", number + 1
    return title


def _piece(inputs: Inputs, attempt: _Attempt) -> ComposedPiece:
    title = _title(inputs)
    labels = _labels(inputs, title, attempt.model, attempt.seed)
    written, screening = attempt.written, attempt.screening
    return ComposedPiece(
        user_id=inputs.user_id,
        cluster_id=inputs.cluster_id,
        title=title,
        seconds=written.asked.seconds,
        seed=attempt.seed,
        engine=inputs.engine,
        model_name=attempt.model[0],
        model_sha256=attempt.model[1],
        dtype=inputs.dtype,
        threads=inputs.threads,
        passed=screening.passed,
        files={
            "flac": labelled(flac_bytes(attempt.samples, SYNTHESIS_RATE), labels, inputs.cover),
            "midi": notes_to_midi(written.notes, title, comment=labels.disclosure),
            "cover": inputs.cover,
        },
        sound_sha256=hashlib.sha256(attempt.samples.tobytes()).hexdigest(),
        duration_seconds=attempt.samples.shape[1] / SYNTHESIS_RATE,
        sample_rate=SYNTHESIS_RATE,
        conditioning=json.loads(written.asked.to_json()),
        measurements={**screening.measurements, "failures": list(screening.failures)},
        parent_id=inputs.parent_id,
        edit={**inputs.edit, "loops": written.loops},
    )
