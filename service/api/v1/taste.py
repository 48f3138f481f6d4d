"""A listener's taste."""

from datetime import date, datetime
from typing import Any, Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from service.api.conditional import check_if_match, with_etag
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id, Query
from service.api.v1.jobs import JobAnswer, job_accepted
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
from service.listening.drift import MOST_DAYS, read_drift
from service.listening.merging import merge_clusters, merges_of, split_again
from service.listening.taste import (
    LEAST_WEIGHT,
    MOST_WEIGHT,
    NAME_MAX_CHARACTERS,
    edit_cluster,
    find_cluster,
    read_taste,
)
from service.operations.job_queue import enqueue
from service.operations.job_requests import update_taste
from service.store.texts import NAMED

blueprint = resource("taste", "Your taste, as clusters of what you play: read it, correct it.")


class TasteCluster(Answer):
    """One of your tastes. Valence and arousal are heard in its tracks; `own_` ones are what you say they are."""

    id: Id
    position: int = Field(description="0 is the largest.")
    name: str | None
    words: str = Field(examples=["slow piano and strings"])
    share: float = Field(ge=0, le=1, description="Of your listening.")
    weight: float = Field(description="How much you want of it; 1 is as much as you play.")
    muted: bool
    valence: float
    arousal: float
    own_valence: float | None
    own_arousal: float | None
    hour_profile: list[float] = Field(description="When you play it: 24 shares, by hour.")
    medoid_track_id: Id = Field(description="The track at its centre.")
    updated_at: datetime


class Taste(Answer):
    """Your tastes, the largest first."""

    items: list[TasteCluster]


class TasteEdit(Body):
    """What to change; what is left out stays, and null takes a name or a correction back."""

    name: str | None = Field(default=None, max_length=NAME_MAX_CHARACTERS, pattern=NAMED)
    weight: float = Field(default=1.0, ge=LEAST_WEIGHT, le=MOST_WEIGHT)
    muted: bool = False
    valence: float | None = Field(default=None, ge=-1, le=1)
    arousal: float | None = Field(default=None, ge=-1, le=1)


class MergeAsked(Body):
    """The taste that becomes part of this one."""

    other_id: Id


class MergeAnswer(Answer):
    """Two tastes that are one by your word, each by the track at its centre."""

    id: Id
    track_id: Id
    other_track_id: Id
    created_at: datetime


class Merges(Answer):
    """What you have merged, newest first."""

    items: list[MergeAnswer]


class DriftQuery(Query):
    """How far back to look."""

    days: int = Field(default=30, ge=1, le=MOST_DAYS)


class TasteDrift(Answer):
    """One taste then and now; null where it was not there or cannot be compared."""

    cluster_id: Id
    called: str
    change: Literal["new", "gone", "stayed"]
    share_before: float | None
    share_now: float | None
    moved: float | None = Field(description="How far its sound moved: 1 less the cosine of then and now.")
    valence_change: float | None
    arousal_change: float | None


class Drifted(Answer):
    """Your taste against what it was, the largest change of share first."""

    since: date | None = Field(description="The day it is held against; null where none is remembered yet.")
    tastes: list[TasteDrift]


@blueprint.get("/profile/taste")
@blueprint.output(Taste)
@requires("profile:read")
def show_taste() -> Taste:
    """Your taste

    The clusters of what you play, the largest first; none where nothing was played yet.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = read_taste(db_session, viewer().user_id)
        return Taste(items=[TasteCluster.model_validate(row) for row in rows])


@blueprint.get("/profile/taste/clusters/<id:cluster_id>")
@blueprint.output(TasteCluster)
@requires("profile:read")
def show_cluster(cluster_id: str) -> Response:
    """One of your tastes

    With an ETag, to be sent back as `If-Match` when it is changed.
    """
    with parts().database.session(read_only=True) as db_session:
        return with_etag(TasteCluster.model_validate(find_cluster(db_session, viewer().user_id, cluster_id)))


@blueprint.patch("/profile/taste/clusters/<id:cluster_id>")
@blueprint.input(TasteEdit, example={"name": "Sunday mornings", "weight": 1.5})
@blueprint.output(TasteCluster)
@blueprint.doc(responses={412: "It is not what `If-Match` says any more."})
@requires("profile:write")
def change_cluster(cluster_id: str, json_data: TasteEdit) -> Response:
    """Correct a taste

    Rename it, weigh it, mute it, or say what its emotion is. It shows in the next list and the next composition.
    """
    who = viewer()
    with parts().database.session() as db_session:
        check_if_match(lambda: TasteCluster.model_validate(find_cluster(db_session, who.user_id, cluster_id)))
        changes = json_data.model_dump(exclude_unset=True)
        return with_etag(
            TasteCluster.model_validate(edit_cluster(db_session, who.user_id, cluster_id, **changes))
        )


@blueprint.post("/profile/taste/clusters/<id:cluster_id>/merge")
@blueprint.input(MergeAsked, example={"other_id": "01JD9K3V5T8W2XQ4Z6N7M8P9RS"})
@blueprint.output(TasteCluster)
@blueprint.doc(
    responses={404: "There is no such taste.", 409: "They are the same, or one is of an earlier encoder."}
)
@requires("profile:write")
def merge_taste(cluster_id: str, json_data: MergeAsked) -> Response:
    """Merge two tastes

    The other becomes part of this one, which keeps its name, weight and mute. They stay one when your taste is worked out
    anew, until the merge is taken back.
    """
    user_id = viewer().user_id

    def merge(db_session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        kept = merge_clusters(db_session, user_id, cluster_id, json_data.other_id)
        return TasteCluster.model_validate(kept).model_dump(mode="json"), 200, {}

    return answered_once(merge)


@blueprint.get("/profile/taste/merges")
@blueprint.output(Merges)
@requires("profile:read")
def list_merges() -> Merges:
    """What you have merged

    Newest first.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = merges_of(db_session, viewer().user_id)
        return Merges(items=[MergeAnswer.model_validate(row) for row in rows])


@blueprint.delete("/profile/taste/merges/<id:merge_id>")
@blueprint.doc(responses={204: "They are told apart when your taste is next worked out, which is soon."})
@requires("profile:write")
def delete_merge(merge_id: str) -> tuple[str, int]:
    """Take a merge back

    Your taste is worked out anew; the two are told apart again where they still are two.
    """
    with parts().database.session() as db_session:
        split_again(db_session, viewer().user_id, merge_id)
    return "", 204


@blueprint.get("/profile/taste/drift")
@blueprint.input(DriftQuery, location="query")
@blueprint.output(Drifted)
@requires("profile:read")
def show_drift(query_data: DriftQuery) -> Drifted:
    """How your taste drifts

    Against what it was so many days ago, or on the last day before that is remembered, or else on the first.
    """
    with parts().database.session(read_only=True) as db_session:
        return Drifted.model_validate(read_drift(db_session, viewer().user_id, query_data.days))


@blueprint.post("/profile/taste/rebuild")
@blueprint.output(JobAnswer, status_code=202)
@requires("profile:write")
def rebuild_taste() -> Response:
    """Work your taste out afresh

    It is done by itself while you listen; this is for the impatient. Follow the job at `Location`.
    """
    return answered_once(lambda db_session: job_accepted(enqueue(db_session, update_taste(viewer().user_id))))
