"""The taste: a map of what is played, moods by hour and month, each taste to be put right, and what is never offered."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.errors import HomespunError, InvalidRequest, NotFound
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.http.texts import translated
from service.listening.drift import MOST_DAYS, read_drift
from service.listening.merging import merge_clusters, merges_of, split_again
from service.listening.moods_over_time import moods_over_time
from service.listening.mutes import mute, mutes_of, unmute
from service.listening.taste import NAME_MAX_CHARACTERS, edit_cluster, read_taste
from service.listening.taste_map import taste_map
from service.store.tables import Track
from service.web.player_facts import taste_name, tastes_of
from service.web.taste_facts import (
    MOOD_WORDS,
    dots_of,
    hour_stacks,
    month_stacks,
    regions_of,
    title_of,
    with_choices,
)

Answer = Response | str | tuple[str, int]

DRIFT_DAYS = (30, 90, 365)
blueprint = Blueprint("taste", __name__, url_prefix="/taste")


@blueprint.get("")
@page
def show() -> Answer:
    """All of it."""
    return _shown()


@blueprint.post("/<id:cluster_id>")
@page
def change(cluster_id: str) -> Answer:
    """Rename, weigh, mute, or say how it feels; what is not told stays."""
    try:
        with parts().database.session() as db_session:
            cluster = edit_cluster(db_session, viewer().user_id, cluster_id, **_changes())
    except InvalidRequest as error:
        return _shown(str(error)), error.http_status
    flash(translated("“%(name)s” is as you say from now on.", name=taste_name(cluster)))
    return _led_back(f"taste-{cluster_id}")


@blueprint.post("/<id:cluster_id>/merge")
@page
def merge(cluster_id: str) -> Answer:
    """Make another taste part of this one."""
    try:
        with parts().database.session() as db_session:
            kept = merge_clusters(db_session, viewer().user_id, cluster_id, request.form.get("other_id", ""))
    except NotFound:
        raise
    except HomespunError as error:
        return _shown(str(error)), error.http_status
    flash(translated("They are one taste now: “%(name)s”.", name=taste_name(kept)))
    return _led_back(f"taste-{cluster_id}")


@blueprint.post("/merges/<id:merge_id>/split")
@page
def split(merge_id: str) -> Answer:
    """Let two be told apart again."""
    with parts().database.session() as db_session:
        split_again(db_session, viewer().user_id, merge_id)
    flash(translated("They are told apart again as soon as your taste has been worked out anew."))
    return _led_back("merges")


@blueprint.post("/mutes")
@page
def add_mute() -> Answer:
    """Never offer an artist, or what sounds like a tag."""
    try:
        with parts().database.session() as db_session:
            row = mute(
                db_session,
                viewer().user_id,
                request.form.get("scope", ""),
                name=request.form.get("name", ""),
            )
    except InvalidRequest as error:
        return _shown(str(error)), error.http_status
    flash(translated("“%(name)s” is not offered any more.", name=row.shown))
    return _led_back("mutes")


@blueprint.post("/mutes/<id:mute_id>/lift")
@page
def lift_mute(mute_id: str) -> Answer:
    """Offer it again."""
    with parts().database.session() as db_session:
        unmute(db_session, viewer().user_id, mute_id)
    flash(translated("It is offered again."))
    return _led_back("mutes")


def _led_back(section: str) -> Response:
    return redirect(url_for("taste.show", _anchor=section), 303)


def _changes() -> dict[str, Any]:
    """What the form tells, as `edit_cluster` takes it. Raises InvalidRequest (``not_a_number``)."""
    told = request.form
    changes: dict[str, Any] = {}
    if "name" in told:
        changes["name"] = told["name"].strip() or None
    if "weight" in told:
        changes["weight"] = _number(told["weight"])
    for axis in ("valence", "arousal"):
        if axis in told:
            changes[axis] = _number(told[axis]) if told[axis] else None
    if "muted" in told:
        changes["muted"] = told["muted"] == "yes"
    return changes


def _number(told: str) -> float:
    try:
        return float(told[:32])
    except ValueError as error:
        raise InvalidRequest("A number is expected there.", code="not_a_number") from error


def _shown(trouble: str = "") -> str:
    user_id = viewer().user_id
    days = _days(request.args.get("days", ""))
    with parts().database.session(read_only=True) as db_session:
        plane = taste_map(db_session, user_id)
        clusters = read_taste(db_session, user_id)
        names = {cluster.id: taste_name(cluster) for cluster in clusters}
        facts = {
            "tastes": [
                with_choices(cluster, card)
                for cluster, card in zip(clusters, tastes_of(db_session, user_id), strict=True)
            ],
            "merges": [
                (
                    each.id,
                    title_of(db_session.get(Track, each.track_id)),
                    title_of(db_session.get(Track, each.other_track_id)),
                )
                for each in merges_of(db_session, user_id)
            ],
            "drift": read_drift(db_session, user_id, days),
            "mutes": mutes_of(db_session, user_id),
        }
        moods = moods_over_time(db_session, user_id)
    return render_template(
        "taste/taste.html",
        **facts,
        dots=dots_of(plane),
        regions=regions_of(plane),
        names=names,
        moods=MOOD_WORDS,
        plays=moods.plays,
        hours=hour_stacks(moods),
        months=month_stacks(moods),
        days=days,
        drift_days=DRIFT_DAYS,
        name_max=NAME_MAX_CHARACTERS,
        trouble=trouble,
    )


def _days(told: str) -> int:
    days = int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else DRIFT_DAYS[0]
    return min(max(days, 1), MOST_DAYS)
