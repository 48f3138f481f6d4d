"""Sound over HTTP: whole files by ranges, and files that are still being encoded.

A file that is whole is answered with its length, a strong ETag and any one range. One that is being encoded is
answered from its start as it grows, without length, when the start is asked for; another range waits some seconds
until the file is whole. What has been encoded lies in the cache and is whole the next time.
"""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import is_resource_modified, parse_range_header
from werkzeug.wsgi import wrap_file

from service.http.parts import parts
from service.library.anonymous_copies import anonymous_copy
from service.library.track_files import music_folders, open_in_folders
from service.library.transcodes import (
    Transcode,
    find_transcode,
    open_transcode,
    target_for,
    transcode_path,
    version_of,
)
from service.settings import Settings
from service.store.tables import Track

MIMETYPES = {
    "mp3": "audio/mpeg",
    "mp2": "audio/mpeg",
    "flac": "audio/flac",
    "vorbis": "audio/ogg",
    "opus": "audio/ogg",
    "aac": "audio/mp4",
    "alac": "audio/mp4",
}
SUFFIXES = {
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/midi": "mid",
    "application/zip": "zip",
}
OGG_SUFFIXES = (b".ogg", b".oga")
BLOCK_BYTES = 1 << 16
# Some apps send what they ask with as a form, and mean GET.
READING = ("GET", "POST")
MOST_NAME_CHARACTERS = 120


def send_track(
    settings: Settings,
    track: Track,
    *,
    format: str | None = None,
    max_bitrate: int | None = None,  # kbit/s
    known_length: bool = False,
) -> Response:
    """The track's own file where that is what was asked for, else the track in another format.

    The listener must have been found to be allowed to hear it. With ``known_length`` what is still being encoded is
    waited for, for programs that must be told how long the answer is. Raises NotFound (``file_missing``), InvalidRequest
    (``unknown_format``, ``bad_max_bitrate``), TooManyRequests (``encoders_busy``), StorageFull, AudioError and, for
    impossible ranges, RequestedRangeNotSatisfiable (416).
    """
    target = target_for(track, format, max_bitrate)
    with parts().database.session(read_only=True) as db_session:
        folders = music_folders(db_session, settings)
    source = open_in_folders(track.path, folders)
    if target is None:
        return _send_whole(source, own_mimetype(track), _etag(track.content_hash, source), _shown_name(track))
    with source:
        path = transcode_path(settings, _etag(track.content_hash, source), target)
        mimetype = MIMETYPES[target.format]
        if request.method == "HEAD":
            transcode = find_transcode(path)
            if transcode is None:
                # Asking about a file is no reason to encode it.
                return _growing(iter(()), mimetype, _shown_name(track))
        else:
            transcode = open_transcode(settings, source, path, target)
    if known_length:
        transcode = transcode.wait_until_whole()
    return _send_transcode(transcode, mimetype, _shown_name(track))


def send_anonymous(settings: Settings, path: Path) -> Response:
    """A composition's FLAC file, given by its path below the media folder, without its tags and under no name.

    Raises NotFound (``file_missing``) and RequestedRangeNotSatisfiable (416).
    """
    original = os.fsencode(settings.media_dir / path)
    with open_in_folders(original, [os.fsencode(settings.media_dir)]) as source:
        file = anonymous_copy(settings, source, f"{settings.media_dir / path} {_etag('', source)}")
    return _send_whole(file, MIMETYPES["flac"], _cached_etag(file), "composition")


def send_composed(settings: Settings, path: Path, mimetype: str, name: str) -> Response:
    """A file of a composition that is no track's, given by its path below the media folder.

    Raises NotFound (``file_missing``) and RequestedRangeNotSatisfiable (416).
    """
    source = open_in_folders(os.fsencode(settings.media_dir / path), [os.fsencode(settings.media_dir)])
    return _send_whole(source, mimetype, _etag("", source), name)


def _send_transcode(transcode: Transcode, mimetype: str, name: str) -> Response:
    if not transcode.is_whole:
        if request.method in READING and _asks_for_start():
            transcode.wait_for_beginning()
            return _growing(transcode.follow(), mimetype, name)
        transcode = transcode.wait_until_whole()
    return _send_whole(transcode.file, mimetype, _cached_etag(transcode.file), name)


def _growing(content: Iterator[bytes], mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype, direct_passthrough=True)
    response.headers["Accept-Ranges"] = "none"
    _describe(response, mimetype, name)
    return response


