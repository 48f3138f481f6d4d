"""Composing: say what is wanted, watch it being made, listen side by side and keep one."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from service.compositions.own_pieces import throw_away
from service.compositions.wished import request_wished
from service.errors import HomespunError, InvalidRequest, NotFound
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.operations.job_queue import cancel, find_job, retry
from service.web.compose_form import MOST_PIECES, asked_of, choices, offered, pieces_of, reading_of
from service.web.composing_cards import Card, card_of, lately, open_jobs

Answer = Response | str | tuple[str, int]


def add_routes(blueprint: Blueprint) -> None:
    """Hang these pages into the blueprint."""
    add = blueprint.add_url_rule
    add("/compose", view_func=show_form, endpoint="compose", methods=["GET"])
    add("/compose", view_func=take_form, endpoint="take_compose", methods=["POST"])
    add("/compose/pieces", view_func=show_pieces, endpoint="pieces", methods=["GET"])
    add("/compose/keep", view_func=keep, methods=["POST"])
    add("/compose/jobs/<id:job_id>/cancel", view_func=call_off, methods=["POST"])
    add("/compose/jobs/<id:job_id>/again", view_func=run_again, methods=["POST"])
    add("/fragments/composing/<id:job_id>", view_func=card_fragment, methods=["GET"])
    add("/fragments/understood", view_func=understood_fragment, methods=["GET"])


@page
def show_form() -> Answer:
    """The form; a query may fill it in."""
    return _form_page(request.args)


@page
def take_form() -> Answer:
    """Queue what the form asks for, or show it again with what is wrong."""
    form = request.form
    try:
        asked, count = asked_of(form), pieces_of(form)
        with parts().database.session() as db_session:
            jobs = [
                request_wished(db_session, parts().settings, viewer().user_id, asked) for _ in range(count)
            ]
            ids = [job.id for job in jobs]
    except HomespunError as error:
        return _form_page(form, str(error)), error.http_status
    return redirect(url_for("pages.pieces", job=ids), 303)


@page
def show_pieces() -> Answer:
    """The pieces of these jobs, side by side."""
    if "job" not in request.args:
        return redirect(url_for("pages.compose"), 303)
    cards = _cards(request.args.getlist("job"))
    return render_template("compose/pieces.html", cards=cards)


@page
def keep() -> Answer:
    """Keep one piece and throw the others of these jobs away."""
    kept = request.form.get("keep", "")
    cards = _cards(request.form.getlist("job"))
    if kept not in {card.composition_id for card in cards}:
        raise NotFound("There is no such composition.", code="unknown_composition")
    with parts().database.session() as db_session:
        for card in cards:
            if card.composition_id not in (None, kept):
                throw_away(db_session, viewer().user_id, str(card.composition_id))
    return redirect(url_for("pages.piece", composition_id=kept), 303)


@page
def call_off(job_id: str) -> Answer:
    """Call a job off."""
    with parts().database.session() as db_session:
        cancel(db_session, find_job(db_session, viewer().user_id, job_id))
    return _back_to(job_id)


@page
def run_again(job_id: str) -> Answer:
    """Run a job again that failed or was called off."""
    with parts().database.session() as db_session:
        retry(db_session, find_job(db_session, viewer().user_id, job_id))
    return _back_to(job_id)


@page
def card_fragment(job_id: str) -> str:
    """One card alone."""
    with parts().database.session(read_only=True) as db_session:
        card = card_of(db_session, viewer().user_id, job_id)
    return render_template("compose/_card.html", card=card, several=len(request.args.getlist("job")) > 1)


@page
def understood_fragment() -> Answer:
    """What the words of a wish say."""
    words = request.args.get("words", "")
    try:
        with parts().database.session(read_only=True) as db_session:
            reading = reading_of(db_session, viewer().user_id, words)
    except InvalidRequest as error:
        return render_template("compose/_understood.html", reading=None, trouble=str(error))
    return render_template("compose/_understood.html", reading=reading)


def _back_to(job_id: str) -> Response:
    ids = [job_id, *(each for each in request.form.getlist("job") if each != job_id)]
    return redirect(url_for("pages.pieces", job=sorted(ids)), 303)


def _cards(job_ids: list[str]) -> list[Card]:
    cards = []
    with parts().database.session(read_only=True) as db_session:
        for job_id in dict.fromkeys(job_ids[:MOST_PIECES]):
            # A job is forgotten in time; whoever comes back to an old address still sees the others.
            with suppress(NotFound):
                if job_id.isalnum():  # a NUL is more than some databases take
                    cards.append(card_of(db_session, viewer().user_id, job_id))
    if not cards:
        raise NotFound("These pieces are not being composed any more.", code="unknown_job")
    return cards


def _form_page(told: MultiDict[str, str], trouble: str = "") -> str:
    user_id = viewer().user_id
    reading: Any = None
    with parts().database.session(read_only=True) as db_session:
        tastes = choices(db_session, user_id)
        with suppress(InvalidRequest):
            reading = reading_of(db_session, user_id, told.get("words", ""))
        waiting = [card_of(db_session, user_id, job_id) for job_id in open_jobs(db_session, user_id)]
        pieces = lately(db_session, user_id)
    return render_template(
        "compose/form.html",
        told=told,
        trouble=trouble,
        tastes=tastes,
        reading=reading,
        waiting=waiting,
        pieces=pieces,
        **offered(),
    )
