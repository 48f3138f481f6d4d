"""Whether an app can play a song as it is, by what it says of itself.

Apps that cannot are told so, and that they have to ask ``stream`` for another format: what is encoded here begins at a
song's beginning, so that the stream which the extension "transcoding" promises, from any second of it, is not offered.
"""

from typing import Annotated, Any, Literal

from flask import Response, request
from pydantic import BaseModel, Field, ValidationError

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import key_of
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import needed
from service.http.authentication import viewer
from service.http.media_responses import SUFFIXES, own_mimetype
from service.http.parts import parts
from service.library.visibility import find_track
from service.store.tables import Track

_Word = Annotated[str, Field(max_length=100)]
_Few: Any = Field(default=[], max_length=100)
_PROTOCOL = "http"


class _Profile(BaseModel):
    containers: list[_Word] = _Few
    audioCodecs: list[_Word] = _Few  # noqa: N815  # named by the API
    protocols: list[_Word] = _Few
    maxAudioChannels: int | None = None  # noqa: N815  # named by the API


class _Limitation(BaseModel):
    name: _Word
    comparison: Literal["Equals", "NotEquals", "LessThanEqual", "GreaterThanEqual"]
    values: list[_Word] = Field(min_length=1, max_length=100)
    required: bool = False


class _CodecProfile(BaseModel):
    name: _Word
    limitations: list[_Limitation] = _Few


class _ClientInfo(BaseModel):
    maxAudioBitrate: int | None = None  # noqa: N815  # named by the API
    directPlayProfiles: list[_Profile] = _Few  # noqa: N815  # named by the API
    codecProfiles: list[_CodecProfile] = _Few  # noqa: N815  # named by the API


@method("getTranscodeDecision", "stream")
def get_transcode_decision() -> Response:
    """Whether the app that posted what it can play can play this song as it is."""
    if needed("mediaType") != "song":
        raise Fault(Code.NOT_FOUND, "There are songs only.")
    try:
        client = _ClientInfo.model_validate(request.get_json(silent=True))
    except ValidationError as error:
        raise Fault(Code.GENERIC, "What the app can play is posted as JSON, as the API has it.") from error
    with parts().database.session(read_only=True) as db_session:
        track = find_track(db_session, viewer().user_id, key_of(needed("mediaId"), "song"))
    reasons = _reasons_against(client, track)
    return answer(
        transcodeDecision={
            "canDirectPlay": not reasons,
            "canTranscode": False,
            "transcodeReason": reasons,
            "errorReason": "Ask stream for the format opus or mp3." if reasons else None,
            "sourceStream": {
                "protocol": _PROTOCOL,
                "container": _container(track),
                "codec": track.codec,
                "audioChannels": track.channels,
                "audioBitrate": track.bit_rate,
                "audioSamplerate": track.sample_rate,
            },
        }
    )


def _container(track: Track) -> str:
    return SUFFIXES.get(own_mimetype(track), "wma")


def _reasons_against(client: _ClientInfo, track: Track) -> list[str]:
    """Why the app cannot play it as it is; none where it can."""
    reasons = []
    if not any(_plays(profile, track) for profile in client.directPlayProfiles):
        reasons.append("no direct play profile fits")
    if client.maxAudioBitrate and (track.bit_rate or 0) > client.maxAudioBitrate:
        reasons.append("audio bitrate not supported")
    for profile in client.codecProfiles:
        if profile.name.lower() == track.codec:
            broken = [each.name for each in profile.limitations if each.required and not _keeps(each, track)]
            reasons += [f"{name} not supported" for name in broken]
    return reasons


def _plays(profile: _Profile, track: Track) -> bool:
    return (
        _is_among(_container(track), profile.containers)
        and _is_among(track.codec, profile.audioCodecs)
        and _is_among(_PROTOCOL, profile.protocols)
        and track.channels <= (profile.maxAudioChannels or track.channels)
    )


def _is_among(word: str, words: list[str]) -> bool:
    return not words or word in (each.lower() for each in words)


def _keeps(limitation: _Limitation, track: Track) -> bool:
    """What is not known of a song is not held against it."""
    value = {
        "audioChannels": track.channels,
        "audioBitrate": track.bit_rate,
        "audioSamplerate": track.sample_rate,
    }.get(limitation.name)
    if value is None:
        return True
    try:
        limits = [int(each) for each in limitation.values]
    except ValueError as error:
        raise Fault(Code.GENERIC, "A limit of a codec is a whole number.") from error
    return {
        "Equals": value in limits,
        "NotEquals": value not in limits,
        "LessThanEqual": value <= limits[0],
        "GreaterThanEqual": value >= limits[0],
    }[limitation.comparison]
