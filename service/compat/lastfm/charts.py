"""What a listener heard, by the week and by the track, as apps ask for it beside lists of all time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from service.compat.lastfm.answers import (
    library_node,
    no_tags_node,
    nobody_node,
    track_scrobbles_node,
    week_node,
    weeks_node,
)
from service.compat.lastfm.calls import Call, page_of
from service.compat.lastfm.nodes import Node
from service.errors import InvalidRequest
from service.listening.heard import HeardKind, bounds_of_heard, heard_most, heard_of
from service.store.tables.base import utc_now

_MOST_A_PAGE = 1_000
_WEEK = timedelta(days=7)
_MOST_WEEKS = 2_000
# Last.fm's weeks begin with a Sunday; the first day of 1970 was a Thursday.
_FIRST_SUNDAY = datetime(1970, 1, 4, tzinfo=UTC)


def track_scrobbles(db_session: Session, call: Call) -> Node:
    """When the listener heard a track, the latest first."""
    call.check_user()
    title, artist = (call.parameters.get(name, "").strip() for name in ("track", "artist"))
    if not title or not artist:
        raise InvalidRequest("A track has a name and an artist.", code="no_track")
    page = page_of(call, most=_MOST_A_PAGE)
    found = heard_of(db_session, call.who.user_id, title, artist)
    some = found[page.offset : page.offset + page.size]
    return track_scrobbles_node(some, page.attributes(call.who.name, len(found)))


def library_artists(db_session: Session, call: Call) -> Node:
    """All artists that were heard."""
    call.check_user()
    page = page_of(call, most=_MOST_A_PAGE)
    often = heard_most(db_session, call.who.user_id, "artist")
    some = often[page.offset : page.offset + page.size]
    return library_node(some, page.attributes(call.who.name, len(often)))


def weeks(db_session: Session, call: Call) -> Node:
    """The weeks since the first listen."""
    call.check_user()
    first = bounds_of_heard(db_session, call.who.user_id).first
    found: list[tuple[int, int]] = []
    begin = _sunday(first) if first is not None else None
    while begin is not None and begin <= utc_now() and len(found) < _MOST_WEEKS:
        found.append((int(begin.timestamp()), int((begin + _WEEK).timestamp())))
        begin += _WEEK
    return weeks_node(found, call.who.name)


def week(kind: HeardKind) -> Callable[[Session, Call], Node]:
    """What was heard most in a week, by default the last seven days."""

    def answer(db_session: Session, call: Call) -> Node:
        call.check_user()
        end = call.moment("to") or utc_now()
        begin = call.moment("from") or end - _WEEK
        often = heard_most(db_session, call.who.user_id, kind, after=begin - timedelta(seconds=1), before=end)
        bounds = {"from": str(int(begin.timestamp())), "to": str(int(end.timestamp()))}
        return week_node(kind, often[:_MOST_A_PAGE], {"user": call.who.name, **bounds})

    return answer


def friends(_db_session: Session, call: Call) -> Node:
    """Nobody."""
    call.check_user()
    return nobody_node(call.who.name)


def user_tags(_db_session: Session, call: Call) -> Node:
    """None."""
    call.check_user()
    return no_tags_node(call.who.name)


def _sunday(moment: datetime) -> datetime:
    return _FIRST_SUNDAY + (moment - _FIRST_SUNDAY) // _WEEK * _WEEK
