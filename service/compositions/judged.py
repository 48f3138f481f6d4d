"""What a listener thinks of the pieces that were composed for one of their tastes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.tables import Composition, ModelVersion, Thumb


@dataclass(frozen=True)
class JudgedComposition:
    """A piece with a thumb in force: what was asked for, and the weights that composed it."""

    liked: bool
    conditioning: Mapping[str, Any]
    model_sha256: str


def judged_compositions(db_session: Session, user_id: str, cluster_id: str) -> tuple[JudgedComposition, ...]:
    """All pieces of this taste that have a thumb in force, in the order they were composed."""
    latest = (
        select(func.max(Thumb.id))
        .where(Thumb.user_id == user_id, Thumb.track_id == Composition.track_id)
        .correlate(Composition)
        .scalar_subquery()
    )
    rows = db_session.execute(
        select(Thumb.value, Composition.conditioning, ModelVersion.sha256)
        .select_from(Composition)
        .join(Thumb, Thumb.id == latest)
        .join(ModelVersion, ModelVersion.id == Composition.model_version_id)
        .where(Composition.user_id == user_id, Composition.cluster_id == cluster_id, Thumb.value != "clear")
        .order_by(Composition.id)
    )
    return tuple(JudgedComposition(row.value == "up", row.conditioning, row.sha256) for row in rows)
