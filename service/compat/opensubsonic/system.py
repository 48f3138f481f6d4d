"""What apps ask first: whether somebody is there, what can be done, who they are."""

from flask import Response

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.methods import method, open_method
from service.compat.opensubsonic.parameters import SHELF_NAMES, SHELVES, needed, text
from service.errors import Forbidden
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.drawn_covers import draw_cover
from service.library.songs import count_songs
from service.operations.job_listing import is_at_work

EXTENSIONS = {
    "apiKeyAuthentication": 1,
    "formPost": 1,
    "indexBasedQueue": 1,
    "playbackReport": 1,
    "songLyrics": 1,
    "sonicSimilarity": 1,
}
_AVATAR_PIXELS = 320


@method("ping")
def ping() -> Response:
    """Whether the credentials are good."""
    return answer()


@method("getLicense")
def get_license() -> Response:
    """There is nothing to buy."""
    return answer(license={"valid": True})


@open_method("getOpenSubsonicExtensions")
def get_extensions() -> Response:
    """What is offered beyond Subsonic; apps ask before they sign in."""
    offered = [{"name": name, "versions": [version]} for name, version in EXTENSIONS.items()]
    return answer(openSubsonicExtensions=offered)


@method("tokenInfo")
def token_info() -> Response:
    """Whose API key this is."""
    return answer(tokenInfo={"username": viewer().name})


@method("getUser")
def get_user() -> Response:
    """What the app may do for its listener. Of others nothing is told, not even whether they are there."""
    if text("username") not in (None, viewer().name):
        raise Forbidden("An app is told of its own listener only.")
    return answer(user=_user())


@method("getUsers")
def get_users() -> Response:
    """The one person that the app is told of."""
    return answer(users={"user": [_user()]})


@method("getAvatar")
def get_avatar() -> Response:
    """A picture for the listener, drawn for the name."""
    if needed("username") != viewer().name:
        raise Forbidden("An app is told of its own listener only.")
    return Response(draw_cover(viewer().name, _AVATAR_PIXELS), mimetype="image/webp")


@method("getMusicFolders", "library:read")
def get_music_folders() -> Response:
    """The house's music, and what was composed for the listener."""
    folders = [{"id": number, "name": SHELF_NAMES[shelf]} for number, shelf in SHELVES.items()]
    return answer(musicFolders={"musicFolder": folders})


@method("getScanStatus", "library:read")
def get_scan_status() -> Response:
    """Whether the library is being read, and how much of it there is."""
    with parts().database.session(read_only=True) as db_session:
        scanning = is_at_work(db_session, "scan_library")
        return answer(scanStatus={"scanning": scanning, "count": count_songs(db_session, viewer().user_id)})


@method("startScan", "library:read")
def start_scan() -> Response:
    """Reading the library anew is for owners, and app passwords do nothing of what only owners may."""
    raise Fault(Code.NOT_ALLOWED, "An owner of the house scans it from the pages.")


def _user() -> dict[str, object]:
    scopes = viewer().scopes
    refused = (
        "admin",
        "settings",
        "upload",
        "coverArt",
        "comment",
        "podcast",
        "jukebox",
        "share",
        "videoConversion",
    )
    return {
        "username": viewer().name,
        "scrobblingEnabled": "listens:write" in scopes,
        **{f"{role}Role": False for role in refused},
        "downloadRole": "stream" in scopes,
        "playlistRole": "playlists:write" in scopes,
        "streamRole": "stream" in scopes,
        "folder": sorted(SHELVES),
    }
