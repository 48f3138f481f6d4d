"""A listener's own playlists: theirs alone, in the order they gave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.errors import Conflict, InvalidRequest, NotFound
from service.library.songs import songs_of
from service.library.visibility import visible_to
from service.store.tables import Playlist, PlaylistTrack, Track, utc_now
from service.store.texts import is_name, is_text

NAME_MAX_CHARACTERS = 200
COMMENT_MAX_CHARACTERS = 2_000
MOST_PLAYLISTS = 1_000
MOST_TRACKS = 10_000
_IDS_IN_A_QUERY = 500


@dataclass(frozen=True)
class ListedPlaylist:
    """A playlist, how many of its tracks can be played at present, how long they are, and one, for a picture."""

    row: Playlist
    songs: int
    seconds: float
    cover_track_id: str | None


def list_playlists(db_session: Session, user_id: str) -> list[ListedPlaylist]:
    """The listener's playlists, by name."""
    rows = db_session.scalars(
        select(Playlist).where(Playlist.user_id == user_id).order_by(func.lower(Playlist.name), Playlist.id)
    ).all()
    return [_listed(row, playlist_tracks(db_session, user_id, row.id)) for row in rows]


def find_playlist(db_session: Session, user_id: str, playlist_id: str) -> Playlist:
    """The listener's playlist of this id. Raises NotFound (``unknown_playlist``)."""
    row = db_session.scalar(select(Playlist).where(Playlist.id == playlist_id, Playlist.user_id == user_id))
    if row is None:
        raise NotFound("There is no such playlist.", code="unknown_playlist")
    return row


def playlist_tracks(db_session: Session, user_id: str, playlist_id: str) -> list[Track]:
    """Its tracks that can be played at present, in order. Raises NotFound (``unknown_playlist``)."""
    find_playlist(db_session, user_id, playlist_id)
    return songs_of(db_session, user_id, _track_ids(db_session, playlist_id))


def create_playlist(db_session: Session, user_id: str, name: str, track_ids: Sequence[str] = ()) -> Playlist:
    """A new playlist.

    Raises InvalidRequest (``bad_playlist_name``, ``playlist_too_long``), Conflict (``too_many_playlists``) and NotFound
    (``unknown_track``) unless the listener has all of the tracks.
    """
    _check_name(name)
    count = select(func.count()).where(Playlist.user_id == user_id)
    if (db_session.scalar(count) or 0) >= MOST_PLAYLISTS:
        raise Conflict(f"There are {MOST_PLAYLISTS} playlists already.", code="too_many_playlists")
    row = Playlist(user_id=user_id, name=name)
    db_session.add(row)
    db_session.flush()
    _put(db_session, user_id, row, [], track_ids)
    return row


def replace_tracks(db_session: Session, user_id: str, playlist_id: str, track_ids: Sequence[str]) -> Playlist:
    """The playlist holds these tracks from now on. Raises as `create_playlist` and `find_playlist` do."""
    row = find_playlist(db_session, user_id, playlist_id)
    _put(db_session, user_id, row, [], track_ids)
    return row


def change_playlist(
    db_session: Session,
    user_id: str,
    playlist_id: str,
    *,
    name: str | None = None,
    comment: str | None = None,
    added: Sequence[str] = (),
    removed_positions: Collection[int] = (),
) -> Playlist:
    """Renames or comments it, takes the tracks at these positions out, then adds tracks at the end.

    Positions count from 0 among the tracks that can be played at present, which are those that are shown. Raises
    InvalidRequest (``bad_playlist_comment``, ``bad_playlist_position``), and as `create_playlist` and `find_playlist` do.
    """
    row = find_playlist(db_session, user_id, playlist_id)
    if name is not None:
        _check_name(name)
        row.name = name
    if comment is not None:
        if len(comment) > COMMENT_MAX_CHARACTERS or not is_text(comment):
            raise InvalidRequest(
                f"A playlist's comment has at most {COMMENT_MAX_CHARACTERS} characters.",
                code="bad_playlist_comment",
            )
        row.comment = comment
    kept = [track.id for track in playlist_tracks(db_session, user_id, playlist_id)]
    if any(not 0 <= position < len(kept) for position in removed_positions):
        raise InvalidRequest("The playlist has no track at that place.", code="bad_playlist_position")
    if removed_positions or added:
        left = [each for position, each in enumerate(kept) if position not in set(removed_positions)]
        _put(db_session, user_id, row, left, added)
    row.changed_at = utc_now()
    db_session.flush()
    return row


def delete_playlist(db_session: Session, user_id: str, playlist_id: str) -> None:
    """It is gone; its tracks stay. Raises NotFound (``unknown_playlist``)."""
    db_session.delete(find_playlist(db_session, user_id, playlist_id))
    db_session.flush()


def check_tracks(db_session: Session, user_id: str, track_ids: Sequence[str]) -> None:
    """Raises NotFound (``unknown_track``) unless the listener has all of these tracks."""
    distinct = list(set(track_ids))
    for start in range(0, len(distinct), _IDS_IN_A_QUERY):
        some = distinct[start : start + _IDS_IN_A_QUERY]
        known = select(func.count()).select_from(Track).where(Track.id.in_(some), visible_to(user_id))
        if db_session.scalar(known) != len(some):
            raise NotFound("There is no such track.", code="unknown_track")


def _put(db_session: Session, user_id: str, row: Playlist, kept: Sequence[str], added: Sequence[str]) -> None:
    if len(kept) + len(added) > MOST_TRACKS:
        raise InvalidRequest(f"A playlist has at most {MOST_TRACKS} tracks.", code="playlist_too_long")
    check_tracks(db_session, user_id, added)
    db_session.execute(delete(PlaylistTrack).where(PlaylistTrack.playlist_id == row.id))
    db_session.add_all(
        PlaylistTrack(playlist_id=row.id, position=position, track_id=track_id)
        for position, track_id in enumerate([*kept, *added])
    )
    row.changed_at = utc_now()
    db_session.flush()


def _track_ids(db_session: Session, playlist_id: str) -> list[str]:
    return list(
        db_session.scalars(
            select(PlaylistTrack.track_id)
            .where(PlaylistTrack.playlist_id == playlist_id)
            .order_by(PlaylistTrack.position)
        )
    )


def _listed(row: Playlist, tracks: Sequence[Track]) -> ListedPlaylist:
    return ListedPlaylist(
        row, len(tracks), sum(track.duration_seconds for track in tracks), tracks[0].id if tracks else None
    )


def _check_name(name: str) -> None:
    if not is_name(name, NAME_MAX_CHARACTERS):
        raise InvalidRequest(
            f"A playlist's name is one line of 1 to {NAME_MAX_CHARACTERS} characters, with no blank at either end.",
            code="bad_playlist_name",
        )
