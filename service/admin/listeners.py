"""The people of the house: letting them in, turning them away, and how much is composed for each. Never what they hear."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.accounts.admission import find_person, invite, let_in, new_password_for, turn_away
from service.admin.telling import do_and_tell
from service.compositions.quotas import MOST_DAILY, MOST_MEGABYTES, set_quota
from service.compositions.requests import ASKED_OCCASIONS, QUOTA_KINDS
from service.compositions.retention import measure_files
from service.errors import HomespunError, InvalidRequest
from service.http.authentication import owner_page, viewer
from service.http.parts import parts
from service.operations.house_acts import note_act
from service.sentences import marked
from service.store.tables import Composition, Job, User, utc_now

blueprint = Blueprint("listeners", __name__, template_folder="templates")

_MEGABYTE = 1_000_000
_LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Person:
    """What an owner sees of a listener; ``megabytes`` is what their pieces take, ``asked_today`` what they asked for."""

    id: str
    name: str
    is_owner: bool
    has_password: bool
    has_given_password: bool
    disabled_at: datetime | None
    created_at: datetime
    pieces: int
    megabytes: float
    asked_today: int
    daily: int | None
    most_megabytes: int | None


@blueprint.get("")
@owner_page
def show_all() -> str:
    """Everybody, in the order they came."""
    return _page()


@blueprint.post("")
@owner_page
def add() -> str | Response:
    """A new listener, whose first password is shown this once."""
    name = request.form.get("name", "").strip()
    try:
        with parts().database.session() as db_session:
            user, password = invite(db_session, name)
            note_act(db_session, viewer().user_id, "add_listener", ("listener", user.id))
    except HomespunError as error:
        flash(str(error), "trouble")
        return redirect(url_for("listeners.show_all"), 303)
    return _page(new_name=name, new_password=password)


@blueprint.post("/<id:user_id>/password")
@owner_page
def give_password(user_id: str) -> str | Response:
    """Another password for who forgot theirs, shown this once."""
    try:
        with parts().database.session() as db_session:
            user = find_person(db_session, user_id)
            password = new_password_for(db_session, user)
            note_act(db_session, viewer().user_id, "give_password", ("listener", user.id))
            name = user.name
    except HomespunError as error:
        flash(str(error), "trouble")
        return redirect(url_for("listeners.show_all"), 303)
    return _page(new_name=name, new_password=password)


@blueprint.get("/<id:user_id>/password")
@owner_page
def back_from_password(user_id: str) -> Response:  # noqa: ARG001  # whosever it was, it is shown once
    """A password is shown once: who comes back finds the list."""
    return redirect(url_for("listeners.show_all"), 303)


@blueprint.post("/<id:user_id>/turn-away")
@owner_page
def turn_away_listener(user_id: str) -> Response:
    """Nobody gets in as this listener from now on."""

    def act(db_session: Session) -> str:
        user = find_person(db_session, user_id)
        turn_away(db_session, user, by_id=viewer().user_id)
        note_act(db_session, viewer().user_id, "turn_away", ("listener", user.id))
        return marked(f"{user.name} is turned away, at every browser and in every app. What is theirs stays.")

    return do_and_tell(url_for("listeners.show_all"), act)


@blueprint.post("/<id:user_id>/let-in")
@owner_page
def let_in_listener(user_id: str) -> Response:
    """The listener may come in again."""

    def act(db_session: Session) -> str:
        user = find_person(db_session, user_id)
        let_in(db_session, user)
        note_act(db_session, viewer().user_id, "let_in", ("listener", user.id))
        return marked(f"{user.name} may come in again.")

    return do_and_tell(url_for("listeners.show_all"), act)


@blueprint.post("/<id:user_id>/quota")
@owner_page
def change_quota(user_id: str) -> Response:
    """Limits of the listener's own; an empty field is none."""

    def act(db_session: Session) -> str:
        user = find_person(db_session, user_id)
        before = {"daily": user.daily_compositions, "megabytes": user.composed_megabytes}
        set_quota(db_session, user, daily=_number("daily"), megabytes=_number("megabytes"))
        after = {"daily": user.daily_compositions, "megabytes": user.composed_megabytes}
        if after != before:
            note_act(
                db_session,
                viewer().user_id,
                "change_quota",
                ("listener", user.id),
                before=before,
                after=after,
            )
        return marked(f"Limits of {user.name} are kept.")

    return do_and_tell(url_for("listeners.show_all"), act)


def _number(field: str) -> int | None:
    """What was typed; InvalidRequest (``quota_out_of_range``) for what is no whole number."""
    typed = request.form.get(field, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_NUMBER):
        raise InvalidRequest("A limit is a whole number, or nothing at all.", code="quota_out_of_range")
    return int(typed)


def _page(*, new_name: str = "", new_password: str = "") -> str:
    settings = parts().settings
    with parts().database.session(read_only=True) as db_session:
        people = _people(db_session)
    return render_template(
        "house/listeners.html",
        people=people,
        new_name=new_name,
        new_password=new_password,
        house_daily=settings.daily_compositions,
        most_daily=MOST_DAILY,
        most_megabytes=MOST_MEGABYTES,
    )


def _people(db_session: Session) -> list[Person]:
    sizes = measure_files(parts().settings.media_dir)
    owners = db_session.execute(
        select(Composition.id, Composition.user_id).where(Composition.expired_at.is_(None))
    ).all()
    pieces, used = Counter(row.user_id for row in owners), Counter[str]()
    for row in owners:
        used[row.user_id] += sizes.get(row.id, 0)
    asked = {
        user_id: count
        for user_id, count in db_session.execute(
            select(Job.user_id, func.count())
            .where(
                Job.kind.in_(QUOTA_KINDS),
                Job.created_at > utc_now() - timedelta(days=1),
                Job.state.not_in(("failed", "cancelled")),
                Job.payload["occasion"].as_string().in_(ASKED_OCCASIONS),
            )
            .group_by(Job.user_id)
        )
    }
    return [
        Person(
            id=user.id,
            name=user.name,
            is_owner=user.is_owner,
            has_password=user.password_hash is not None,
            has_given_password=user.password_is_given,
            disabled_at=user.disabled_at,
            created_at=user.created_at,
            pieces=pieces[user.id],
            megabytes=used[user.id] / _MEGABYTE,
            asked_today=asked.get(user.id, 0),
            daily=user.daily_compositions,
            most_megabytes=user.composed_megabytes,
        )
        for user in db_session.scalars(select(User).order_by(User.id))
    ]
