"""What a listener never wants to be offered: tracks, artists, albums, and whatever sounds like a tag."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recommender.tags import TAGS
from service.errors import Conflict, InvalidRequest, NotFound
from service.library.visibility import find_track
from service.listening.list_revisions import list_changed
from service.listening.names import comparable, comparable_artist
from service.store.tables import Mute, Track, TrackEmbedding
from service.store.texts import is_name

MuteScope = Literal["track", "artist", "album", "tag"]

NAME_MAX_CHARACTERS = 200

SURELY_TAGGED = 0.3
"""How sure the ear must be of a tag before a track is left out for it."""

_TAG_NAMES = tuple(comparable(tag.partition(":")[2]) for tag in TAGS)


def mute(
    db_session: Session,
    user_id: str,
    scope: str,
    *,
    track_id: str | None = None,
    name: str | None = None,
) -> Mute:
    """Mutes a track, its artist or its album by ``track_id``, or an artist or a tag by ``name``; once more changes nothing.

    It holds from the next list on. Raises InvalidRequest (``unknown_mute_scope``, ``bad_mute``), NotFound
    (``unknown_track``) and Conflict (``nothing_to_mute``).
    """
    if scope not in get_args(MuteScope):
        raise InvalidRequest("A track, an artist, an album or a tag can be muted.", code="unknown_mute_scope")
    by_name, by_track = scope in ("artist", "tag"), scope != "tag"
    if (track_id is None) == (name is None) or not (by_track if name is None else by_name):
        raise InvalidRequest(
            "A track or an album is named by a track's id, an artist by that or a name, a tag by its name.",
            code="bad_mute",
        )
    key, shown = (
        _named(scope, name) if name is not None else _of_track(db_session, user_id, scope, track_id or "")
    )
    same = select(Mute).where(Mute.user_id == user_id, Mute.scope == scope, Mute.key == key)
    if (present := db_session.scalar(same)) is not None:
        return present
    row = Mute(
        user_id=user_id, scope=scope, key=key, shown=shown, track_id=track_id if scope == "track" else None
    )
    try:
        with db_session.begin_nested():
            db_session.add(row)
    except IntegrityError:
        # Another request muted the same since we looked.
        return db_session.scalars(same).one()
    list_changed(db_session, user_id)
    db_session.flush()
    return row


def unmute(db_session: Session, user_id: str, mute_id: str) -> None:
    """Takes a mute back; raises NotFound (``unknown_mute``)."""
    row = db_session.scalar(select(Mute).where(Mute.id == mute_id, Mute.user_id == user_id))
    if row is None:
        raise NotFound("There is no such mute.", code="unknown_mute")
    db_session.delete(row)
    list_changed(db_session, user_id)
    db_session.flush()


def mutes_of(db_session: Session, user_id: str) -> list[Mute]:
    """All that the listener has muted, newest first."""
    return list(db_session.scalars(select(Mute).where(Mute.user_id == user_id).order_by(Mute.id.desc())))


def _named(scope: str, name: str) -> tuple[str, str]:
    stripped = name.strip()
    if not is_name(stripped, NAME_MAX_CHARACTERS):
        raise InvalidRequest(
            f"A name to mute is one line of 1 to {NAME_MAX_CHARACTERS} characters.", code="bad_mute"
        )
    return (_artist_key(stripped) if scope == "artist" else comparable(stripped)), stripped


def _of_track(db_session: Session, user_id: str, scope: str, track_id: str) -> tuple[str, str]:
    track = find_track(db_session, user_id, track_id)
    key, shown = {
        "track": (track.id, track.title or track.display_path.rsplit("/", 1)[-1]),
        "artist": (_artist_key(track.artist), track.artist or ""),
        "album": (track.album_text, track.album or ""),
    }[scope]
    if not key:
        raise Conflict(f"This track names no {scope} to mute.", code="nothing_to_mute")
    return key, shown


def _artist_key(name: str | None) -> str:
    """Cut where an index of names ends: the tags of a file may be of any length."""
    return comparable_artist(name)[:NAME_MAX_CHARACTERS]


@dataclass(frozen=True)
class Muted:
    """What one listener has muted, by what tracks are compared by."""

    tracks: frozenset[str] = field(default_factory=frozenset)
    artists: frozenset[str] = field(default_factory=frozenset)
    albums: frozenset[str] = field(default_factory=frozenset)
    tags: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.tracks or self.artists or self.albums or self.tags)

    def among(self, db_session: Session, track_ids: Sequence[str], encoder_id: str) -> set[str]:
        """Which of these tracks (as many as one query takes) are muted.

        A tag is one that the track's own genre names, or that this encoder surely heard.
        """
        rows = db_session.execute(
            select(Track.id, Track.artist, Track.album_text, Track.genre).where(Track.id.in_(track_ids))
        )
        muted = {
            row.id
            for row in rows
            if row.id in self.tracks
            or row.album_text in self.albums
            or (self.artists and _artist_key(row.artist) in self.artists)
            or (self.tags and not self.tags.isdisjoint(_genres(row.genre)))
        }
        places = [place for place, name in enumerate(_TAG_NAMES) if name in self.tags]
        if places:
            heard = select(TrackEmbedding.track_id, TrackEmbedding.tags).where(
                TrackEmbedding.track_id.in_(track_ids), TrackEmbedding.encoder_id == encoder_id
            )
            muted |= {
                row.track_id
                for row in db_session.execute(heard)
                if np.frombuffer(row.tags, dtype="<f4")[places].max() >= SURELY_TAGGED
            }
        return muted


def muted_by(db_session: Session, user_id: str) -> Muted:
    """What this listener has muted."""
    keys: dict[str, set[str]] = {scope: set() for scope in get_args(MuteScope)}
    for row in db_session.execute(select(Mute.scope, Mute.key).where(Mute.user_id == user_id)):
        keys[row.scope].add(row.key)
    return Muted(*(frozenset(keys[scope]) for scope in ("track", "artist", "album", "tag")))


def _genres(genre: str | None) -> set[str]:
    """The genres that a file's tag names, which may be several with a sign between."""
    if not genre:
        return set()
    for sign in ";/,|":
        genre = genre.replace(sign, "\n")
    return {comparable(each) for each in genre.split("\n") if each.strip()}
