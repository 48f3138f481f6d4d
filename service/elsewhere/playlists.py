"""Our playlists that make themselves, kept on the other server and replaced there in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from service.elsewhere.client import OtherServer, bad_answer, told_id, told_list
from service.errors import NotFound
from service.radio.auto_playlists import list_auto_playlists
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ElsewherePlaylist


@dataclass(frozen=True)
class OwnPlaylist:
    """A playlist of ours, with its id there if it was written before."""

    id: str
    name: str
    comment: str
    track_ids: tuple[str, ...]
    remote_id: str | None


@dataclass(frozen=True)
class PlaylistsThere:
    """What is to be there, and by our id what is there and no longer to be."""

    wanted: tuple[OwnPlaylist, ...]
    outdated: dict[str, str]


def playlists_there(database: Database, settings: Settings, user_id: str, account_id: str) -> PlaylistsThere:
    """What a listener's playlists are at this moment, and which of them were written before."""
    made = list_auto_playlists(database, settings, user_id)
    with database.session(read_only=True) as db_session:
        rows = db_session.scalars(select(ElsewherePlaylist).where(ElsewherePlaylist.account_id == account_id))
        remote_ids = {row.playlist_id: row.remote_id for row in rows}
    wanted = tuple(
        OwnPlaylist(
            playlist.id,
            playlist.name,
            f"{playlist.comment} Made by Homespun.",
            tuple(track.id for track in playlist.tracks),
            remote_ids.get(playlist.id),
        )
        for playlist in made
    )
    kept = {playlist.id for playlist in wanted}
    return PlaylistsThere(wanted, {ours: theirs for ours, theirs in remote_ids.items() if ours not in kept})


def write_playlist(server: OtherServer, playlist: OwnPlaylist, song_ids: Sequence[str]) -> str:
    """Put the songs into our playlist there, and give its id; one that somebody deleted there is made anew.

    Raises what `OtherServer.ask` raises.
    """
    songs = [("songId", song_id) for song_id in song_ids]
    remote_id = playlist.remote_id
    if remote_id is not None:
        try:
            server.ask("createPlaylist", [("playlistId", remote_id), *songs])
        except NotFound:
            remote_id = None
    if remote_id is None:
        remote_id = _created(server, playlist.name, songs)
    server.ask(
        "updatePlaylist",
        [("playlistId", remote_id), ("name", playlist.name), ("comment", playlist.comment)],
    )
    return remote_id


def remove_playlist(server: OtherServer, remote_id: str) -> None:
    """It is not there afterwards. Raises what `OtherServer.ask` raises."""
    try:
        server.ask("deletePlaylist", [("id", remote_id)])
    except NotFound:
        return


def _created(server: OtherServer, name: str, songs: Sequence[tuple[str, str]]) -> str:
    """The id of a new playlist. Before version 1.14 it is the one that was not there before."""
    before = _ids_there(server)
    made = server.ask("createPlaylist", [("name", name), *songs]).get("playlist")
    if isinstance(made, dict):
        ids = {told_id(made.get("id"))}
    else:
        ids = {each for each, called in _ids_there(server).items() if each not in before and called == name}
    if len(ids) != 1 or (remote_id := ids.pop()) is None:
        raise bad_answer("createPlaylist")
    return remote_id


def _ids_there(server: OtherServer) -> dict[str, str]:
    """The names of all playlists that the listener sees there, by their ids."""
    found = told_list(server.ask("getPlaylists"), "getPlaylists", "playlists", "playlist")
    playlists = [each for each in found if isinstance(each, dict)]
    return {
        remote_id: str(each.get("name"))
        for each in playlists
        if (remote_id := told_id(each.get("id"))) is not None
    }
