"""Job: the search index of a further encoder, made anew from its rows."""

from dataclasses import asdict
from typing import Any

import numpy as np

from service.errors import NotFound
from service.jobs import rebuild_index
from service.jobs.rebuild_index import BuiltIndex, Inputs
from service.library.further_encoders import findable_vectors, further_index_dir
from service.library.published_index import publish_index
from service.operations.fence import Fence
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ModelVersion


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


compute = rebuild_index.compute
"""An index is built of vectors in one way, whosever they are."""


def store_result(db: Database, output: BuiltIndex, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the store is not written to; of two indexes either is a good one
    """Publishes it. No list rests on it, so none changes."""
    inputs = output.inputs
    published = publish_index(
        inputs.index_dir, output.index, encoder_id=inputs.encoder_id, encoder=inputs.encoder
    )
    return asdict(published)
