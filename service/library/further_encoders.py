"""Encoders that listen beside the one in use, where an owner added them: their names, and what they have heard.

Light, for the web process. Loading them is in `service.library.further_loading`.
"""

from pathlib import Path

from sqlalchemy import Select, exists, select

from recommender.index import TrackIndex
from service.errors import Conflict, CorruptArtifact, InvalidRequest, NotPrepared
from service.library.published_index import PublishedIndex, open_index
from service.settings import Settings
from service.store.tables import ModelVersion, Track, TrackEmbedding, TrackVector

FURTHER_ENCODERS = ("clap", "vibenet")


def check_encoder_name(name: str) -> None:
    """Raises InvalidRequest (``unknown_encoder``) for a name that no further encoder has."""
    if name not in FURTHER_ENCODERS:
        raise InvalidRequest(
            f"There is no such encoder; there are {' and '.join(FURTHER_ENCODERS)}.", code="unknown_encoder"
        )


def further_index_dir(settings: Settings, name: str) -> Path:
    """Where the index of this encoder's vectors lies, apart from the one in use and from all others."""
    return settings.index_dir / "further" / name


def open_further_index(settings: Settings, name: str) -> tuple[PublishedIndex, TrackIndex]:
    """The index of this encoder's vectors that is in force.

    Raises InvalidRequest (``unknown_encoder``), Conflict (``encoder_not_added``) when it has heard nothing yet, and
    CorruptArtifact.
    """
    check_encoder_name(name)
    again = f"run `homespun models add-encoder {name}`"
    try:
        return open_index(further_index_dir(settings, name))
    except NotPrepared as error:
        raise Conflict(
            f"{name} has not listened to this library yet: {again}.", code="encoder_not_added"
        ) from error
    except CorruptArtifact as error:
        raise CorruptArtifact(f"The search index of {name} is damaged: {again}.") from error


def findable_vectors(encoder_id: str) -> Select[str, bytes]:
    """Track ids and vectors that belong into this encoder's index: of tracks that are there and, as far as is known, music."""
    is_no_music = exists().where(
        TrackEmbedding.track_id == Track.id,
        TrackEmbedding.encoder_id == ModelVersion.id,
        ModelVersion.promoted,
        ~TrackEmbedding.is_music,
    )
    return (
        select(TrackVector.track_id, TrackVector.vector)
        .join(Track, Track.id == TrackVector.track_id)
        .where(TrackVector.encoder_id == encoder_id, Track.missing_since.is_(None), ~is_no_music)
        .order_by(TrackVector.track_id)
    )
