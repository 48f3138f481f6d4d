"""A listener's taste."""

from datetime import datetime

from flask import Response
from pydantic import Field

from service.api.conditional import check_if_match, with_etag
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id
from service.api.v1.jobs import JobAnswer, job_accepted
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.parts import parts
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


@blueprint.post("/profile/taste/rebuild")
@blueprint.output(JobAnswer, status_code=202)
@requires("profile:write")
def rebuild_taste() -> Response:
    """Work your taste out afresh

    It is done by itself while you listen; this is for the impatient. Follow the job at `Location`.
    """
    return answered_once(lambda db_session: job_accepted(enqueue(db_session, update_taste(viewer().user_id))))
