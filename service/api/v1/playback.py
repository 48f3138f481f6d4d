"""What players tell while they play."""

from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id, Moment
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.listening.playback import MOST_EVENTS, PlaybackKind, PlaybackTold, record_playback
from service.store.texts import NAMED

blueprint = resource("playback", "What players tell while they play.")


class PlaybackEvent(Body):
    """A play began, goes on, was skipped or came to its end."""

    track_id: Id
    play_key: str = Field(
        min_length=1, max_length=64, pattern=NAMED, description="The player's own name for this one play."
    )
    kind: PlaybackKind
    position_seconds: float = Field(ge=0, le=604_800)
    happened_at: Moment


class PlaybackEvents(Body):
    """Some events, in any order."""

    events: list[PlaybackEvent] = Field(min_length=1, max_length=MOST_EVENTS)


class EventsTaken(Answer):
    """How many of them were not known yet."""

    recorded: int = Field(ge=0)


@blueprint.post("/playback-events")
@blueprint.input(
    PlaybackEvents,
    example={
        "events": [
            {
                "track_id": "01JD9K3V5T8W2XQ4Z6N7M8P9RS",
                "play_key": "kitchen-1732310100",
                "kind": "end",
                "position_seconds": 201.5,
                "happened_at": "2026-11-22T20:18:21Z",
            }
        ]
    },
)
@blueprint.output(EventsTaken)
@blueprint.doc(responses={404: "One of the tracks is not there; nothing was kept."})
@requires("listens:write")
def tell_playback(json_data: PlaybackEvents) -> Response:
    """Tell how playing goes

    All events are kept or none; the same event told twice is kept once. The first skip or end of a play makes it a
    listen.
    """
    told = [PlaybackTold(**event.model_dump()) for event in json_data.events]

    def keep(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        return {"recorded": record_playback(db_session, viewer().user_id, told)}, 200, {}

    return answered_once(keep)