def _asks_for_start() -> bool:
    asked = _single_range(request.environ.get("HTTP_RANGE"))
    return asked is None or asked.replace(" ", "") == "bytes=0-"


def _send_whole(file: BinaryIO, mimetype: str, etag: str, name: str) -> Response:
    """The file or the range of it that is asked for; closed by the response or before anything is raised."""
    size_bytes = os.fstat(file.fileno()).st_size
    response = Response(mimetype=mimetype, direct_passthrough=True)
    _describe(response, mimetype, name)
    response.set_etag(etag)
    response.content_length = size_bytes
    try:
        response.make_conditional(_environ(response), accept_ranges=True, complete_length=size_bytes)
    except BaseException:
        file.close()
        raise
    if request.method == "HEAD" or response.status_code not in (200, 206):
        file.close()
        return response
    start = response.content_range.start if response.status_code == 206 else 0
    file.seek(start or 0)
    part = _Part(file, response.content_length or 0)
    # The server's own wrapper sends files without reading them, and closes them.
    response.response = wrap_file(request.environ, cast(BinaryIO, part), BLOCK_BYTES)
    return response


class _Part:
    """An open file from where it stands on, for some bytes: what servers ask of a file they send."""

    def __init__(self, file: BinaryIO, length_bytes: int) -> None:
        self._file = file
        self._left_bytes = length_bytes
        self.fileno = file.fileno
        self.close = file.close

    def read(self, most_bytes: int = -1) -> bytes:
        wanted = self._left_bytes if most_bytes < 0 else min(most_bytes, self._left_bytes)
        content = self._file.read(wanted)
        self._left_bytes -= len(content)
        return content


def _environ(response: Response) -> dict[str, Any]:
    """The request's, with a range only where RFC 9110 has one count: GET, one of bytes, and not fresh already.

    A form that asks for a file is read as GET.
    """
    environ = dict(request.environ)
    if request.method in READING:
        environ["REQUEST_METHOD"] = "GET"
    asked = _single_range(environ.pop("HTTP_RANGE", None), response.content_length)
    is_fresh = "HTTP_IF_NONE_MATCH" in environ and not is_resource_modified(environ, response.headers["ETag"])
    if asked is not None and request.method in READING and not is_fresh:
        environ["HTTP_RANGE"] = asked
    return environ


def _single_range(header: str | None, size_bytes: int | None = None) -> str | None:
    """The header if it is about bytes and not about several ranges, which may be answered as if not asked for."""
    if header is None or not header.strip().lower().startswith("bytes="):
        return None
    parsed = parse_range_header(header)
    if parsed is None:
        return header
    if len(parsed.ranges) > 1:
        return None
    start, _ = parsed.ranges[0]
    # The last bytes of a file that has fewer are all of them, which Werkzeug takes for impossible.
    return "bytes=0-" if size_bytes is not None and start < -size_bytes else header


def _etag(known_by: str, file: BinaryIO) -> str:
    """Another one for another recording, and for the same one written again, with other tags."""
    return version_of(known_by, os.fstat(file.fileno()))


def _cached_etag(file: BinaryIO) -> str:
    """Files of the cache are named for what they are, and have the time of their last use as their own."""
    return f"{Path(file.name).stem}-{os.fstat(file.fileno()).st_size:x}"


def own_mimetype(track: Track) -> str:
    """The media type of the track's own file."""
    if track.codec == "flac" and track.path.lower().endswith(OGG_SUFFIXES):
        return "audio/ogg"
    if track.codec.startswith("wma"):
        return "audio/x-ms-wma"
    if track.codec.startswith(("pcm", "adpcm")):
        return "audio/wav"
    return MIMETYPES.get(track.codec, "application/octet-stream")


def _describe(response: Response, mimetype: str, name: str) -> None:
    response.headers["Cache-Control"] = "private"
    suffix = SUFFIXES.get(mimetype, "wma")
    # Letters and digits of ASCII for programs that know only these; nothing else can end the header or turn it round.
    plain = "".join(each if each.isascii() and (each.isalnum() or each in " -_.") else "_" for each in name)
    response.headers["Content-Disposition"] = (
        f"inline; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(f'{name}.{suffix}', safe='')}"
    )


def _shown_name(track: Track) -> str:
    """Artist and title without control characters, marks of writing direction and what file systems forbid."""
    name = " - ".join(part for part in (track.artist, track.title) if part)
    kept = "".join(each for each in name if unicodedata.category(each)[0] != "C" and each not in '/\\:*?"<>|')
    return kept.strip(" .")[:MOST_NAME_CHARACTERS] or "track"
