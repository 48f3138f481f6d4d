"""Pieces composed for a listener."""

from datetime import datetime
from typing import Any, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.conditional import check_if_match, with_etag
from service.api.paged import one_more, paged
from service.api.resource import Answers, described, resource
from service.api.shapes import Answer, Body, Id, TrackAnswer
from service.api.v1.jobs import JobAnswer, job_accepted
from service.api.v1.wishes import CompositionWish, UnderstoodWords, WordsQuery
from service.compositions.own_pieces import (
    TITLE_MAX_CHARACTERS,
    find_own_composition,
    list_compositions,
    rename_composition,
    throw_away,
)
from service.compositions.requests import next_piece
from service.compositions.wish_words import understand
from service.compositions.wished import Asked, request_wished
from service.compositions.wishes import Wish
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.paging import Page
from service.http.parts import parts
from service.http.track_json import track_json
from service.store.tables import Job
from service.store.texts import NAMED

blueprint = resource("compositions", "Music composed for you.")

CompositionState = Literal["composing", "held", "listed", "rejected"]


class CompositionAnswer(Answer):
    """A piece composed for you; it can be played as its track once it is listed."""

    id: Id
    state: CompositionState = Field(description="`held` pieces wait for a reviewer.")
    title: str
    seconds: float
    track_id: Id | None
    cluster_id: Id | None
    occasion: str = Field(examples=["asked"])
    seed: int
    engine: str
    created_at: datetime
    handed_out_at: datetime | None


class Compositions(Answer):
    """A page of pieces, newest first."""

    items: list[CompositionAnswer]
    next_cursor: str | None


class CompositionQuery(Page):
    """Which pieces."""

    state: CompositionState | None = None


class NextWish(Body):
    """Which taste the next piece is for; any where none is given."""

    cluster_id: Id | None = None


class NextPiece(Answer):
    """A fresh piece, ready to be played."""

    track: TrackAnswer


class Renaming(Body):
    """Its new title."""

    title: str = Field(min_length=1, max_length=TITLE_MAX_CHARACTERS, pattern=NAMED)


@blueprint.get("/compositions")
@blueprint.input(CompositionQuery, location="query")
@blueprint.output(Compositions)
@requires("library:read")
def list_own_compositions(query_data: CompositionQuery) -> Response:
    """What was composed for you

    Newest first, a page at a time; pieces that were thrown away or let go of are not in it.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_compositions(
            db_session,
            viewer().user_id,
            state=query_data.state,
            before_id=query_data.after(),
            limit=one_more(query_data),
        )
    return paged(rows, query_data, CompositionAnswer.model_validate, lambda piece: piece.id)


@blueprint.post("/compositions")
@blueprint.input(CompositionWish, example={"words": "slow piano for reading", "seconds": 60})
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(
    responses={
        400: "A wish cannot be read, or none of its words says anything here.",
        404: "You have no such taste.",
        409: "There is no taste to compose for yet.",
        429: "That was today's last piece, or some are being composed already.",
    }
)
@requires("compose")
def compose(json_data: CompositionWish) -> Response:
    """Have a piece composed

    It takes a while: follow the job at `Location`. Its result names the composition and its track.
    """
    asked = _asked(json_data)
    return answered_once(
        lambda db_session: job_accepted(
            request_wished(db_session, parts().settings, viewer().user_id, asked, seed=json_data.seed)
        )
    )


def _asked(told: CompositionWish) -> Asked:
    instruments = {} if told.instruments is None else told.instruments.model_dump(exclude_none=True)
    wish = Wish(
        valence=None if told.mood is None else told.mood.valence,
        arousal=None if told.mood is None else told.mood.arousal,
        tempo_bpm=told.tempo_bpm,
        instruments=instruments,
    )
    return Asked(told.words, wish, told.cluster_id, told.seconds)


@blueprint.get("/compositions/understood")
@blueprint.input(WordsQuery, location="query")
@blueprint.output(UnderstoodWords)
@requires("compose")
def show_understood(query_data: WordsQuery) -> UnderstoodWords:
    """What the words of a wish are taken to mean

    Before anything is composed by them.
    """
    return UnderstoodWords.model_validate(understand(query_data.words))


_HANDED_OUT: Answers = {
    202: described(
        "None is ready: it is being composed. Follow the job at `Location`.",
        {"application/json": {"schema": {"$ref": "#/components/schemas/JobAnswer"}}},
    ),
    404: described("You have no such taste."),
    409: described("There is no taste to compose for yet."),
    429: described("None is ready, and that was today's last piece."),
}


@blueprint.post("/compositions/next")
@blueprint.input(NextWish, example={})
@blueprint.output(NextPiece)
@blueprint.doc(responses=_HANDED_OUT)
@requires("compose")
def hand_out_next(json_data: NextWish) -> Response:
    """A personal track, now

    A piece that nobody was handed and you never heard, at once; each is handed out once. Where none is ready one is
    composed.
    """

    def hand_out(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        piece = next_piece(db_session, parts().settings, viewer().user_id, cluster_id=json_data.cluster_id)
        if isinstance(piece, Job):
            return job_accepted(piece)
        return {"track": track_json(piece)}, 200, {}

    return answered_once(hand_out)


@blueprint.get("/compositions/<id:composition_id>")
@blueprint.output(CompositionAnswer)
@requires("library:read")
def show_composition(composition_id: str) -> Response:
    """One of your pieces

    With an ETag, to be sent back as `If-Match` when it is renamed.
    """
    with parts().database.session(read_only=True) as db_session:
        return with_etag(
            CompositionAnswer.model_validate(
                find_own_composition(db_session, viewer().user_id, composition_id)
            )
        )


@blueprint.patch("/compositions/<id:composition_id>")
@blueprint.input(Renaming, example={"title": "Rain on the roof"})
@blueprint.output(CompositionAnswer)
@blueprint.doc(responses={412: "It is not what `If-Match` says any more."})
@requires("compose")
def change_composition(composition_id: str, json_data: Renaming) -> Response:
    """Rename a piece

    Its track is renamed with it.
    """
    user_id = viewer().user_id
    with parts().database.session() as db_session:
        check_if_match(
            lambda: CompositionAnswer.model_validate(
                find_own_composition(db_session, user_id, composition_id)
            )
        )
        return with_etag(
            CompositionAnswer.model_validate(
                rename_composition(db_session, user_id, composition_id, json_data.title)
            )
        )


@blueprint.delete("/compositions/<id:composition_id>")
@blueprint.doc(responses={204: "It is gone."})
@requires("compose")
def delete_composition(composition_id: str) -> tuple[str, int]:
    """Throw a piece away

    It is in no list any more, and its files are removed.
    """
    with parts().database.session() as db_session:
        throw_away(db_session, viewer().user_id, composition_id)
    return "", 204
