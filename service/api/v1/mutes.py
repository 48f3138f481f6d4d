"""What is never to be offered."""

from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.listening.mutes import NAME_MAX_CHARACTERS, mute, mutes_of, unmute
from service.store.texts import NAMED

blueprint = resource("mutes", "What you never want to be offered: tracks, artists, albums, tags.")

Scope = Literal["track", "artist", "album", "tag"]


class MuteAsked(Body):
    """What to mute: a track or its album by the track's id, an artist or a tag by name."""

    scope: Scope
    what: str = Field(max_length=NAME_MAX_CHARACTERS, pattern=NAMED, examples=["christmas"])


class MuteAnswer(Answer):
    """Something that is not offered to you."""

    id: Id
    scope: Scope
    shown: str = Field(description="The title or name.")
    track_id: Id | None
    created_at: datetime


class Mutes(Answer):
    """What you have muted, newest first."""

    items: list[MuteAnswer]


@blueprint.get("/me/mutes")
@blueprint.output(Mutes)
@requires("profile:read")
def list_mutes() -> Mutes:
    """What you have muted

    Newest first.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = mutes_of(db_session, viewer().user_id)
        return Mutes(items=[MuteAnswer.model_validate(row) for row in rows])


@blueprint.post("/me/mutes")
@blueprint.input(MuteAsked, example={"scope": "tag", "what": "christmas"})
@blueprint.output(MuteAnswer, status_code=201)
@blueprint.doc(responses={404: "There is no such track.", 409: "The track names no album."})
@requires("feedback:write")
def add_mute(json_data: MuteAsked) -> Response:
    """Mute a track, an artist, an album or a tag

    It is left out of lists, stations and what is similar from now on. Muting it twice changes nothing. A tag is a genre that
    the track's file names, or a word the ear is sure of.
    """

    def add(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        by_name = json_data.scope in ("artist", "tag")
        row = mute(
            db_session,
            viewer().user_id,
            json_data.scope,
            track_id=None if by_name else json_data.what,
            name=json_data.what if by_name else None,
        )
        return MuteAnswer.model_validate(row).model_dump(mode="json"), 201, {}

    return answered_once(add)


@blueprint.delete("/me/mutes/<id:mute_id>")
@blueprint.doc(responses={204: "It is offered again."})
@requires("feedback:write")
def delete_mute(mute_id: str) -> tuple[str, int]:
    """Take a mute back

    The list is then what it would be had nothing been muted.
    """
    with parts().database.session() as db_session:
        unmute(db_session, viewer().user_id, mute_id)
    return "", 204
