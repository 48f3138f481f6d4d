"""Job: the search index, made anew from the rows."""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from recommender.index import TrackIndex
from service.library.published_index import publish_index
from service.listening.list_revisions import all_lists_changed
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.model_versions import encoder_in_use
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, TrackEmbedding


@dataclass(frozen=True)
class Inputs:
    """Vectors float32 (tracks, size) of the encoder in use, and where the index goes."""

    index_dir: Path
    encoder_id: str
    encoder: str
    track_ids: list[str]
    vectors: np.ndarray


@dataclass(frozen=True)
class BuiltIndex:
    """An index that is not published yet."""

    inputs: Inputs
    index: TrackIndex


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # there is only one index
    """Reads the vectors of all music that is there; raises NotPrepared when no encoder was ever used."""
    with db.session(read_only=True) as db_session:
        encoder = encoder_in_use(db_session)
        rows = db_session.execute(
            select(TrackEmbedding.track_id, TrackEmbedding.vector)
            .join(Track, Track.id == TrackEmbedding.track_id)
            .where(
                TrackEmbedding.encoder_id == encoder.id,
                TrackEmbedding.is_music,
                Track.missing_since.is_(None),
            )
            .order_by(TrackEmbedding.track_id)
        ).all()
        return Inputs(
            index_dir=settings.index_dir,
            encoder_id=encoder.id,
            encoder=encoder.name,
            track_ids=[track_id for track_id, _ in rows],
            vectors=np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4").reshape(len(rows), -1)
            if rows
            else np.zeros((0, encoder.config["vector_size"]), dtype=np.float32),
        )


def compute(inputs: Inputs, report: Report) -> Generator[BuiltIndex, None, None]:
    """Builds the index."""
    report(0.0, f"indexing {len(inputs.track_ids)} tracks")
    yield BuiltIndex(inputs, TrackIndex.build(inputs.track_ids, inputs.vectors))


def store_result(db: Database, output: BuiltIndex, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is fenced; of two indexes either is a good one
    """Publishes it; all lists are made anew."""
    inputs = output.inputs
    published = publish_index(
        inputs.index_dir, output.index, encoder_id=inputs.encoder_id, encoder=inputs.encoder
    )
    with db.session() as db_session:
        all_lists_changed(db_session)
    return asdict(published)
