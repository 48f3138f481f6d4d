"""The page of one composed piece: listen, change, fetch, rename, throw away."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from service.compositions.edits import EXPORTS, request_edit
from service.compositions.instruments import ROWS
from service.compositions.own_pieces import TITLE_MAX_CHARACTERS, rename_composition, throw_away
from service.errors import HomespunError, InvalidRequest
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.web.piece_facts import piece_page

Answer = Response | str | tuple[str, int]

# What each kind of edit takes: the field's name, its least and its most.
_NUMBERS: dict[str, tuple[str, float, float]] = {
    "continue": ("bars", 1, 64),
    "vary": ("amount", 0.05, 1.0),
    "transpose": ("semitones", -24, 24),
    "tempo": ("tempo_bpm", 50, 190),
}
_WITHOUT_NUMBERS = ("loop", "reharmonise", *EXPORTS)


def add_routes(blueprint: Blueprint) -> None:
    """Hang this page into the blueprint."""
    below = "/compositions/<id:composition_id>"
    add = blueprint.add_url_rule
    add(below, view_func=show_piece, endpoint="piece", methods=["GET"])
    add(f"{below}/edits", view_func=change_piece, methods=["POST"])
    add(f"{below}/title", view_func=rename_piece, methods=["POST"])
    add(f"{below}/throw-away", view_func=throw_piece_away, methods=["POST"])
    add(f"/fragments{below}/files", view_func=files_fragment, methods=["GET"])
    add(f"/fragments{below}/versions", view_func=versions_fragment, methods=["GET"])


@page
def show_piece(composition_id: str) -> Answer:
    """The piece."""
    return _page(composition_id)


@page
def change_piece(composition_id: str) -> Answer:
    """Queue an edit, or show the piece with what is wrong."""
    try:
        edit = edit_of(request.form)
        with parts().database.session() as db_session:
            job = request_edit(db_session, parts().settings, viewer().user_id, composition_id, edit)
            job_id = job.id
    except HomespunError as error:
        return _page(composition_id, str(error)), error.http_status
    return redirect(url_for("pages.pieces", job=job_id), 303)


@page
def rename_piece(composition_id: str) -> Answer:
    """Give it another title."""
    title = " ".join(request.form.get("title", "").split())
    try:
        with parts().database.session() as db_session:
            rename_composition(db_session, viewer().user_id, composition_id, title)
    except InvalidRequest as error:
        return _page(composition_id, str(error)), error.http_status
    return redirect(url_for("pages.piece", composition_id=composition_id), 303)


@page
def throw_piece_away(composition_id: str) -> Answer:
    """Throw it away."""
    with parts().database.session() as db_session:
        throw_away(db_session, viewer().user_id, composition_id)
    return redirect(url_for("pages.compose"), 303)


@page
def files_fragment(composition_id: str) -> str:
    """What can be fetched of it, alone."""
    return render_template("piece/_files.html", piece=_piece(composition_id))


@page
def versions_fragment(composition_id: str) -> str:
    """Its versions, alone."""
    return render_template("piece/_versions.html", piece=_piece(composition_id))


def edit_of(form: MultiDict[str, str]) -> dict[str, Any]:
    """The edit that a form asks for; raises InvalidRequest (``unknown_edit``, ``edit_out_of_range``)."""
    kind = form.get("kind", "")
    if kind in _WITHOUT_NUMBERS:
        return {"kind": kind}
    if kind in _NUMBERS:
        name, least, most = _NUMBERS[kind]
        value = _number(form, name, least, most)
        if value is None:
            raise InvalidRequest(f"{name.capitalize()} must be given.", code="edit_out_of_range")
        return {"kind": kind, name: value}
    if kind != "regenerate":
        raise InvalidRequest("A piece cannot be changed in this way.", code="unknown_edit")
    edit: dict[str, Any] = {"kind": kind, "rows": [row for row in form.getlist("rows") if row in ROWS]}
    if not edit["rows"]:
        raise InvalidRequest("Choose at least one part that is to be written anew.", code="edit_out_of_range")
    for name in ("first_bar", "last_bar"):
        bar = _number(form, name, 1, 10_000)
        if bar is not None:
            edit[name] = bar
    return edit


def _number(form: MultiDict[str, str], name: str, least: float, most: float) -> float | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    read = type(least)
    try:
        value: float | None = read(text[:40])
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        raise InvalidRequest(
            f"{name.replace('_', ' ').capitalize()} must lie between {least:g} and {most:g}.",
            code="edit_out_of_range",
        )
    return value


def _piece(composition_id: str) -> Any:
    with parts().database.session(read_only=True) as db_session:
        return piece_page(db_session, viewer().user_id, composition_id)


def _page(composition_id: str, trouble: str = "") -> str:
    return render_template(
        "piece/piece.html",
        piece=_piece(composition_id),
        trouble=trouble,
        title_max=TITLE_MAX_CHARACTERS,
    )
