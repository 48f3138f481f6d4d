"""Playlists that make themselves: the mix of the day, one for each taste, what was composed. Replaced in place."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound, NotPrepared
from service.library.shelves import on_shelf
from service.library.songs import songs_of
from service.listening.taste import find_cluster, read_taste
from service.listening.thumbs import thumbs_in_force
from service.radio.lists import LISTED_PLACES, listed_json
from service.radio.similar import similar_tracks
from service.settings import Settings
from service.store.database import Database
from service.store.tables import TasteCluster, Track, User, utc_now

DAILY_MIX = "daily-mix"
NEW_FOR_YOU = "new-for-you"
TASTE = "taste-"
PLACES = 50


@dataclass(frozen=True)
class AutoPlaylist:
    """A playlist that nobody put together; its id stays, whatever is in it."""

    id: str
    name: str
    comment: str
    changed_at: datetime
    tracks: list[Track]


def list_auto_playlists(database: Database, settings: Settings, user_id: str) -> list[AutoPlaylist]:
    """Those of the listener that hold anything; without a search index there are fewer."""
    with database.session(read_only=True) as db_session:
        tastes = [cluster.id for cluster in read_taste(db_session, user_id) if not cluster.muted]
    ids = [DAILY_MIX, *(f"{TASTE}{cluster_id}" for cluster_id in tastes), NEW_FOR_YOU]
    found = []
    for playlist_id in ids:
        with suppress(NotFound):
            found.append(find_auto_playlist(database, settings, user_id, playlist_id))
    return [playlist for playlist in found if playlist.tracks]


def is_auto_playlist(playlist_id: str) -> bool:
    """Whether the id is of such a playlist, whosever."""
    return playlist_id in (DAILY_MIX, NEW_FOR_YOU) or playlist_id.startswith(TASTE)


def find_auto_playlist(
    database: Database, settings: Settings, user_id: str, playlist_id: str
) -> AutoPlaylist:
    """The listener's playlist of this id. Raises NotFound (``unknown_playlist``)."""
    if playlist_id == DAILY_MIX:
        return _daily_mix(database, settings, user_id)
    if playlist_id == NEW_FOR_YOU:
        with database.session(read_only=True) as db_session:
            return _new_for_you(db_session, user_id)
    with database.session(read_only=True) as db_session:
        try:
            cluster = find_cluster(db_session, user_id, playlist_id.removeprefix(TASTE))
        except NotFound as error:
            raise NotFound("There is no such playlist.", code="unknown_playlist") from error
    return _of_taste(database, settings, user_id, cluster)


def _daily_mix(database: Database, settings: Settings, user_id: str) -> AutoPlaylist:
    with database.session(read_only=True) as db_session:
        revision = db_session.get_one(User, user_id).list_revision
    entries: list[str] = []
    with suppress(NotPrepared):
        entries = listed_json(database, settings, user_id, revision, min(PLACES, LISTED_PLACES))
    with database.session(read_only=True) as db_session:
        tracks = songs_of(db_session, user_id, [json.loads(entry)["track"]["id"] for entry in entries])
    midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    return AutoPlaylist(
        DAILY_MIX, "Daily mix", "What you may like next, made anew as you listen.", midnight, tracks
    )


def _of_taste(database: Database, settings: Settings, user_id: str, cluster: TasteCluster) -> AutoPlaylist:
    """The track at the heart of the taste, and what is nearest to it."""
    near: list[Track] = []
    with suppress(NotPrepared, Conflict, NotFound):
        near = similar_tracks(database, settings, user_id, cluster.medoid_track_id, PLACES - 1)
    with database.session(read_only=True) as db_session:
        ids = [cluster.medoid_track_id, *(track.id for track in near)]
        tracks = songs_of(db_session, user_id, ids) if near else []
    name = cluster.name or cluster.words
    return AutoPlaylist(
        f"{TASTE}{cluster.id}",
        name[:1].upper() + name[1:],
        f"One of your tastes: {cluster.words}.",
        cluster.updated_at,
        tracks,
    )


def _new_for_you(db_session: Session, user_id: str) -> AutoPlaylist:
    """The newest pieces that were composed for the listener, but for those they turned down."""
    down = {each for each, value in thumbs_in_force(db_session, user_id).items() if value == "down"}
    newest = select(Track).where(on_shelf(user_id, "composed")).order_by(Track.id.desc())
    tracks = [track for track in db_session.scalars(newest) if track.id not in down][:PLACES]
    changed_at = max((track.created_at for track in tracks), default=utc_now())
    return AutoPlaylist(NEW_FOR_YOU, "New for you", "Composed for you, the newest first.", changed_at, tracks)
