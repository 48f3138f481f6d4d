"""The other server, on the account page: signing in there, syncing now, how that goes, and leaving it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.elsewhere.accounts import connect, disconnect, sync_soon
from service.errors import HomespunError
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.http.texts import translated
from service.web.account_page import account_shown
from service.web.elsewhere_facts import elsewhere_standing

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("account_elsewhere", __name__, url_prefix="/account/elsewhere")


@blueprint.post("")
@page
def sign_in_there() -> Answer:
    """Keep the name and password there, and sync for the first time."""
    told, user_id = request.form, viewer().user_id
    try:
        with parts().database.session() as db_session:
            connect(
                db_session,
                parts().app_password_keys,
                user_id,
                told.get("elsewhere_name", "").strip(),
                told.get("elsewhere_password", ""),
                with_pieces="with_pieces" in told,
                sends_password="sends_password" in told,
            )
            sync_soon(db_session, user_id)
    except HomespunError as error:
        return account_shown(trouble=str(error)), error.http_status
    return _led_back()


@blueprint.post("/sync")
@page
def sync() -> Answer:
    """Bring the two servers together now."""
    try:
        with parts().database.session() as db_session:
            sync_soon(db_session, viewer().user_id)
    except HomespunError as error:
        return account_shown(trouble=str(error)), error.http_status
    return _led_back()


@blueprint.post("/leave")
@page
def leave() -> Answer:
    """Forget the account there; what came in is taken back where that is wished."""
    undo = "undo" in request.form
    with parts().database.session() as db_session:
        disconnect(db_session, viewer().user_id, undo=undo)
    flash(
        translated("Your account there is forgotten, and what came in is taken back.")
        if undo
        else translated("Your account there is forgotten. What came in stays.")
    )
    return _led_back()


@blueprint.get("/standing")
@page
def standing() -> Answer:
    """How it stands, alone, for a page that looks again."""
    with parts().database.session(read_only=True) as db_session:
        elsewhere = elsewhere_standing(db_session, viewer().user_id)
    return render_template("account/_elsewhere_standing.html", elsewhere=elsewhere)


def _led_back() -> Response:
    return redirect(url_for("account.show", _anchor="elsewhere"), 303)
