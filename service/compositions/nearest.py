"""What a held piece sounds most like in the catalogue: what a job found, as the review desk shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.listening.key_names import key_name
from service.store.tables import Composition, ModelVersion, Track, TrackEmbedding

NEAREST_SHOWN = 5


@dataclass(frozen=True)
class NearTrack:
    """A catalogue track and the cosine between its sound and the piece's, -1 to 1; what the ear is sure of in it."""

    track_id: str
    title: str | None
    artist: str | None
    similarity: float
    seconds: float = 0.0
    tempo_bpm: float | None = None
    key: str | None = None


def keep_nearest(composition: Composition, found: Sequence[tuple[str, float]]) -> None:
    """Write down catalogue tracks and their cosines, nearest first."""
    composition.nearest = [
        {"track_id": track_id, "similarity": round(similarity, 4)} for track_id, similarity in found
    ]


def read_nearest(
    db_session: Session, compositions: Sequence[Composition]
) -> dict[str, tuple[NearTrack, ...]]:
    """By composition id what was found for it, nearest first; tracks that are gone since are left out."""
    wanted = {each["track_id"] for composition in compositions for each in composition.nearest or ()}
    tracks = {
        track.id: track
        for track in db_session.scalars(
            select(Track).where(
                Track.id.in_(wanted), Track.origin == "catalogue", Track.missing_since.is_(None)
            )
        )
    }
    heard = {
        row.track_id: row
        for row in db_session.scalars(
            select(TrackEmbedding)
            .join(ModelVersion, ModelVersion.id == TrackEmbedding.encoder_id)
            .where(TrackEmbedding.track_id.in_(tracks), ModelVersion.promoted)
        )
    }
    return {
        composition.id: tuple(
            _near(tracks[each["track_id"]], each, heard.get(each["track_id"]))
            for each in composition.nearest or ()
            if each["track_id"] in tracks
        )
        for composition in compositions
    }


def _near(track: Track, kept: Mapping[str, Any], heard: TrackEmbedding | None) -> NearTrack:
    return NearTrack(
        track.id,
        track.title,
        track.artist,
        kept["similarity"],
        seconds=track.duration_seconds,
        tempo_bpm=heard.tempo_bpm if heard is not None and heard.tempo_confidence > 0 else None,
        key=key_name(heard.key, heard.mode) if heard is not None and heard.key_clarity > 0 else None,
    )
