"""Titles and artists in a form in which two spellings of the same one are equal."""

import re
import unicodedata
from functools import lru_cache

_FEATURING = re.compile(r"\s*[(\[]?\s*\b(?:feat|ft|featuring)\b\.?.*$")
_EDITION = re.compile(
    r"\s*(?:[-\u2013\u2014]|[(\[])\s*(?:\d{4}\s+)?(?:digital(?:ly)?\s+)?remaster(?:ed)?(?:\s+version)?(?:\s+\d{4})?\s*[)\]]?\s*$"
)
_NOT_LETTERS = re.compile(r"[^\w]+|_")
# Between several artists of one track, as services join them.
_BETWEEN_ARTISTS = re.compile(r"\s*(?:[,;/&]|\b(?:and|with|vs|x)\b\.?)\s*")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*|\s+[-\u2013\u2014]\s.*$")
_NAMES_REMEMBERED = 50_000


def comparable(name: str | None) -> str:
    """Lower case, no accents, no punctuation, one space between words, "&" as "and"; empty for None."""
    if not name:
        return ""
    letters = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _NOT_LETTERS.sub(" ", plain).split()
    # A name of signs only, such as "!!!", is still a name.
    return " ".join(words) or name.strip().casefold()


@lru_cache(_NAMES_REMEMBERED)
def comparable_title(title: str | None) -> str:
    """As ``comparable``, without a guest ("feat. ...") and without "2011 Remaster"."""
    if not title:
        return ""
    lowered = title.casefold()
    return comparable(_EDITION.sub("", _FEATURING.sub("", lowered))) or comparable(title)


@lru_cache(_NAMES_REMEMBERED)
def comparable_artist(artist: str | None) -> str:
    """As ``comparable``, without a guest and without a leading "the"."""
    if not artist:
        return ""
    name = comparable(_FEATURING.sub("", artist.casefold())) or comparable(artist)
    return name.removeprefix("the ") or name


def first_artist(artist: str | None) -> str:
    """Of several artists the first, in comparable form: of "One, Two & Three" it is "one"."""
    return (
        comparable_artist(_BETWEEN_ARTISTS.split(artist.casefold().strip(), maxsplit=1)[0]) if artist else ""
    )


def bare_title(title: str | None) -> str:
    """As `comparable_title`, without anything in brackets or after a dash: "Song (Live)" and "Song - Live" are "song"."""
    return comparable_title(_BRACKETED.sub(" ", title)) if title else ""
