"""What listeners tell through apps: thumbs, what they heard, what they are hearing."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from flask import Response
from sqlalchemy.orm import Session

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import ItemId, key_of, read_id
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import app, flag, moments, needed, texts, whole
from service.compat.opensubsonic.shapes import songs
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.albums import find_album
from service.library.artists import find_artist
from service.library.visibility import find_track
from service.listening.favourites import FavouriteKind, mark_favourite, unmark_favourite
from service.listening.listens import ListenEvent, record_listen
from service.listening.now_playing import PlayingState, began_at, playing_now, tell_playing
from service.listening.thumbs import set_thumb, thumb_of
from service.radio.reasons import display_title
from service.store.tables import utc_now

SOURCE = "opensubsonic"
_CONTEXT = "app"
_UP, _DOWN = 4, 1
_EARLIEST, _CLOCKS_DIFFER = datetime(2000, 1, 1, tzinfo=UTC), timedelta(hours=1)


@method("star", "feedback:write")
def star() -> Response:
    """A song's star is a thumb up; albums and artists are marked, which teaches nothing."""
    with parts().database.session() as db_session:
        for item in _items():
            if item.kind == "song":
                set_thumb(db_session, viewer().user_id, item.key, "up", context=_CONTEXT)
            else:
                mark_favourite(db_session, viewer().user_id, _found(db_session, item), item.key)
    return answer()


@method("unstar", "feedback:write")
def unstar() -> Response:
    """Takes a star away: a thumb up is cleared, and a thumb down, which is no star, stays."""
    with parts().database.session() as db_session:
        for item in _items():
            if item.kind == "song":
                _take_back(db_session, item.key, "up")
            else:
                unmark_favourite(db_session, viewer().user_id, _found(db_session, item), item.key)
    return answer()


@method("setRating", "feedback:write")
def set_rating() -> Response:
    """Four or five stars are a thumb up, one is a thumb down, none or what lies between is neither."""
    item, rating = read_id(needed("id")), whole("rating", -1)
    needed("rating")
    if rating > 5:
        raise Fault(Code.GENERIC, "A rating is 0 to 5.")
    with parts().database.session() as db_session:
        if item.kind == "song":
            value = "up" if rating >= _UP else "down" if rating == _DOWN else "clear"
            set_thumb(db_session, viewer().user_id, item.key, value, context=_CONTEXT)
        elif rating >= _UP:
            mark_favourite(db_session, viewer().user_id, _found(db_session, item), item.key)
        else:
            unmark_favourite(db_session, viewer().user_id, _found(db_session, item), item.key)
    return answer()


@method("scrobble", "listens:write")
def scrobble() -> Response:
    """Songs that were heard, each with its time, or the one that is heard now."""
    track_ids, times = [key_of(given, "song") for given in texts("id")], moments("time")
    if not track_ids:
        needed("id")
    if times and len(times) != len(track_ids):
        raise Fault(Code.GENERIC, "There are as many times as ids, or none.")
    if any(not _EARLIEST < when < utc_now() + _CLOCKS_DIFFER for when in times):
        raise Fault(Code.GENERIC, "A song was heard after 2000, and not in time to come.")
    with parts().database.session() as db_session:
        if not flag("submission", default=True):
            for track_id in track_ids:
                tell_playing(db_session, viewer().user_id, track_id, app(), "starting", 0.0)
        else:
            for place, track_id in enumerate(track_ids):
                _heard(db_session, track_id, times[place] if times else None)
    return answer()


@method("reportPlayback", "listens:write")
def report_playback() -> Response:
    """How playing goes; what has stopped counts as heard or skipped, by how far it was."""
    state = needed("state")
    if needed("mediaType") != "song":
        raise Fault(Code.NOT_FOUND, "There are songs only.")
    if state not in get_args(PlayingState):
        raise Fault(Code.GENERIC, f"The state is one of {', '.join(get_args(PlayingState))}.")
    position_seconds = whole("positionMs", 0) / 1000
    # An app that keeps count itself scrobbles by itself.
    if not (state == "stopped" and flag("ignoreScrobble", default=False)):
        with parts().database.session() as db_session:
            tell_playing(
                db_session,
                viewer().user_id,
                key_of(needed("mediaId"), "song"),
                app(),
                state,  # type: ignore[arg-type]  # one of them, as was looked at above
                position_seconds,
            )
    return answer()


@method("getNowPlaying", "library:read")
def get_now_playing() -> Response:
    """What the listener's own apps play."""
    with parts().database.session(read_only=True) as db_session:
        playing = playing_now(db_session, viewer().user_id)
        shown = songs(db_session, [each.track for each in playing])
    now = utc_now()
    entries = [
        song
        | {
            "username": viewer().name,
            "minutesAgo": max(0, int((now - each.since).total_seconds() // 60)),
            "playerId": place,
            "playerName": each.app,
            "positionMs": round(each.position_seconds * 1000),
        }
        for place, (song, each) in enumerate(zip(shown, playing, strict=True), start=1)
    ]
    return answer(nowPlaying={"entry": entries})


def _heard(db_session: Session, track_id: str, when: datetime | None) -> None:
    user_id = viewer().user_id
    track = find_track(db_session, user_id, track_id)
    record_listen(
        db_session,
        user_id,
        ListenEvent(
            when or began_at(db_session, user_id, track_id, app()) or utc_now(),
            display_title(track),
            track.artist or "",
            SOURCE,
            album=track.album,
            track_seconds=track.duration_seconds,
            recording_mbid=track.recording_mbid,
            isrc=track.isrc,
            track_id=track.id,
        ),
    )


def _items() -> list[ItemId]:
    """Everything that is named, whichever of the three parameters named it."""
    given = [*texts("id"), *texts("albumId"), *texts("artistId")]
    if not given:
        needed("id")
    return [read_id(each) for each in given]


def _found(db_session: Session, item: ItemId) -> FavouriteKind:
    """Which kind is marked. Raises NotFound or Fault unless the listener has it."""
    if item.kind == "album":
        find_album(db_session, viewer().user_id, item.key)
        return "album"
    if item.kind == "artist":
        find_artist(db_session, viewer().user_id, item.key)
        return "artist"
    raise Fault(Code.NOT_FOUND, "Songs, albums and artists can be marked.")


def _take_back(db_session: Session, track_id: str, value: str) -> None:
    user_id = viewer().user_id
    find_track(db_session, user_id, track_id)
    if thumb_of(db_session, user_id, [track_id]).get(track_id) == value:
        set_thumb(db_session, user_id, track_id, "clear", context=_CONTEXT)
