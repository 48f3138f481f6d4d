"""Sound, pictures and words of songs."""

from flask import Response
from sqlalchemy.orm import Session

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import key_of, read_id
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import flag, needed, text, whole
from service.http.authentication import viewer
from service.http.media_responses import send_track
from service.http.parts import parts
from service.library.albums import find_album
from service.library.artists import find_artist
from service.library.covers import SIZES_PIXELS, cover_bytes
from service.library.drawn_covers import draw_cover
from service.library.transcodes import BITRATES_KBPS, FORMATS
from service.library.visibility import find_track
from service.listening.playlists import find_playlist, playlist_tracks
from service.radio.auto_playlists import find_auto_playlist, is_auto_playlist
from service.store.tables import Track

_DRAWN_MIMETYPE = "image/webp"
# What apps call a format that is made here under another name.
_ALSO_CALLED = {"ogg": "opus", "oga": "opus"}


@method("stream", "stream")
def stream() -> Response:
    """A song as it is, or encoded to another format or to fewer bits."""
    track, wanted = _track(), (text("format") or "").lower() or None
    kilobits = whole("maxBitRate", 0)
    if wanted == "raw" or (wanted == track.codec and wanted not in FORMATS and not kilobits):
        return send_track(parts().settings, track)
    wanted = _ALSO_CALLED.get(wanted or "", wanted)
    if wanted is not None and wanted not in FORMATS:
        raise Fault(Code.GENERIC, f"The format is raw or one of {', '.join(FORMATS)}.")
    # The largest step that fits, as apps name limits that no encoder has.
    most = max((step for step in BITRATES_KBPS if step <= kilobits), default=BITRATES_KBPS[0])
    return send_track(
        parts().settings,
        track,
        format=wanted,
        max_bitrate=most if kilobits else None,
        known_length=flag("estimateContentLength", default=False),
    )


@method("download", "stream")
def download() -> Response:
    """The song's own file."""
    return send_track(parts().settings, _track())


@method("getCoverArt", "library:read")
def get_cover_art() -> Response:
    """The picture of a song, album, artist or playlist, in the smallest size there is that is large enough."""
    wanted = whole("size", SIZES_PIXELS[-1])
    pixels = next((size for size in SIZES_PIXELS if size >= wanted), SIZES_PIXELS[-1])
    with parts().database.session(read_only=True) as db_session:
        track = _pictured(db_session, needed("id"))
    if track is None:
        response = Response(draw_cover(needed("id"), pixels), mimetype=_DRAWN_MIMETYPE)
    else:
        content, mimetype = cover_bytes(parts().settings, track, pixels)
        response = Response(content, mimetype=mimetype)
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@method("getLyrics", "library:read")
def get_lyrics() -> Response:
    """No words are kept."""
    return answer(lyrics={"value": ""})


@method("getLyricsBySongId", "library:read")
def get_lyrics_by_song() -> Response:
    """None are kept, of songs that are there."""
    _track()
    return answer(lyricsList={"structuredLyrics": []})


def _track() -> Track:
    with parts().database.session(read_only=True) as db_session:
        return find_track(db_session, viewer().user_id, key_of(needed("id"), "song"))


def _pictured(db_session: Session, given: str) -> Track | None:
    """The track whose cover stands for what the id names; None for a playlist with nothing in it."""
    item, user_id = read_id(given), viewer().user_id
    if item.kind == "playlist":
        if is_auto_playlist(item.key):
            tracks = find_auto_playlist(parts().database, parts().settings, user_id, item.key).tracks
        else:
            tracks = playlist_tracks(db_session, user_id, find_playlist(db_session, user_id, item.key).id)
        return tracks[0] if tracks else None
    if item.kind == "album":
        return find_track(db_session, user_id, find_album(db_session, user_id, item.key).cover_track_id)
    if item.kind == "artist":
        return find_track(db_session, user_id, find_artist(db_session, user_id, item.key).cover_track_id)
    return find_track(db_session, user_id, item.key)
