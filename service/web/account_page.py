"""The account: how composed music is offered, the apps' passwords, one's own password, where one is signed in."""

from typing import Any, NamedTuple

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.accounts.app_addresses import AppAddress, app_addresses
from service.accounts.app_passwords import (
    LABEL_MAX_CHARACTERS,
    issue_app_password,
    list_app_passwords,
    revoke_app_password,
)
from service.accounts.changing_password import change_password
from service.accounts.login_sessions import list_sessions, revoke_session, revoke_sessions
from service.accounts.preferences import MOST_FRESH_PER_TASTE, change_preferences
from service.errors import HomespunError, InvalidRequest
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.http.texts import translated
from service.sentences import marked
from service.store.tables import User
from service.web.elsewhere_facts import elsewhere_standing

# Browsers name others that they are like, so the order counts.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("account", __name__, url_prefix="/account")


class ConnectCard(NamedTuple):
    """What is typed into an app; the pictures are SVG that a phone's camera reads. The secret is shown this once."""

    label: str
    server_url: str
    user_name: str
    secret: str
    addresses: list[AppAddress]
    server_picture: str
    secret_picture: str


@blueprint.get("")
@page
def show() -> Answer:
    """All of it."""
    return account_shown()


@blueprint.post("/app-passwords")
@page
def make_app_password() -> Answer:
    """A password for an app, shown once: this page is not led away from."""
    label = request.form.get("label", "").strip()
    try:
        with parts().database.session() as db_session:
            secret = issue_app_password(db_session, parts().app_password_keys, viewer().user_id, label).secret
    except HomespunError as error:
        return account_shown(trouble=str(error), label=label[:LABEL_MAX_CHARACTERS]), error.http_status
    return account_shown(card=_card(label, secret)), 201


@blueprint.post("/app-passwords/<id:app_password_id>/revoke")
@page
def revoke_app(app_password_id: str) -> Answer:
    """Take an app's password away."""
    with parts().database.session() as db_session:
        revoke_app_password(db_session, viewer().user_id, app_password_id)
    flash(translated("That app is refused from now on."))
    return _led_back("apps")


@blueprint.post("/preferences")
@page
def prefer() -> Answer:
    """How composed music is offered, and how much of a list is known already."""
    told = request.form
    try:
        with parts().database.session() as db_session:
            change_preferences(
                db_session,
                viewer().user_id,
                composed_policy=told.get("composed_policy"),
                fresh_per_taste=_number(told.get("fresh_per_taste")),
                familiar_share=_share(told.get("familiar_percent")),
            )
    except HomespunError as error:
        return account_shown(trouble=str(error)), error.http_status
    flash(translated("Kept. It shows in your next list."))
    return _led_back("composed")


@blueprint.post("/password")
@page
def change() -> Answer:
    """A password of one's own in place of the one before."""
    told, who = request.form, viewer()
    try:
        if told.get("new") != told.get("again"):
            raise InvalidRequest("The new password was not typed alike twice.", code="typed_differently")
        change_password(
            parts().database,
            who.user_id,
            told.get("old", ""),
            told.get("new", ""),
            address=request.remote_addr or "",
            session_id=who.session_id,
        )
    except HomespunError as error:
        return account_shown(trouble=str(error)), error.http_status
    flash(translated("Your password is changed; other browsers are signed out."))
    return _led_back("password")


@blueprint.post("/sessions/<id:session_id>/end")
@page
def end_session(session_id: str) -> Answer:
    """Sign another browser out."""
    with parts().database.session() as db_session:
        revoke_session(db_session, viewer().user_id, session_id)
    flash(translated("That browser is signed out."))
    return _led_back("browsers")


@blueprint.post("/sessions/end-others")
@page
def end_other_sessions() -> Answer:
    """Sign all other browsers out."""
    with parts().database.session() as db_session:
        revoke_sessions(db_session, viewer().user_id, but=viewer().session_id)
    flash(translated("All other browsers are signed out."))
    return _led_back("browsers")


def browser_words(user_agent: str) -> str:
    """What a browser is called, as far as what it says of itself tells."""
    browser = next((word for sign, word in _BROWSERS if sign in user_agent), marked("A browser"))
    system = next((word for sign, word in _SYSTEMS if sign in user_agent), "")
    return f"{browser}, {system}" if system else browser


def _led_back(section: str) -> Response:
    return redirect(url_for("account.show", _anchor=section), 303)


def account_shown(*, trouble: str = "", label: str = "", card: ConnectCard | None = None) -> str:
    """The page, with what could not be done, or with an app's password that is shown this once."""
    who = viewer()
    with parts().database.session(read_only=True) as db_session:
        user = db_session.get_one(User, who.user_id)
        facts: dict[str, Any] = {
            "user": user,
            "app_passwords": list_app_passwords(db_session, who.user_id),
            "sessions": list_sessions(db_session, who.user_id),
            "elsewhere": elsewhere_standing(db_session, who.user_id),
        }
    return render_template(
        "account/account.html",
        **facts,
        trouble=trouble,
        label=label,
        label_max=LABEL_MAX_CHARACTERS,
        most_fresh=MOST_FRESH_PER_TASTE,
        card=card,
        addresses=app_addresses(_server_url()),
        server_url=_server_url(),
        browser_words=browser_words,
    )


def _card(label: str, secret: str) -> ConnectCard:
    server_url = _server_url()
    return ConnectCard(
        label,
        server_url,
        viewer().name,
        secret,
        app_addresses(server_url),
        _picture(server_url),
        _picture(secret),
    )


def _server_url() -> str:
    return parts().settings.public_url or request.root_url.rstrip("/")


def _picture(text: str) -> str:
    """A QR code as SVG; its colours are the page's affair."""
    code = segno.make_qr(text, error="m")
    return code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff")


def _number(told: str | None) -> int | None:
    if told is None:
        return None
    if not (told.isascii() and told.isdecimal()):
        raise InvalidRequest("How many fresh pieces is a whole number.", code="fresh_out_of_range")
    return int(told[:9])


def _share(percent: str | None) -> float | None:
    number = _number(percent)
    return None if number is None else number / 100
