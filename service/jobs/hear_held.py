"""Job: listen to a held piece for the review desk: what it sounds most like in the catalogue, its tempo and its key."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from recommender.embedding import ENCODER_NAME, TrackEncoder
from recommender.features import Features
from service.audio import DecoderPool
from service.compositions.nearest import NEAREST_SHOWN, keep_nearest
from service.errors import NotPrepared
from service.jobs.index_offsets import composed_offset, weights_dir_of
from service.library.hearing import hear
from service.library.published_index import open_index
from service.listening.key_names import KEYS
from service.operations.encoder_weights import load_encoder_weights
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Composition, Track


@dataclass(frozen=True)
class Inputs:
    """A piece that waits, and which tracks of the index are no catalogue tracks; no file when it waits no longer."""

    composition_id: str
    file: Path | None
    seconds: float
    composed_ids: frozenset[str]
    models_dir: Path
    weights_dir: Path
    index_dir: Path


@dataclass(frozen=True)
class HeardPiece:
    """Catalogue tracks and their cosines, nearest first, and what was measured in the sound, by the desk's names."""

    composition_id: str
    nearest: tuple[tuple[str, float], ...]
    measured: dict[str, Any]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Finds the piece's file."""
    composition_id = payload["composition_id"]
    with db.session(read_only=True) as db_session:
        composition = db_session.get(Composition, composition_id)
        waits = composition is not None and composition.state == "held" and composition.expired_at is None
        return Inputs(
            composition_id=composition_id,
            file=settings.media_dir / composition.media_paths["flac"] if composition and waits else None,
            seconds=composition.seconds if composition else 0.0,
            composed_ids=frozenset(db_session.scalars(select(Track.id).where(Track.origin == "composed"))),
            models_dir=settings.models_dir,
            weights_dir=weights_dir_of(settings),
            index_dir=settings.index_dir,
        )


def compute(inputs: Inputs, report: Report) -> Generator[HeardPiece, None, None]:
    """Listens to the piece and searches the index.

    Raises NotPrepared (``models_not_prepared``, ``index_missing``, ``index_of_another_encoder``) and AudioError.
    """
    if inputs.file is None:
        return
    report(0.0, "listening to a piece that waits for review")
    published, index = open_index(inputs.index_dir)
    if published.encoder != ENCODER_NAME:
        raise NotPrepared(
            "The library is being listened to by a new encoder, and cannot be compared with until that is done.",
            code="index_of_another_encoder",
        )
    encoder = TrackEncoder.from_weights(load_encoder_weights(inputs.models_dir))
    with DecoderPool(1) as pool:
        heard = hear(inputs.file, inputs.seconds, encoder, pool)
    vectors = heard.encoding.vector[None]
    if (offset := composed_offset(inputs.weights_dir)) is not None:
        vectors = offset.removed(vectors)
    # However many composed tracks are nearer, enough of the catalogue's are among these.
    (track_ids,), (cosines,) = index.search(vectors, NEAREST_SHOWN + len(inputs.composed_ids))
    found = [
        (track_id, float(cosine))
        for track_id, cosine in zip(track_ids, cosines, strict=True)
        if track_id not in inputs.composed_ids
    ]
    yield HeardPiece(inputs.composition_id, tuple(found[:NEAREST_SHOWN]), _measured(heard.features))


def _measured(features: Features) -> dict[str, Any]:
    """What can be told of the sound: nothing of a tempo or a key of which the ear is in no way sure."""
    tempo = {"tempo_bpm": round(features.tempo_bpm, 1)} if features.tempo_confidence > 0 else {}
    key = {"key": KEYS[features.key], "mode": features.mode} if features.key_clarity > 0 else {}
    return {**tempo, **key}


def store_result(db: Database, output: HeardPiece, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the same piece has the same neighbours
    """Writes down what was found, unless the piece is gone."""
    with db.session() as db_session:
        composition = db_session.get(Composition, output.composition_id)
        if composition is not None:
            keep_nearest(composition, output.nearest)
            composition.measurements = {**composition.measurements, **output.measured}
    return {"composition_id": output.composition_id, "nearest": len(output.nearest)}
