"""Job: bring a listener's account on the other server and their part of this house together.

What was heard and liked there is read and stored first, then playlists are written there and composed pieces put into its
folder. Each step can be done twice. Requests are logged as they are sent, whatever comes of the job.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.accounts.app_password_keys import load_app_password_keys
from service.egress.log import EgressLog, Errand
from service.elsewhere.accounts import SOURCE, account_in_use
from service.elsewhere.client import REFUSED, OtherServer
from service.elsewhere.keeping import (
    account_of_sync,
    finish_sync,
    forget_playlist,
    keep_playlist,
    store_told,
)
from service.elsewhere.paths import PathMatcher
from service.elsewhere.pieces import Piece, folder_of, pieces_of, put_pieces
from service.elsewhere.playlists import PlaylistsThere, playlists_there, remove_playlist, write_playlist
from service.elsewhere.reading import read_songs
from service.elsewhere.server import check_apart_from_library, server_in_use
from service.elsewhere.telling import Telling, Told
from service.errors import InvalidRequest, NotPrepared
from service.listening.known_plays import KnownPlays
from service.listening.matching import LibraryMatcher
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.tables import utc_now

_READ_SHARE = 0.7
_SONGS_HALF_WAY = 10_000


@dataclass(frozen=True)
class Inputs:
    """The account, and all that what it tells is held against. ``folder`` is None where no pieces are put anywhere."""

    account_id: str
    server: OtherServer
    telling: Telling
    playlists: PlaylistsThere
    folder: Path | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Refused:
    """The server does not take the name and password any more."""

    account_id: str


@dataclass(frozen=True)
class Heard:
    """What some songs told."""

    account_id: str
    told: Told


@dataclass(frozen=True)
class PlaylistWritten:
    """A playlist that is there now; None where it is no longer."""

    account_id: str
    playlist_id: str
    remote_id: str | None


@dataclass(frozen=True)
class AllDone:
    """The end: what is to be put into the folder, and what was counted."""

    account_id: str
    folder: Path | None
    pieces: tuple[Piece, ...]
    counted: dict[str, int]


Output = Refused | Heard | PlaylistWritten | AllDone


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:
    """Raises Conflict (``elsewhere_is_off``, ``elsewhere_not_connected``), NotPrepared (``elsewhere_password_lost``,
    ``elsewhere_folder_missing``) and InvalidRequest (``folder_in_library``).
    """
    user_id = payload["user_id"]
    keys = load_app_password_keys(settings)
    with db.session(read_only=True) as db_session:
        account, server = account_in_use(db_session, user_id), server_in_use(db_session)
        folder = None
        if server.folder is not None:
            check_apart_from_library(db_session, server.folder)
            folder = folder_of(db_session, _present(server.folder), user_id)
    password = keys.decrypted(account.password_encrypted, account.id)
    if password is None:
        raise NotPrepared(
            "The key that this password was encrypted with is gone: give it again.",
            code="elsewhere_password_lost",
        )
    playlists = playlists_there(db, settings, user_id, account.id)
    with db.session(read_only=True) as db_session:
        return Inputs(
            account.id,
            OtherServer(
                EgressLog(db),
                Errand(SOURCE, user_id),
                server.url,
                account.name,
                password,
                sends_password=account.sends_password,
            ),
            Telling(
                LibraryMatcher(db_session, user_id),
                PathMatcher(db_session, user_id),
                KnownPlays(db_session, user_id),
                utc_now(),
            ),
            playlists,
            folder,
            tuple(pieces_of(db_session, user_id)) if account.with_pieces else (),
        )


def compute(inputs: Inputs, report: Report) -> Generator[Output, None, None]:
    """Asks the other server. Raises what `OtherServer.ask` raises."""
    report(0.0, "signing in")
    try:
        inputs.server.sign_in()
    except InvalidRequest as error:
        if error.code == REFUSED:
            yield Refused(inputs.account_id)
        raise
    songs = read_songs(
        inputs.server,
        lambda read: report(_READ_SHARE * read / (read + _SONGS_HALF_WAY), f"{read:,} songs"),
    )
    for told in inputs.telling.batches(songs):
        yield Heard(inputs.account_id, told)
    written = 0
    for place, playlist in enumerate(inputs.playlists.wanted):
        report(_READ_SHARE + (0.95 - _READ_SHARE) * place / len(inputs.playlists.wanted), "writing playlists")
        there = inputs.telling.song_of
        song_ids = [there[track_id] for track_id in playlist.track_ids if track_id in there]
        # What the server has nothing of is no playlist there.
        if song_ids or playlist.remote_id is not None:
            remote_id = write_playlist(inputs.server, playlist, song_ids)
            written += 1
            yield PlaylistWritten(inputs.account_id, playlist.id, remote_id)
    for playlist_id, remote_id in inputs.playlists.outdated.items():
        remove_playlist(inputs.server, remote_id)
        yield PlaylistWritten(inputs.account_id, playlist_id, None)
    report(0.95, "putting pieces")
    counted = {
        "songs": inputs.telling.songs,
        "matched_songs": inputs.telling.matched,
        "played_songs": inputs.telling.played,
        "playlists": written,
    }
    yield AllDone(inputs.account_id, inputs.folder, inputs.pieces, counted)


def store_result(db: Database, output: Output, fence: Fence) -> dict[str, Any]:
    """What some songs told, a playlist, or the end."""
    done: dict[str, int] = {}
    if isinstance(output, AllDone):
        put = put_pieces(output.folder, output.pieces) if output.folder is not None else None
        done = {
            **output.counted,
            "pieces_put": put.put if put else 0,
            "pieces_removed": put.removed if put else 0,
        }
    with db.session() as db_session:
        account = account_of_sync(db_session, output.account_id)
        account.job_id = fence.job_id
        match output:
            case Refused():
                account.refused_at = utc_now()
            case Heard():
                store_told(db_session, account, fence.job_id, output.told)
            case PlaylistWritten(remote_id=None):
                forget_playlist(db_session, account.id, output.playlist_id)
            case PlaylistWritten(remote_id=str() as remote_id):
                keep_playlist(db_session, account.id, output.playlist_id, remote_id)
            case AllDone():
                return finish_sync(db_session, account, fence.job_id, done)
    return {}


def _present(folder: bytes) -> Path:
    path = Path(folder.decode("utf-8", "surrogateescape"))
    if not path.is_dir():
        raise NotPrepared(
            "The folder that composed pieces are put into is not there.", code="elsewhere_folder_missing"
        )
    return path
