"""The listener's list."""

from typing import Literal

from flask import Response
from pydantic import Field

from service.api.resource import resource
from service.api.shapes import Answer, Id, Query
from service.http.authentication import requires, viewer
from service.http.parts import parts
from service.radio.lists import LISTED_PLACES, asked_json, listed_json

blueprint = resource("recommendations", "Your list: what to play next, each track with its reason.")


class ListedTrack(Answer):
    """A track as your list shows it; its thumb is at `tracks/{id}`."""

    id: Id
    title: str
    artist: str | None
    album: str | None
    duration_seconds: float
    origin: Literal["catalogue", "composed"]
    gain_db: float | None


class Because(Answer):
    """What a reason says, for programs."""

    kind: str = Field(examples=["similar"])
    cluster_id: Id | None = Field(description="The taste it belongs to.")
    anchor_id: Id | None = Field(description="The track it is explained by.")
    plays: int


class Place(Answer):
    """One place of your list. `score` is the sum of `parts`; `because` is there where it was asked to explain."""

    track: ListedTrack
    score: float
    reason: str = Field(examples=["New to you: it is near “Clair de lune” in your listening to soft piano."])
    parts: dict[str, float]
    because: Because | None = None


class Recommendations(Answer):
    """Your list, best first."""

    items: list[Place]


class ListQuery(Query):
    """How much of it."""

    limit: int = Field(default=20, ge=1, le=LISTED_PLACES, description="How many places at most.")
    context: Literal["focus", "calm", "sleep", "energy", "cheer", "melancholy"] | None = Field(
        default=None, description="What it is wanted for: what feels so comes first."
    )
    explain: bool = Field(default=False, description="Exact parts, and what each reason says, for programs.")


@blueprint.get("/recommendations")
@blueprint.input(ListQuery, location="query")
@blueprint.output(Recommendations)
@blueprint.doc(responses={503: "There is no search index yet: music must be scanned and listened to first."})
@requires("library:read")
def list_recommendations(query_data: ListQuery) -> Response:
    """What to play next

    Your list, best first, composed tracks beside the catalogue's, each with its reason in one sentence. It stays as it
    is until something it rests on changes: a listen, a thumb, your taste, the library.
    """
    who, own = viewer(), parts()
    if query_data.context or query_data.explain:
        places = asked_json(
            own.database,
            own.settings,
            who.user_id,
            query_data.limit,
            context=query_data.context,
            explain=query_data.explain,
        )
    else:
        places = listed_json(own.database, own.settings, who.user_id, who.list_revision, query_data.limit)
    # The places are JSON already: this is asked for more often than anything else.
    return Response(f'{{"items":[{",".join(places)}]}}', mimetype="application/json")
