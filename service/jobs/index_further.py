"""Job: the search index of a further encoder, made anew from its rows."""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.index import TrackIndex
from service.errors import NotFound
from service.library.further_encoders import findable_vectors, further_index_dir
from service.library.published_index import publish_index
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ModelVersion


@dataclass(frozen=True)
class Inputs:
    """Vectors float32 (tracks, size) of one encoder, and where its index goes."""

    index_dir: Path
    encoder_id: str
    encoder: str
    track_ids: list[str]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class BuiltIndex:
    """An index that is not published yet."""

    inputs: Inputs
    index: TrackIndex


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Reads the encoder's vectors of all music that is there. Raises NotFound (``unknown_encoder``)."""
    with db.session(read_only=True) as db_session:
        version = db_session.get(ModelVersion, payload["encoder_id"])
        if version is None:
            raise NotFound("There is no such encoder.", code="unknown_encoder")
        rows = db_session.execute(findable_vectors(version.id)).all()
        joined = b"".join(vector for _, vector in rows)
        return Inputs(
            index_dir=further_index_dir(settings, version.name),
            encoder_id=version.id,
            encoder=version.name,
            track_ids=[track_id for track_id, _ in rows],
            vectors=np.frombuffer(joined, dtype="<f4").reshape(len(rows), version.config["vector_size"]),
        )


def compute(inputs: Inputs, report: Report) -> Generator[BuiltIndex, None, None]:
    """Builds the index."""
    report(0.0, f"indexing {len(inputs.track_ids)} tracks")
    yield BuiltIndex(inputs, TrackIndex.build(inputs.track_ids, inputs.vectors))


def store_result(db: Database, output: BuiltIndex, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is not written to; of two indexes either is a good one
    """Publishes it. No list rests on it, so none changes."""
    inputs = output.inputs
    published = publish_index(
        inputs.index_dir, output.index, encoder_id=inputs.encoder_id, encoder=inputs.encoder
    )
    return asdict(published)
