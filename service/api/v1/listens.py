"""What was heard, here or elsewhere."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.paged import one_more, paged
from service.api.resource import Answers, described, resource
from service.api.shapes import Answer, Body, Id, Moment
from service.errors import InvalidRequest
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.paging import Page
from service.http.parts import parts
from service.listening.listens import ListenEvent, listens, record_listen
from service.listening.scrobbles import is_time_of_a_listen
from service.store.texts import NAMED, ONE_LINE

blueprint = resource("listens", "What you heard, here or elsewhere.")

_DAY_SECONDS = 86_400


class ListenAnswer(Answer):
    """One play or skip."""

    id: Id
    track_id: Id | None = Field(description="The library's track, where it has it.")
    listened_at: datetime
    title: str
    artist: str
    album: str | None
    source: str
    played_seconds: float | None
    skipped: bool


class Listens(Answer):
    """A page of what you heard, newest first."""

    items: list[ListenAnswer]
    next_cursor: str | None


class ListenTold(Body):
    """One play or skip, told by the app it was heard in."""

    listened_at: Moment = Field(description="When it began.")
    title: str = Field(min_length=1, max_length=500, pattern=NAMED)
    artist: str = Field(default="", max_length=500, pattern=ONE_LINE)
    album: str | None = Field(default=None, max_length=500, pattern=ONE_LINE)
    played_seconds: float | None = Field(default=None, ge=0, le=_DAY_SECONDS)
    track_seconds: float | None = Field(default=None, ge=0, le=_DAY_SECONDS)
    skipped: bool = False
    recording_mbid: str | None = Field(default=None, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    isrc: str | None = Field(default=None, pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$")


class ListenTaken(Answer):
    """What became of it."""

    is_new: bool = Field(description="False where the same listen was told before.")
    listen: ListenAnswer | None


@blueprint.get("/listens")
@blueprint.input(Page, location="query")
@blueprint.output(Listens)
@requires("profile:read")
def list_own_listens(query_data: Page) -> Response:
    """What you heard

    Newest first, a page at a time; skips are there too.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = listens(db_session, viewer().user_id, query_data.after(), one_more(query_data))
    return paged(rows, query_data, ListenAnswer.model_validate, lambda listen: listen.id)


_TOLD_BEFORE: Answers = {
    200: described(
        "It was told before, and is there once.",
        {"application/json": {"schema": {"$ref": "#/components/schemas/ListenTaken"}}},
    )
}


@blueprint.post("/listens")
@blueprint.input(
    ListenTold,
    example={"listened_at": "2026-11-22T20:15:00Z", "title": "Clair de lune", "artist": "Claude Debussy"},
)
@blueprint.output(ListenTaken, status_code=201)
@blueprint.doc(responses=_TOLD_BEFORE)
@requires("listens:write")
def tell_listen(json_data: ListenTold) -> Response:
    """Tell of a listen

    It is matched with the library by its codes, or by artist, title and length. The same listen told twice is kept
    once. One of before October 2002, or that is still to come, is none (`not_a_listens_time`). Players of this library
    tell `playback-events` instead.
    """
    if not is_time_of_a_listen(json_data.listened_at):
        raise InvalidRequest(
            "A listen began between October 2002 and now: the clock it was told by is not set.",
            code="not_a_listens_time",
        )

    def keep(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        row = record_listen(db_session, viewer().user_id, ListenEvent(source="api", **json_data.model_dump()))
        shown = None if row is None else ListenAnswer.model_validate(row)
        taken = ListenTaken(is_new=row is not None, listen=shown)
        return taken.model_dump(mode="json"), 201 if row is not None else 200, {}

    return answered_once(keep)
