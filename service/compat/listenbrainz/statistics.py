"""What was heard most, in the stretches of time that ListenBrainz counts in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from service.compat.listenbrainz.asking import app_by_token, check_name
from service.compat.listenbrainz.query import read_count, read_offset
from service.errors import InvalidRequest
from service.http.authentication import requires_app
from service.http.parts import parts
from service.listening.heard import HeardKind, HeardOften, heard_most
from service.store.tables.base import utc_now

_ALL_TIME = "all_time"
_WHOLE_MONTHS = {"month": 1, "quarter": 3, "half_yearly": 6, "year": 12}
_MONTHS_GOING_ON = {"this_month": 1, "this_year": 12}


class Stretch(NamedTuple):
    """From when, that moment included, to when, that moment not."""

    begins: datetime
    ends: datetime


def stretch_of(name: str, now: datetime) -> Stretch:
    """The stretch of this name: "this_month" goes on, "month" is the last whole one.

    Raises InvalidRequest (``bad_query``).
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    if name == _ALL_TIME:
        return Stretch(datetime.fromtimestamp(0, UTC), now)
    if name == "this_week":
        return Stretch(monday, now)
    if name == "week":
        return Stretch(monday - timedelta(days=7), monday)
    if name in _MONTHS_GOING_ON:
        return Stretch(_first_of(midnight, _MONTHS_GOING_ON[name]), now)
    if name in _WHOLE_MONTHS:
        ends = _first_of(midnight, _WHOLE_MONTHS[name])
        return Stretch(_first_of(ends - timedelta(days=1), _WHOLE_MONTHS[name]), ends)
    names = ", ".join(["week", "this_week", *_WHOLE_MONTHS, *_MONTHS_GOING_ON, _ALL_TIME])
    raise InvalidRequest(f"range is one of {names}.", code="bad_query")


def _first_of(day: datetime, months: int) -> datetime:
    """The first day of the stretch of so many months that the day lies in; years begin with one."""
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)


def add_statistics(blueprint: Blueprint) -> None:
    """Artists, recordings, releases, and release groups, which are releases here: of others nothing is known."""
    _add(blueprint, "artists", "artist", _artist)
    _add(blueprint, "recordings", "track", _recording)
    _add(blueprint, "releases", "album", _release)
    _add(blueprint, "release-groups", "album", _release_group)


def _add(
    blueprint: Blueprint, things: str, kind: HeardKind, describe: Callable[[HeardOften], dict[str, Any]]
) -> None:
    @blueprint.get(f"/stats/user/<name>/{things}", endpoint=f"most_heard_{things.replace('-', '_')}")
    @requires_app(app_by_token, "listens:write")
    def most_heard(name: str) -> dict[str, Any] | Response:
        who, range_name = check_name(name), request.args.get("range", _ALL_TIME)
        stretch, offset, count = stretch_of(range_name, utc_now()), read_offset(), read_count(25, most=1_000)
        with parts().database.session(read_only=True) as db_session:
            often = heard_most(
                db_session,
                who.user_id,
                kind,
                after=stretch.begins - timedelta(microseconds=1),
                before=stretch.ends,
            )
        if not often:
            # As ListenBrainz says that there is nothing to tell.
            return Response(status=204)
        page = [describe(each) for each in often[offset : offset + count]]
        return {
            "payload": {
                things.replace("-", "_"): page,
                "count": len(page),
                f"total_{things.removesuffix('s').replace('-', '_')}_count": len(often),
                "offset": offset,
                "range": range_name,
                "from_ts": int(stretch.begins.timestamp()),
                "to_ts": int(stretch.ends.timestamp()),
                "last_updated": int(utc_now().timestamp()),
                "user_id": who.name,
            }
        }


def _artist(often: HeardOften) -> dict[str, Any]:
    return {"artist_name": often.artist, "artist_mbids": [], "listen_count": often.times}


def _recording(often: HeardOften) -> dict[str, Any]:
    return {"track_name": often.name, "artist_name": often.artist, "listen_count": often.times}


def _release(often: HeardOften) -> dict[str, Any]:
    return {"release_name": often.name, "artist_name": often.artist, "listen_count": often.times}


def _release_group(often: HeardOften) -> dict[str, Any]:
    return {"release_group_name": often.name, "artist_name": often.artist, "listen_count": often.times}
