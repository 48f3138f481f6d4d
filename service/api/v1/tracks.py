"""Tracks: lists of them, one of them, what sounds like it and where it comes from."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.paged import one_more, paged
from service.api.resource import resource
from service.api.shapes import Answer, Id, Query, TrackAnswer
from service.compositions.provenance import provenance_of
from service.http.authentication import requires, viewer
from service.http.paging import Page
from service.http.parts import parts
from service.http.track_json import track_json
from service.library.browsing import list_tracks, place_of
from service.library.visibility import find_track
from service.listening.thumbs import thumb_of
from service.radio.similar import MOST_SIMILAR, similar_tracks
from service.store.tables import Track
from service.store.texts import ONE_LINE

blueprint = resource("tracks", "Tracks you can play: the catalogue's, and those composed for you.")

Origin = Literal["catalogue", "composed"]


class Tracks(Answer):
    """A page of tracks."""

    items: list[TrackAnswer]
    next_cursor: str | None


class SimilarTracks(Answer):
    """Tracks, the most similar first."""

    items: list[TrackAnswer]


class TracksQuery(Page):
    """Which tracks. Case and accents make no difference."""

    origin: Origin | None = None
    query: str | None = Field(
        default=None, max_length=200, pattern=ONE_LINE, description="Words in title, artist or album."
    )
    artist: str | None = Field(default=None, max_length=500, pattern=ONE_LINE)
    album: str | None = Field(default=None, max_length=500, pattern=ONE_LINE)


class SimilarQuery(Query):
    """How many, and by which ear."""

    limit: int = Field(default=20, ge=1, le=MOST_SIMILAR)
    encoder: Literal["clap", "vibenet"] | None = Field(
        default=None, description="A further encoder that the house has added; else the one in use."
    )


class ProvenanceAnswer(Answer):
    """Where a track comes from; of a composed one also its recipe."""

    track_id: Id
    origin: Origin
    composition_id: Id | None
    cluster_id: Id | None
    occasion: str | None
    engine: str | None
    model: str | None
    seed: int | None
    seconds: float | None
    asked: dict[str, Any] | None = Field(description="What the composer was told of the taste.")
    measured: dict[str, Any] | None = Field(description="What was measured in the piece.")
    composed_at: datetime | None


def shown_tracks(db_session: Session, tracks: list[Track]) -> Callable[[Track], TrackAnswer]:
    """How to show these tracks to whoever asks, with their own thumbs."""
    thumbs = thumb_of(db_session, viewer().user_id, [track.id for track in tracks])
    return lambda track: TrackAnswer.model_validate(track_json(track, thumbs.get(track.id)))


@blueprint.get("/tracks")
@blueprint.input(TracksQuery, location="query")
@blueprint.output(Tracks)
@requires("library:read")
def list_all_tracks(query_data: TracksQuery) -> Response:
    """Tracks by title

    Those of the catalogue and those composed for you, a page at a time.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_tracks(
            db_session,
            viewer().user_id,
            origin=query_data.origin,
            query=query_data.query,
            artist=query_data.artist,
            album=query_data.album,
            after=query_data.after(),
            limit=one_more(query_data),
        )
        show = shown_tracks(db_session, rows)
    return paged(rows, query_data, show, place_of)


@blueprint.get("/tracks/<id:track_id>")
@blueprint.output(TrackAnswer)
@requires("library:read")
def show_track(track_id: str) -> TrackAnswer:
    """One track

    With your thumb, if it has one.
    """
    with parts().database.session(read_only=True) as db_session:
        track = find_track(db_session, viewer().user_id, track_id)
        return shown_tracks(db_session, [track])(track)


@blueprint.get("/tracks/<id:track_id>/similar")
@blueprint.input(SimilarQuery, location="query")
@blueprint.output(SimilarTracks)
@blueprint.doc(
    responses={
        409: "It has not been listened to yet, or nothing has by this encoder.",
        503: "There is no search index yet.",
    },
)
@requires("library:read")
def list_similar(track_id: str, query_data: SimilarQuery) -> SimilarTracks:
    """What sounds like a track

    The most similar first; what you gave a thumb down is left out.
    """
    own = parts()
    tracks = similar_tracks(
        own.database,
        own.settings,
        viewer().user_id,
        track_id,
        query_data.limit,
        encoder=query_data.encoder,
    )
    with own.database.session(read_only=True) as db_session:
        show = shown_tracks(db_session, tracks)
    return SimilarTracks(items=[show(track) for track in tracks])


@blueprint.get("/tracks/<id:track_id>/provenance")
@blueprint.output(ProvenanceAnswer)
@requires("library:read")
def show_provenance(track_id: str) -> ProvenanceAnswer:
    """How a track came to be

    For a composed one: for which taste, by which model, from which seed, and what was measured.
    """
    with parts().database.session(read_only=True) as db_session:
        return ProvenanceAnswer.model_validate(provenance_of(db_session, viewer().user_id, track_id))
