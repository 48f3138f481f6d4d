"""A track's sound, picture and outline."""

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BeforeValidator, Field, WithJsonSchema

from service.api.resource import Answers, described, resource
from service.api.shapes import Answer, Query
from service.http.authentication import requires, viewer
from service.http.media_responses import MIMETYPES, send_track
from service.http.parts import parts
from service.library.covers import MIMETYPE, SIZES_PIXELS, cover_bytes
from service.library.transcodes import BITRATES_KBPS
from service.library.visibility import find_track
from service.library.waveforms import peaks
from service.store.tables import Track

blueprint = resource("media", "A track's sound, picture and outline.")

_SOUND: dict[str, dict[str, Any]] = {mimetype: {} for mimetype in sorted({*MIMETYPES.values(), "audio/wav"})}
_RANGE_HEADERS = {
    "Accept-Ranges": {"description": "`bytes`", "schema": {"type": "string"}},
    "ETag": {"description": "Changes with the sound.", "schema": {"type": "string"}},
}


def _one_of(steps: tuple[int, ...]) -> Any:
    """A number of these, read from a query's text."""

    def read(value: object) -> object:
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
        if number not in steps:
            raise ValueError(f"one of {', '.join(map(str, steps))} is expected")
        return number

    return Annotated[int, BeforeValidator(read), WithJsonSchema({"type": "integer", "enum": list(steps)})]


class StreamQuery(Query):
    """In which form."""

    format: Literal["opus", "mp3"] | None = Field(
        default=None, description="Encoded anew, if it is not in this format already."
    )
    max_bitrate: _one_of(BITRATES_KBPS) | None = Field(  # type: ignore[valid-type]  # made of the encoder's own steps
        default=None, description="In kbit/s; what has more is encoded anew."
    )


class CoverQuery(Query):
    """How large."""

    size: _one_of(SIZES_PIXELS) = Field(default=320, description="Pixels of a side.")  # type: ignore[valid-type]  # made of the sizes there are


class Waveform(Answer):
    """The highest sample, 0 to 1, of each of some hundred equal parts of the track."""

    peaks: list[float]


def _found(track_id: str) -> Track:
    with parts().database.session(read_only=True) as db_session:
        return find_track(db_session, viewer().user_id, track_id)


_STREAMED: Answers = {
    200: described("The sound.", _SOUND, _RANGE_HEADERS),
    206: described("The part of it that `Range` asks for.", _SOUND, _RANGE_HEADERS),
    304: described("It is what `If-None-Match` says."),
    416: described("There is no such range."),
    429: described("Too many tracks are being encoded at present."),
}


@blueprint.get("/tracks/<id:track_id>/stream")
@blueprint.input(StreamQuery, location="query")
@blueprint.doc(responses=_STREAMED)
@requires("stream")
def stream(track_id: str, query_data: StreamQuery) -> Response:
    """Play a track

    Its own file, or encoded to another format or fewer bits. Whole files answer one range with 206; what is still
    being encoded comes as it grows.
    """
    return send_track(
        parts().settings, _found(track_id), format=query_data.format, max_bitrate=query_data.max_bitrate
    )


_PICTURED: Answers = {200: described("The picture.", {MIMETYPE: {}})}


@blueprint.get("/tracks/<id:track_id>/cover")
@blueprint.input(CoverQuery, location="query")
@blueprint.doc(responses=_PICTURED)
@requires("library:read")
def show_cover(track_id: str, query_data: CoverQuery) -> Response:
    """A track's cover

    From its tags, from beside its file, or drawn for it: there always is one.
    """
    content, mimetype = cover_bytes(parts().settings, _found(track_id), query_data.size)
    response = Response(content, mimetype=mimetype)
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.get("/tracks/<id:track_id>/waveform")
@blueprint.output(Waveform)
@requires("library:read")
def show_waveform(track_id: str) -> Waveform:
    """A track's outline

    For players to draw; worked out when it is first asked for.
    """
    return Waveform(peaks=peaks(parts().settings, _found(track_id)))
