"""A listener's taste as they see it: read it, and say what they know better."""

from enum import Enum
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.listening.emotions import checked_emotion, emotions_corrected, hold_calibration
from service.store.tables import TasteCluster
from service.store.texts import is_name

LEAST_WEIGHT, MOST_WEIGHT = 0.1, 3.0
NAME_MAX_CHARACTERS = 60


class Unset(Enum):
    """Says that something is left as it is, where None would take it away."""

    UNSET = "unset"


UNSET: Literal[Unset.UNSET] = Unset.UNSET


def read_taste(db_session: Session, user_id: str) -> list[TasteCluster]:
    """The listener's clusters, largest share first; none where nothing was listened to."""
    rows = select(TasteCluster).where(TasteCluster.user_id == user_id).order_by(TasteCluster.position)
    return list(db_session.scalars(rows))


def find_cluster(db_session: Session, user_id: str, cluster_id: str) -> TasteCluster:
    """The listener's cluster of this id; NotFound (``unknown_cluster``) whatever the reason if it is not there."""
    cluster = db_session.scalar(
        select(TasteCluster).where(TasteCluster.id == cluster_id, TasteCluster.user_id == user_id)
    )
    if cluster is None:
        raise NotFound("There is no such taste.", code="unknown_cluster")
    return cluster


def emotion_of(cluster: TasteCluster) -> tuple[float, float]:
    """Valence and arousal of a taste: what its listener says, or else what was heard in its tracks."""
    return (
        cluster.valence if cluster.own_valence is None else cluster.own_valence,
        cluster.arousal if cluster.own_arousal is None else cluster.own_arousal,
    )


def edit_cluster(
    db_session: Session,
    user_id: str,
    cluster_id: str,
    *,
    name: str | Unset | None = UNSET,
    weight: float | Unset = UNSET,
    muted: bool | Unset = UNSET,
    valence: float | Unset | None = UNSET,
    arousal: float | Unset | None = UNSET,
) -> TasteCluster:
    """Renames, weighs, mutes or corrects the emotion of one taste; what is not given stays.

    None takes a name or a correction back. Emotions that are corrected move how this house hears, too. Raises NotFound
    (``unknown_cluster``) and InvalidRequest (``bad_cluster_name``, ``weight_out_of_range``, ``emotion_out_of_range``).
    """
    cluster = find_cluster(db_session, user_id, cluster_id)
    changes: dict[str, object] = {}
    if not isinstance(name, Unset):
        changes["name"] = _checked_name(name)
    if not isinstance(weight, Unset):
        changes["weight"] = _checked_weight(weight)
    if not isinstance(muted, Unset):
        changes["muted"] = muted
    if not isinstance(valence, Unset):
        changes["own_valence"] = checked_emotion(valence)
    if not isinstance(arousal, Unset):
        changes["own_arousal"] = checked_emotion(arousal)
    if changes:
        hold_calibration(db_session)
        for column, value in changes.items():
            setattr(cluster, column, value)
        db_session.flush()
        emotions_corrected(db_session, user_id)
    return cluster


def _checked_name(name: str | None) -> str | None:
    if name is None:
        return None
    stripped = name.strip()
    if not is_name(stripped, NAME_MAX_CHARACTERS):
        raise InvalidRequest(
            f"A taste's name is one line of 1 to {NAME_MAX_CHARACTERS} characters.", code="bad_cluster_name"
        )
    return stripped


def _checked_weight(weight: float) -> float:
    if not LEAST_WEIGHT <= weight <= MOST_WEIGHT:
        raise InvalidRequest(
            f"A taste weighs {LEAST_WEIGHT} to {MOST_WEIGHT:.0f}; mute it to leave it out.",
            code="weight_out_of_range",
        )
    return weight
