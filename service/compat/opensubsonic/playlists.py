"""Playlists: those that make themselves, which apps can read, and the listener's own."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import key_of, playlist_cover_id
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import app, needed, text, text_or_nothing, texts, whole
from service.compat.opensubsonic.shapes import Shown, moment, songs
from service.errors import Forbidden
from service.http.authentication import viewer
from service.http.parts import parts
from service.listening.play_queue import SavedQueue, read_queue, save_queue
from service.listening.playlists import (
    change_playlist,
    create_playlist,
    delete_playlist,
    find_playlist,
    list_playlists,
    playlist_tracks,
    replace_tracks,
)
from service.radio.auto_playlists import (
    AutoPlaylist,
    find_auto_playlist,
    is_auto_playlist,
    list_auto_playlists,
)
from service.store.tables import Playlist, User


@method("getPlaylists", "library:read")
def get_playlists() -> Response:
    """All of the listener's; nobody else's."""
    if text("username") not in (None, viewer().name):
        raise Forbidden("An app is told of its own listener only.")
    database, user_id = parts().database, viewer().user_id
    made = list_auto_playlists(database, parts().settings, user_id)
    with database.session(read_only=True) as db_session:
        shown = [_auto(db_session, each) for each in made]
        shown += [_own(each.row, each.songs, each.seconds) for each in list_playlists(db_session, user_id)]
    return answer(playlists={"playlist": shown})


@method("getPlaylist", "library:read")
def get_playlist() -> Response:
    """One of them, with its songs."""
    return _playlist(needed("id"))


@method("createPlaylist", "playlists:write")
def create() -> Response:
    """A new playlist, or other songs in one that is there."""
    track_ids = [key_of(given, "song") for given in texts("songId")]
    playlist_id = text("playlistId")
    with parts().database.session() as db_session:
        if playlist_id is None:
            row = create_playlist(db_session, viewer().user_id, needed("name"), track_ids)
        else:
            row = replace_tracks(db_session, viewer().user_id, _changeable(playlist_id), track_ids)
    return _playlist(row.id)


@method("updatePlaylist", "playlists:write")
def update() -> Response:
    """Another name or comment, songs taken out and songs added."""
    places = [_place(given) for given in texts("songIndexToRemove")]
    with parts().database.session() as db_session:
        change_playlist(
            db_session,
            viewer().user_id,
            _changeable(needed("playlistId")),
            name=text("name"),
            comment=text_or_nothing("comment"),
            added=[key_of(given, "song") for given in texts("songIdToAdd")],
            removed_positions=places,
        )
    return answer()


@method("deletePlaylist", "playlists:write")
def delete() -> Response:
    """The playlist is gone."""
    with parts().database.session() as db_session:
        delete_playlist(db_session, viewer().user_id, _changeable(needed("id")))
    return answer()


@method("savePlayQueue", "listens:write")
def save_play_queue() -> Response:
    """Where the listener stops; the current song is named by its id."""
    track_ids, current = [key_of(given, "song") for given in texts("id")], text("current")
    if current is not None and current not in track_ids:
        raise Fault(Code.GENERIC, "The current song is not in the queue.")
    _save(track_ids, None if current is None else track_ids.index(current))
    return answer()


@method("savePlayQueueByIndex", "listens:write")
def save_play_queue_by_index() -> Response:
    """Where the listener stops; the current song is named by its place."""
    track_ids = [key_of(given, "song") for given in texts("id")]
    _save(track_ids, _place(needed("currentIndex")) if track_ids else None)
    return answer()


@method("getPlayQueue", "library:read")
def get_play_queue() -> Response:
    """Where the listener stopped."""
    queue, shown = _queue()
    current = None if queue is None or queue.current is None else queue.tracks[queue.current].id
    return answer(playQueue=shown | {"current": current})


@method("getPlayQueueByIndex", "library:read")
def get_play_queue_by_index() -> Response:
    """Where the listener stopped, by the song's place."""
    queue, shown = _queue()
    return answer(playQueueByIndex=shown | {"currentIndex": None if queue is None else queue.current})


def _save(track_ids: list[str], current: int | None) -> None:
    with parts().database.session() as db_session:
        save_queue(
            db_session,
            viewer().user_id,
            track_ids,
            current=current,
            position_seconds=whole("position", 0) / 1000,
            app=app(),
        )


def _queue() -> tuple[SavedQueue | None, Shown]:
    with parts().database.session(read_only=True) as db_session:
        queue = read_queue(db_session, viewer().user_id)
        if queue is None:
            joined = db_session.get_one(User, viewer().user_id).created_at
            return None, {"username": viewer().name, "changed": moment(joined), "changedBy": "", "entry": []}
        return queue, {
            "username": viewer().name,
            "changed": moment(queue.changed_at),
            "changedBy": queue.changed_by,
            "position": round(queue.position_seconds * 1000),
            "entry": songs(db_session, queue.tracks),
        }


def _playlist(playlist_id: str) -> Response:
    database, user_id = parts().database, viewer().user_id
    if is_auto_playlist(playlist_id):
        made = find_auto_playlist(database, parts().settings, user_id, playlist_id)
        with database.session(read_only=True) as db_session:
            return answer(playlist=_auto(db_session, made) | {"entry": songs(db_session, made.tracks)})
    with database.session(read_only=True) as db_session:
        row = find_playlist(db_session, user_id, playlist_id)
        tracks = playlist_tracks(db_session, user_id, playlist_id)
        seconds = sum(track.duration_seconds for track in tracks)
        return answer(playlist=_own(row, len(tracks), seconds) | {"entry": songs(db_session, tracks)})


def _own(row: Playlist, count: int, seconds: float) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "comment": row.comment,
        "owner": viewer().name,
        "public": False,
        "songCount": count,
        "duration": round(seconds),
        "created": moment(row.created_at),
        "changed": moment(row.changed_at),
        "coverArt": playlist_cover_id(row.id),
        "readonly": False,
    }


def _auto(db_session: Session, made: AutoPlaylist) -> dict[str, Any]:
    return {
        "id": made.id,
        "name": made.name,
        "comment": made.comment,
        "owner": viewer().name,
        "public": False,
        "songCount": len(made.tracks),
        "duration": round(sum(track.duration_seconds for track in made.tracks)),
        "created": moment(db_session.get_one(User, viewer().user_id).created_at),
        "changed": moment(made.changed_at),
        "coverArt": playlist_cover_id(made.id),
        "readonly": True,
    }


def _changeable(playlist_id: str) -> str:
    if is_auto_playlist(playlist_id):
        raise Forbidden("This playlist makes itself and cannot be changed.")
    return playlist_id


def _place(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise Fault(Code.GENERIC, "A place in a list is a whole number from 0.")
    return int(given)
