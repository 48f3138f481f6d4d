"""More like one track."""

from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id, TrackAnswer, WholeNumber
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.http.track_json import track_json
from service.listening.thumbs import thumb_of
from service.radio.stations import MOST_AT_ONCE, StationWish, next_tracks, start_station

blueprint = resource("stations", "More like one track, for as long as you want.")


class StationAsked(Body):
    """What it starts from, and how the music should differ from it."""

    track_id: Id
    calmer: float = Field(default=0.0, ge=-1, le=1)
    brighter: float = Field(default=0.0, ge=-1, le=1)
    faster: float = Field(default=0.0, ge=-1, le=1)


class StationAnswer(Answer):
    """A station."""

    id: Id
    track_id: Id


class HowMany(Body):
    """How many tracks to give."""

    count: WholeNumber = Field(default=5, ge=1, le=MOST_AT_ONCE)


class NextTracks(Answer):
    """What the station plays next."""

    items: list[TrackAnswer]


@blueprint.post("/stations")
@blueprint.input(StationAsked, example={"track_id": "01JD9K3V5T8W2XQ4Z6N7M8P9RS", "calmer": 0.5})
@blueprint.output(StationAnswer, status_code=201)
@blueprint.doc(responses={404: "There is no such track."})
@requires("library:read")
def create_station(json_data: StationAsked) -> Response:
    """Start a station

    From one track, and wishes from -1 to 1 how the music should differ from it.
    """
    wish = StationWish(calmer=json_data.calmer, brighter=json_data.brighter, faster=json_data.faster)

    def start(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        station = start_station(db_session, viewer().user_id, json_data.track_id, wish)
        return {"id": station.id, "track_id": station.track_id}, 201, {}

    return answered_once(start)


@blueprint.post("/stations/<id:station_id>/next")
@blueprint.input(HowMany, example={"count": 5})
@blueprint.output(NextTracks)
@blueprint.doc(
    responses={409: "Its track has not been listened to yet.", 503: "There is no search index yet."}
)
@requires("library:read")
def play_on(station_id: str, json_data: HowMany) -> NextTracks:
    """What a station plays next

    Tracks it has not given yet; fewer, or none, once the library has no more.
    """
    user_id, own = viewer().user_id, parts()
    tracks = next_tracks(own.database, own.settings, user_id, station_id, json_data.count)
    with own.database.session(read_only=True) as db_session:
        thumbs = thumb_of(db_session, user_id, [track.id for track in tracks])
    return NextTracks(
        items=[TrackAnswer.model_validate(track_json(track, thumbs.get(track.id))) for track in tracks]
    )
