"""Which models there are, and which of each kind is in use."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound, NotPrepared
from service.store.tables import ModelVersion, utc_now

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
    version.promoted_at = utc_now() if version.promoted else None
    db_session.add(version)
    db_session.flush()
    return version


def in_use(db_session: Session, kind: str) -> ModelVersion | None:
    """The promoted version of this kind, if there is any."""
    return db_session.scalar(select(ModelVersion).where(ModelVersion.kind == kind, ModelVersion.promoted))


def encoder_in_use(db_session: Session) -> ModelVersion:
    """The encoder that hears the library; raises NotPrepared (``nothing_embedded``) where none was ever used."""
    encoder = in_use(db_session, "encoder")
    if encoder is None:
        raise NotPrepared(
            "No track has been listened to yet: scan a folder, then run `homespun index update`.",
            code="nothing_embedded",
        )
    return encoder


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
    version.promoted, version.promoted_at = True, utc_now()
    db_session.flush()


def find_version(db_session: Session, name: str) -> ModelVersion:
    """The version of this id, or whose SHA-256 begins so.

    Raises NotFound (``unknown_model``) and Conflict (``ambiguous_model``) where several begin so.
    """
    found = db_session.scalars(
        select(ModelVersion)
        .where((ModelVersion.id == name) | ModelVersion.sha256.startswith(name, autoescape=True))
        .order_by(ModelVersion.id)
        .limit(2)
    ).all()
    if not name or not found:
        raise NotFound(f"There is no model {name!r}.", code="unknown_model")
    if len(found) > 1:
        raise Conflict(f"Several models begin with {name!r}: name one by its id.", code="ambiguous_model")
    return found[0]


def previous(db_session: Session, kind: str) -> ModelVersion:
    """The version that was in use before the present one; raises Conflict (``no_earlier_model``) where there was none."""
    before = db_session.scalar(
        select(ModelVersion)
        .where(ModelVersion.kind == kind, ~ModelVersion.promoted, ModelVersion.promoted_at.is_not(None))
        .order_by(ModelVersion.promoted_at.desc(), ModelVersion.id.desc())
        .limit(1)
    )
    if before is None:
        raise Conflict(f"No other {kind} was in use before.", code="no_earlier_model")
    return before
