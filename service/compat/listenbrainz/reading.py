"""What clients send, read as strictly as ListenBrainz reads it, with its limits."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from service.errors import InvalidRequest
from service.listening.listens import ListenEvent, was_skipped
from service.listening.scrobbles import OLDEST, is_time_of_a_listen

SOURCE = "listenbrainz"
MOST_LISTENS = 1_000
MOST_BYTES_PER_LISTEN = 10_240
MOST_BYTES = MOST_LISTENS * MOST_BYTES_PER_LISTEN
_MOST_TAGS = 50
_TAG_MAX_CHARACTERS = 64
_LONGEST_SECONDS = 24 * 86_400
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_DIGITS = re.compile(r"[0-9]{1,12}")

ListenType = Literal["single", "playing_now", "import"]


@dataclass(frozen=True)
class Submission:
    """What a client told: one thing that is heard now, or listens."""

    listen_type: ListenType
    events: list[ListenEvent]


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body is. Raises InvalidRequest (``bad_json``)."""
    try:
        read = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not a JSON document.", code="bad_json") from error
    if not isinstance(read, dict):
        raise InvalidRequest("The body is not a JSON object.", code="bad_json")
    return read


def read_submission(body: bytes, now: datetime) -> Submission:
    """The listens of a body of submit-listens. Raises InvalidRequest (``bad_json``, ``bad_listen``)."""
    document = read_json(body)
    listen_type, payload = document.get("listen_type"), document.get("payload")
    if listen_type not in get_args(ListenType):
        raise _bad("listen_type is single, playing_now or import.")
    if not isinstance(payload, list) or not payload:
        raise _bad("payload is a list of one or more listens.")
    if listen_type != "import" and len(payload) > 1:
        raise _bad(f"A submission of the type {listen_type} has exactly one listen.")
    if len(payload) > MOST_LISTENS:
        raise _bad(f"At most {MOST_LISTENS} listens are taken at once.")
    is_now = listen_type == "playing_now"
    return Submission(
        cast(ListenType, listen_type), [_read_listen(each, now if is_now else None) for each in payload]
    )


def read_uuid(value: Any, name: str) -> str | None:
    """An MBID or MSID, in small letters; None where there is none. Raises InvalidRequest (``bad_listen``)."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _bad(f"{name} is a UUID.")
    return value.lower()


def read_seconds(value: Any, name: str) -> datetime:
    """A moment in seconds since 1970. Raises InvalidRequest (``bad_listen``)."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**11:
        raise _bad(f"{name} is a whole number of seconds since 1970, in UTC.")
    return datetime.fromtimestamp(value, UTC)


def _read_listen(listen: Any, now: datetime | None) -> ListenEvent:
    if not isinstance(listen, dict):
        raise _bad("A listen is an object.")
    if len(json.dumps(listen, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")) > (
        MOST_BYTES_PER_LISTEN
    ):
        raise _bad(f"A listen has at most {MOST_BYTES_PER_LISTEN} bytes.")
    metadata = listen.get("track_metadata")
    if not isinstance(metadata, dict):
        raise _bad("A listen has track_metadata.")
    told = metadata.get("additional_info") or {}
    if not isinstance(told, dict):
        raise _bad("additional_info is an object.")
    _check_tags(told.get("tags"))
    track_seconds, played_seconds = _track_seconds(told), _length(told, "duration_played", 1)
    skipped = told.get("skipped")
    return ListenEvent(
        listened_at=_listened_at(listen, now),
        title=_name(metadata, "track_name"),
        artist=_name(metadata, "artist_name"),
        source=SOURCE,
        album=_text(metadata.get("release_name"), "release_name"),
        played_seconds=played_seconds,
        track_seconds=track_seconds,
        skipped=skipped if isinstance(skipped, bool) else was_skipped(played_seconds, track_seconds),
        recording_mbid=read_uuid(told.get("recording_mbid"), "recording_mbid"),
        isrc=_isrc(told.get("isrc")),
    )


def _listened_at(listen: dict[str, Any], now: datetime | None) -> datetime:
    if now is not None:
        if "listened_at" in listen:
            raise _bad("What is playing now has no listened_at.")
        return now
    listened_at = read_seconds(listen.get("listened_at"), "listened_at")
    if not is_time_of_a_listen(listened_at):
        raise _bad(f"listened_at is not before {OLDEST:%Y-%m-%d} and not to come.")
    return listened_at


def _name(metadata: dict[str, Any], name: str) -> str:
    text = _text(metadata.get(name), name)
    if text is None:
        raise _bad(f"{name} is a text that says something.")
    return text


def _text(value: Any, name: str) -> str | None:
    if value is None:
        return None
    # NUL and halves of characters are what databases do not take.
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise _bad(f"{name} is a text.")
    return value.strip() or None


def _check_tags(tags: Any) -> None:
    if tags is None:
        return
    if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
        raise _bad(f"tags is a list of at most {_MOST_TAGS}.")
    if not all(isinstance(tag, str) and len(tag) <= _TAG_MAX_CHARACTERS for tag in tags):
        raise _bad(f"A tag is a text of at most {_TAG_MAX_CHARACTERS} characters.")


def _track_seconds(told: dict[str, Any]) -> float | None:
    milliseconds, seconds = _length(told, "duration_ms", 1_000), _length(told, "duration", 1)
    return (seconds if milliseconds is None else milliseconds) or None


def _length(told: dict[str, Any], name: str, units_per_second: int) -> float | None:
    value = told.get(name)
    if value is None or value == "":
        return None
    try:
        seconds = float(value) / units_per_second if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise _bad(f"{name} is a length of at most 24 days.")
    return seconds


def _isrc(value: Any) -> str | None:
    """A well-formed code; clients send many that are not, and a listen is worth keeping without one."""
    compact = value.replace("-", "").upper() if isinstance(value, str) else ""
    return compact if _ISRC.fullmatch(compact) else None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _bad(sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, code="bad_listen")
