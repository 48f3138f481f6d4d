"""Job: tracks of the catalogue that sound the same and last as long as each other, though their names differ."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from recommender.twins import find_twins
from service.listening.names import comparable_artist, comparable_title
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.operations.model_versions import encoder_in_use
from service.settings import Settings
from service.store.database import Database
from service.store.tables import Track, TrackEmbedding


@dataclass(frozen=True)
class Inputs:
    """Vectors float32 (tracks, size) of the encoder in use, seconds float64 (tracks,), and each track's name and artist as compared."""

    track_ids: list[str]
    vectors: np.ndarray
    seconds: np.ndarray
    names: list[tuple[str, str]]


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # there is one catalogue
    """Reads what the encoder in use heard of the catalogue; raises NotPrepared where that is nothing."""
    with db.session(read_only=True) as db_session:
        encoder = encoder_in_use(db_session)
        rows = db_session.execute(
            select(TrackEmbedding.vector, Track.id, Track.duration_seconds, Track.title, Track.artist)
            .join(Track, Track.id == TrackEmbedding.track_id)
            .where(
                TrackEmbedding.encoder_id == encoder.id,
                Track.origin == "catalogue",
                Track.missing_since.is_(None),
            )
            .order_by(Track.id)
        ).all()
    return Inputs(
        [row.id for row in rows],
        np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(
            len(rows), encoder.config["vector_size"]
        ),
        np.array([row.duration_seconds for row in rows]),
        [(comparable_title(row.title or ""), comparable_artist(row.artist or "")) for row in rows],
    )


def compute(inputs: Inputs, report: Report) -> Generator[dict[str, Any], None, None]:
    """Compares them; what one name and artist have twice is found by their names already and is left out."""
    report(0.0, f"comparing {len(inputs.track_ids)} tracks by their sound")
    twins = find_twins(inputs.vectors, inputs.seconds)
    yield {
        "compared": len(inputs.track_ids),
        "pairs": [
            [inputs.track_ids[each.first], inputs.track_ids[each.second], round(each.cosine, 4)]
            for each in twins
            if inputs.names[each.first] != inputs.names[each.second]
        ],
    }


def store_result(db: Database, output: dict[str, Any], fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # the job's own row keeps it
    """What was found stays with the job."""
    return output
