"""A track's tags as the store keeps them, from what files say, which may be anything."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_CHARACTERS = 500
MAX_NUMBER = 9_999
_YEAR = re.compile(r"(?<!\d)([12][0-9]{3})(?!\d)")
_NUMBER = re.compile(r"\A\s*([0-9]+)")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class TrackTags:
    """Clean text of at most 500 characters each; None is what the file does not say."""

    title: str
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    genre: str | None = None
    year: int | None = None
    track_number: int | None = None
    disc_number: int | None = None
    isrc: str | None = None
    recording_mbid: str | None = None


def clean_tags(raw: Mapping[str, Sequence[str]], path: bytes) -> TrackTags:
    """Tags for the store from tags as written; a track without a title is called by its file's name.

    Control characters become spaces, marks of writing direction and markup stay what they are: text. Numbers, ISRC
    and MBID that are none are left out.
    """
    return TrackTags(
        title=_first(raw.get("title", ())) or _title_from_name(path),
        artist=_joined(raw.get("artist", ())),
        album=_first(raw.get("album", ())),
        album_artist=_first(raw.get("album_artist", ())),
        genre=_joined(raw.get("genre", ())),
        year=_number(_YEAR, raw.get("date", ())),
        track_number=_number(_NUMBER, raw.get("track_number", ())),
        disc_number=_number(_NUMBER, raw.get("disc_number", ())),
        isrc=_identifier(_ISRC, [value.upper().replace("-", "") for value in raw.get("isrc", ())]),
        recording_mbid=_identifier(_MBID, [value.lower() for value in raw.get("recording_mbid", ())]),
    )


def clean_text(text: str) -> str:
    """One line without control characters and halves of characters, at most 500 characters long."""
    kept = "".join(_kept(character) for character in text)
    line = " ".join(kept.split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 1].rstrip() + "…"


def _kept(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return " "
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character


def _first(values: Sequence[str]) -> str | None:
    return next((text for text in map(clean_text, values) if text), None)


def _joined(values: Sequence[str]) -> str | None:
    distinct = dict.fromkeys(text for text in map(clean_text, values) if text)
    return clean_text(", ".join(distinct)) or None


def _title_from_name(path: bytes) -> str:
    name = PurePosixPath(path.decode("utf-8", "replace")).stem
    return clean_text(name.replace("_", " ")) or "Untitled"


def _number(pattern: re.Pattern[str], values: Sequence[str]) -> int | None:
    found = (pattern.search(value[:MAX_CHARACTERS]) for value in values)
    numbers = (int(match[1]) for match in found if match and len(match[1]) <= len(str(MAX_NUMBER)))
    return next((number for number in numbers if number > 0), None)


def _identifier(pattern: re.Pattern[str], values: Sequence[str]) -> str | None:
    stripped = (value.strip(" \0") for value in values)
    return next((value for value in stripped if pattern.fullmatch(value)), None)
