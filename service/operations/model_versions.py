"""Which models there are, and which of each kind is in use."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.store.tables import ModelVersion

_FURTHER = "further"
"""In the configuration of a version that is used beside the one in use, on request."""


def register(
    db_session: Session,
    kind: str,
    name: str,
    sha256: str,
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    *,
    further: bool = False,
) -> ModelVersion:
    """The row of this model, made if there is none yet; the first of a kind is promoted unless it is a further one.

    ``kind`` is "encoder", "generator" or "ranker"; ``sha256`` is of the weights file. A row that exists keeps its
    configuration and metrics.
    """
    if db_session.get_bind().dialect.name == "postgresql":
        # Two workers that start together must not both find no row. SQLite's sessions are alone anyway.
        db_session.execute(text("LOCK TABLE model_version IN SHARE ROW EXCLUSIVE MODE"))
    known = db_session.scalar(
        select(ModelVersion).where(
            ModelVersion.kind == kind, ModelVersion.name == name, ModelVersion.sha256 == sha256
        )
    )
    if known is not None:
        return known
    version = ModelVersion(
        kind=kind,
        name=name,
        sha256=sha256,
        config=dict(config) | ({_FURTHER: True} if further else {}),
        metrics=dict(metrics),
        promoted=not further and in_use(db_session, kind) is None,
    )
    db_session.add(version)
    db_session.flush()
    return version


def in_use(db_session: Session, kind: str) -> ModelVersion | None:
    """The promoted version of this kind, if there is any."""
    return db_session.scalar(select(ModelVersion).where(ModelVersion.kind == kind, ModelVersion.promoted))


def promote(db_session: Session, version: ModelVersion) -> None:
    """Put this version in use instead of the one that was. Raises Conflict (``further_model``) for a further one."""
    if version.config.get(_FURTHER):
        raise Conflict(
            f"{version.name} listens beside the encoder in use and never takes its place.",
            code="further_model",
        )
    db_session.execute(
        update(ModelVersion)
        .where(ModelVersion.kind == version.kind, ModelVersion.id != version.id)
        .values(promoted=False)
    )
    version.promoted = True
    db_session.flush()
