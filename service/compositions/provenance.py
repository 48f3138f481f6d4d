"""How a composed track came to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.library.visibility import find_track
from service.store.tables import Composition, ModelVersion


@dataclass(frozen=True)
class Provenance:
    """A track's origin; of a composed one also its recipe, which gives the same notes again."""

    track_id: str
    origin: str
    composition_id: str | None = None
    cluster_id: str | None = None
    occasion: str | None = None
    engine: str | None = None
    model: str | None = None
    seed: int | None = None
    seconds: float | None = None
    asked: dict[str, Any] | None = None
    measured: dict[str, Any] | None = None
    composed_at: datetime | None = None


def provenance_of(db_session: Session, user_id: str, track_id: str) -> Provenance:
    """Where this track of the listener's comes from. Raises NotFound (``unknown_track``)."""
    track = find_track(db_session, user_id, track_id)
    found = db_session.execute(
        select(Composition, ModelVersion.name)
        .join(ModelVersion, ModelVersion.id == Composition.model_version_id)
        .where(Composition.track_id == track.id)
    ).first()
    if found is None:
        return Provenance(track.id, track.origin)
    piece, model = found
    return Provenance(
        track_id=track.id,
        origin=track.origin,
        composition_id=piece.id,
        cluster_id=piece.cluster_id,
        occasion=piece.occasion,
        engine=piece.engine,
        model=model,
        seed=piece.seed,
        seconds=piece.seconds,
        asked=piece.conditioning,
        measured=piece.measurements,
        composed_at=piece.created_at,
    )
