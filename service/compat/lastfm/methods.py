"""The methods that a signed-in app may call."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from service.compat.lastfm import catalogue, charts
from service.compat.lastfm.answers import (
    loved_node,
    now_playing_node,
    recent_node,
    scrobbles_node,
    top_node,
    user_node,
)
from service.compat.lastfm.calls import Call, page_of
from service.compat.lastfm.nodes import Node
from service.compat.lastfm.reading import SOURCE, is_text, read_now_playing, read_scrobbles
from service.errors import InvalidRequest
from service.listening.heard import HeardKind, count_heard, heard_between, heard_most, thumbed_tracks
from service.listening.heard_now import heard_now, tell_heard_now
from service.listening.scrobbles import CLOCKS_DIFFER, Scrobble, record_scrobbles
from service.listening.unmatched_thumbs import Recording, set_thumb_on, take_thumb_back, unmatched_thumbs
from service.store.tables import Thumb, Track, UnmatchedThumb, User
from service.store.tables.base import utc_now

_MOST_A_PAGE = 1_000
_PERIOD_DAYS = {"7day": 7, "1month": 30, "3month": 90, "6month": 180, "12month": 365}

Handler = Callable[[Session, Call], Node | None]


class Method(NamedTuple):
    """What a method needs, and does."""

    scope: str
    writes: bool
    answer: Handler


def _update_now_playing(db_session: Session, call: Call) -> Node:
    told = read_now_playing(call.parameters, utc_now())
    if told.event is not None:
        tell_heard_now(db_session, call.who.user_id, told.event)
    return now_playing_node(told)


def _scrobble(db_session: Session, call: Call) -> Node:
    told = read_scrobbles(call.parameters)
    kept = [Scrobble(each.event) for each in told if each.event is not None]
    record_scrobbles(db_session, call.who.user_id, kept)
    return scrobbles_node(told)


def _thumb(value: Literal["up", "down"], *, takes_back: bool = False) -> Handler:
    def press(db_session: Session, call: Call) -> None:
        title, artist = (call.parameters.get(name, "").strip() for name in ("track", "artist"))
        if not title or not artist or not is_text(title) or not is_text(artist):
            raise InvalidRequest("A track has a name and an artist.", code="no_track")
        act = take_thumb_back if takes_back else set_thumb_on
        act(db_session, call.who.user_id, Recording(title, artist), value, context=SOURCE)

    return press


def _info(db_session: Session, call: Call) -> Node:
    call.check_user()
    user = db_session.get_one(User, call.who.user_id)
    return user_node(user, count_heard(db_session, user.id))


def _recent_tracks(db_session: Session, call: Call) -> Node:
    call.check_user()
    user_id, page = call.who.user_id, page_of(call, most=_MOST_A_PAGE)
    # Last.fm's bounds take part themselves, and the latest come first, whatever bound is given.
    first, last = call.moment("from"), call.moment("to")
    after = first - timedelta(seconds=1) if first is not None else None
    before = (last or utc_now() + CLOCKS_DIFFER) + timedelta(seconds=1)
    total = count_heard(db_session, user_id, after=after, before=before)
    listens = heard_between(
        db_session, user_id, after=after, before=before, limit=page.size, offset=page.offset
    )
    playing = heard_now(db_session, user_id) if page.number == 1 and last is None else None
    return recent_node(playing, listens, page.attributes(call.who.name, total))


def _loved_tracks(db_session: Session, call: Call) -> Node:
    call.check_user()
    page = page_of(call, most=_MOST_A_PAGE)
    loved: list[tuple[Thumb | UnmatchedThumb, Track | UnmatchedThumb]] = [
        *thumbed_tracks(db_session, call.who.user_id, "up"),
        *((each, each) for each in unmatched_thumbs(db_session, call.who.user_id) if each.value == "up"),
    ]
    loved.sort(key=lambda each: each[0].created_at, reverse=True)
    some = loved[page.offset : page.offset + page.size]
    return loved_node(some, page.attributes(call.who.name, len(loved)))


def _top(kind: HeardKind) -> Handler:
    def answer(db_session: Session, call: Call) -> Node:
        call.check_user()
        page, days = page_of(call, most=_MOST_A_PAGE), _PERIOD_DAYS.get(call.parameters.get("period", ""))
        after = utc_now() - timedelta(days=days) if days is not None else None
        often = heard_most(db_session, call.who.user_id, kind, after=after)
        some = often[page.offset : page.offset + page.size]
        return top_node(kind, some, page.offset + 1, page.attributes(call.who.name, len(often)))

    return answer


_OF_LISTENING: dict[str, Handler] = {
    "library.getartists": charts.library_artists,
    "user.getfriends": charts.friends,
    "user.gettoptags": charts.user_tags,
    "user.gettrackscrobbles": charts.track_scrobbles,
    "user.getweeklyalbumchart": charts.week("album"),
    "user.getweeklyartistchart": charts.week("artist"),
    "user.getweeklychartlist": charts.weeks,
    "user.getweeklytrackchart": charts.week("track"),
}
_OF_LIBRARY: dict[str, Handler] = {
    "album.getinfo": catalogue.album_info,
    "album.gettoptags": catalogue.album_tags,
    "album.search": catalogue.album_search,
    "artist.getcorrection": catalogue.artist_correction,
    "artist.getinfo": catalogue.artist_info,
    "artist.getsimilar": catalogue.artist_similar,
    "artist.gettoptags": catalogue.artist_tags,
    "artist.search": catalogue.artist_search,
    "track.getcorrection": catalogue.track_correction,
    "track.getinfo": catalogue.track_info,
    "track.getsimilar": catalogue.track_similar,
    "track.gettoptags": catalogue.track_tags,
    "track.search": catalogue.track_search,
}

# By their names in small letters: clients differ in how they write them.
METHODS = {
    "track.updatenowplaying": Method("listens:write", writes=True, answer=_update_now_playing),
    "track.scrobble": Method("listens:write", writes=True, answer=_scrobble),
    "track.love": Method("feedback:write", writes=True, answer=_thumb("up")),
    "track.unlove": Method("feedback:write", writes=True, answer=_thumb("up", takes_back=True)),
    "track.ban": Method("feedback:write", writes=True, answer=_thumb("down")),
    "track.unban": Method("feedback:write", writes=True, answer=_thumb("down", takes_back=True)),
    "user.getinfo": Method("listens:write", writes=False, answer=_info),
    "user.getrecenttracks": Method("listens:write", writes=False, answer=_recent_tracks),
    "user.getlovedtracks": Method("feedback:write", writes=False, answer=_loved_tracks),
    "user.gettopartists": Method("listens:write", writes=False, answer=_top("artist")),
    "user.gettopalbums": Method("listens:write", writes=False, answer=_top("album")),
    "user.gettoptracks": Method("listens:write", writes=False, answer=_top("track")),
    **{name: Method("listens:write", writes=False, answer=answer) for name, answer in _OF_LISTENING.items()},
    **{name: Method("library:read", writes=False, answer=answer) for name, answer in _OF_LIBRARY.items()},
}
