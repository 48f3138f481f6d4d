"""Thumbs up and down."""

from typing import Literal

from pydantic import Field

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.http.authentication import requires, viewer
from service.http.parts import parts
from service.listening.thumbs import set_thumb
from service.store.texts import ONE_LINE

blueprint = resource("thumbs", "What you think of a track; it acts on the next list, and is undone exactly.")


class ThumbPressed(Body):
    """A thumb, and where it was pressed."""

    value: Literal["up", "down"]
    context: str | None = Field(default=None, max_length=64, pattern=ONE_LINE, examples=["list"])
    position_seconds: float | None = Field(default=None, ge=0, le=604_800)


class ThumbAnswer(Answer):
    """The thumb in force."""

    track_id: Id
    value: Literal["up", "down"] | None
    changed: bool = Field(description="False where it was so before.")


@blueprint.put("/tracks/<id:track_id>/thumb")
@blueprint.input(ThumbPressed, example={"value": "down"})
@blueprint.output(ThumbAnswer)
@requires("feedback:write")
def put_thumb(track_id: str, json_data: ThumbPressed) -> ThumbAnswer:
    """Put a thumb up or down

    It shows in the next list. Doing it twice changes nothing.
    """
    with parts().database.session() as db_session:
        changed = set_thumb(
            db_session,
            viewer().user_id,
            track_id,
            json_data.value,
            context=json_data.context,
            position_seconds=json_data.position_seconds,
        )
    return ThumbAnswer(track_id=track_id, value=json_data.value, changed=changed)


@blueprint.delete("/tracks/<id:track_id>/thumb")
@blueprint.output(ThumbAnswer)
@requires("feedback:write")
def delete_thumb(track_id: str) -> ThumbAnswer:
    """Take a thumb back

    The list is then what it would be had there been no thumb.
    """
    with parts().database.session() as db_session:
        changed = set_thumb(db_session, viewer().user_id, track_id, "clear")
    return ThumbAnswer(track_id=track_id, value=None, changed=changed)
