"""What is known about me: how much is kept of what, all of it to take along, and all of it gone."""

from flask import Blueprint, render_template, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from service.accounts.erasing import erase as erase_person
from service.accounts.erasing import remove_erased
from service.accounts.own_data import described, rows_kept
from service.errors import HomespunError
from service.http.authentication import page, viewer
from service.http.login_cookie import clear_login_cookie
from service.http.parts import parts
from service.store.tables import Listen, User

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("about_me", __name__, url_prefix="/about-me")


@blueprint.get("")
@page
def show() -> Answer:
    """How much is kept, and of what."""
    return _shown()


@blueprint.post("/erase")
@page
def erase() -> Answer:
    """Everything of the listener is deleted, and the browser signed out."""
    settings = parts().settings
    try:
        with parts().database.session() as db_session:
            files = erase_person(
                db_session, settings, viewer().user_id, typed_name=request.form.get("name", "")
            )
    except HomespunError as error:
        return _shown(trouble=str(error)), error.http_status
    remove_erased(files)
    answer = Response(render_template("account/erased.html"), mimetype="text/html")
    clear_login_cookie(answer)
    return answer


def _shown(trouble: str = "") -> str:
    user_id, settings = viewer().user_id, parts().settings
    with parts().database.session(read_only=True) as db_session:
        user = db_session.get_one(User, user_id)
        kept = [(table.name, described(table), count) for table, count in rows_kept(db_session, user_id)]
        first, last, listens = db_session.execute(
            select(func.min(Listen.listened_at), func.max(Listen.listened_at), func.count()).where(
                Listen.user_id == user_id
            )
        ).one()
    return render_template(
        "account/about_me.html",
        user=user,
        kept=sorted(kept, key=lambda each: -each[2]),
        first=first,
        last=last,
        listens=listens,
        backups=settings.kept_backups,
        trouble=trouble,
    )
