"""Models: the versions of each kind, how they did, and which is in use."""

from flask import Blueprint, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.admin.model_figures import figures_of
from service.admin.telling import do_and_tell
from service.errors import NotFound
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.operations.house_acts import note_act
from service.operations.model_versions import in_use, previous
from service.operations.training_records import training_curves
from service.radio.ranker_in_use import use_ranker
from service.sentences import marked
from service.store.tables import ModelVersion

blueprint = Blueprint("models", __name__, template_folder="templates")

KINDS = {
    "ranker": "Ranker: what order lists have",
    "encoder": "Ear: how tracks are heard",
    "generator": "Composer: what writes music",
}


@blueprint.get("")
@owner_page
def show_all() -> str:
    """All versions, of each kind the newest first."""
    with parts().database.session(read_only=True) as db_session:
        versions = db_session.scalars(select(ModelVersion).order_by(ModelVersion.id.desc())).all()
    return render_template(
        "house/models.html",
        kinds={
            kind: (words, [(each, figures_of(each)) for each in versions if each.kind == kind])
            for kind, words in KINDS.items()
        },
        can_roll_back=any(
            each.kind == "ranker" and not each.promoted and each.promoted_at is not None for each in versions
        ),
        curves=training_curves(parts().settings),
    )


@blueprint.post("/<id:version_id>/promote")
@owner_page
def promote_version(version_id: str) -> Response:
    """Rank everybody's list by this version."""

    def act(db_session: Session) -> str:
        version = db_session.get(ModelVersion, version_id)
        if version is None:
            raise NotFound("There is no such model.", code="unknown_model")
        return _use(db_session, version, "promote")

    return do_and_tell(url_for("models.show_all"), act)


@blueprint.post("/roll-back")
@owner_page
def roll_back() -> Response:
    """Rank lists again by what was in use before."""
    return do_and_tell(
        url_for("models.show_all"),
        lambda db_session: _use(db_session, previous(db_session, "ranker"), "roll_back"),
    )


def _use(db_session: Session, version: ModelVersion, action: str) -> str:
    before = in_use(db_session, version.kind)
    before_id = before.id if before is not None else None
    use_ranker(db_session, version)
    note_act(
        db_session,
        viewer().user_id,
        action,
        ("model", version.id),
        before={"in use": before_id},
        after={"in use": version.id},
    )
    return marked(
        f"The {version.kind} {version.name} {version.sha256[:12]} is in use; everybody's list is made anew."
    )
