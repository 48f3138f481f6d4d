"""Coming in and going out: sign-in, sign-out, the first run, and the music folder that an owner adds."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.accounts.changing_password import choose_password
from service.accounts.login_sessions import revoke_session
from service.accounts.setup_code import is_set_up, use_setup_code
from service.accounts.signing_in import Browser, sign_in
from service.errors import HomespunError, InvalidRequest, Unauthenticated
from service.http.authentication import owner_page, page, public, viewer, with_given_password
from service.http.login_cookie import clear_login_cookie, set_login_cookie
from service.http.parts import parts
from service.library.folders import add_folder as add_library_folder
from service.operations import job_requests
from service.operations.job_queue import enqueue

Answer = Response | str | tuple[str, int]


def add_routes(blueprint: Blueprint) -> None:
    """Hang these pages into the blueprint."""
    blueprint.add_url_rule("/sign-in", view_func=show_sign_in, endpoint="sign_in", methods=["GET"])
    blueprint.add_url_rule("/sign-in", view_func=take_sign_in, methods=["POST"])
    blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    blueprint.add_url_rule(
        "/choose-password", view_func=show_choice, endpoint="choose_password", methods=["GET"]
    )
    blueprint.add_url_rule("/choose-password", view_func=take_choice, methods=["POST"])
    blueprint.add_url_rule("/setup", view_func=show_setup, endpoint="setup", methods=["GET"])
    blueprint.add_url_rule("/setup", view_func=take_setup, methods=["POST"])
    blueprint.add_url_rule("/music-folder", view_func=add_folder, methods=["POST"])


@public
def show_sign_in() -> Answer:
    """The form; whoever is signed in goes straight to the music."""
    try:
        viewer()
    except Unauthenticated:
        return _sign_in_page(_local_path(request.args.get("next", "")))
    return redirect(url_for("pages.player"), 303)


@public
def take_sign_in() -> Answer:
    """Sign a browser in, or say why not."""
    next_path = _local_path(request.form.get("next", ""))
    name = request.form.get("name", "")
    try:
        return _signed_in(name, request.form.get("password", ""), next_path)
    except HomespunError as error:
        return _sign_in_page(next_path, name=name, trouble=str(error)), error.http_status


@with_given_password
@page
def sign_out() -> Answer:
    """Forget the session."""
    session_id = viewer().session_id
    if session_id is not None:
        with parts().database.session() as db_session:
            revoke_session(db_session, viewer().user_id, session_id)
    answer = redirect(url_for("pages.sign_in"), 303)
    clear_login_cookie(answer)
    return answer


@with_given_password
@page
def show_choice() -> Answer:
    """The form for who signed in with a password that somebody else gave; others go straight to the music."""
    next_path = _local_path(request.args.get("next", ""))
    if not viewer().must_choose_password:
        return redirect(next_path, 303)
    return render_template("choose_password.html", next_path=next_path)


@with_given_password
@page
def take_choice() -> Answer:
    """A password of one's own from now on, or why not."""
    told, who = request.form, viewer()
    next_path = _local_path(told.get("next", ""))
    try:
        if told.get("new") != told.get("again"):
            raise InvalidRequest("The new password was not typed alike twice.", code="typed_differently")
        choose_password(parts().database, who.user_id, told.get("new", ""), session_id=who.session_id)
    except HomespunError as error:
        return render_template(
            "choose_password.html", next_path=next_path, trouble=str(error)
        ), error.http_status
    return redirect(next_path, 303)


@public
def show_setup() -> Answer:
    """The form of the first run; later there is nothing to set up."""
    with parts().database.session(read_only=True) as db_session:
        if is_set_up(db_session):
            return redirect(url_for("pages.sign_in"), 303)
    return render_template("setup.html", code=request.args.get("code", ""))


@public
def take_setup() -> Answer:
    """Make the owner's account, begin to read the music folder, and sign the owner in; or say why not."""
    told = {name: request.form.get(name, "").strip() for name in ("code", "name", "folder")}
    password = request.form.get("password", "")
    try:
        use_setup_code(
            parts().database,
            parts().settings,
            code=told["code"],
            name=told["name"],
            password=password,
            music_folder=told["folder"] or None,
            address=request.remote_addr or "",
        )
        return _signed_in(told["name"], password, url_for("pages.player"))
    except HomespunError as error:
        return render_template("setup.html", **told, trouble=str(error)), error.http_status


@owner_page
def add_folder() -> Answer:
    """Begin to read a music folder."""
    with parts().database.session() as db_session:
        folder = add_library_folder(db_session, request.form.get("folder", "").strip())
        enqueue(db_session, job_requests.scan_library(folder.path))
    return redirect(url_for("pages.player"), 303)


def _sign_in_page(next_path: str, *, name: str = "", trouble: str = "") -> str:
    with parts().database.session(read_only=True) as db_session:
        is_new = not is_set_up(db_session)
    return render_template("sign_in.html", next_path=next_path, name=name, trouble=trouble, is_new=is_new)


def _signed_in(name: str, password: str, next_path: str) -> Response:
    browser = Browser(request.remote_addr or "", request.headers.get("User-Agent", ""))
    opened = sign_in(parts().database, parts().settings, name, password, browser)
    answer = redirect(next_path, 303)
    set_login_cookie(answer, opened.secret)
    return answer


def _local_path(asked: str) -> str:
    """A path of our own to go to after signing in; the player for anything else, so that no link leads elsewhere."""
    parted = urlsplit(asked)
    is_ours = not parted.scheme and not parted.netloc and asked.startswith("/") and "\\" not in asked
    return (
        f"{request.script_root}{asked}" if is_ours and not asked.startswith("//") else url_for("pages.player")
    )
