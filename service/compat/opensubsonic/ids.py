"""Ids as apps are given them. A song's is its track's; albums and artists have no rows, so theirs hold what they are found by."""

import base64
import binascii
from typing import Literal, NamedTuple

from service.compat.opensubsonic.faults import Code, Fault

Kind = Literal["song", "album", "artist", "playlist", "shelf"]
_PREFIXES: dict[str, Kind] = {"al-": "album", "ar-": "artist", "pl-": "playlist"}


class ItemId(NamedTuple):
    """What an id names: a track's or playlist's id, a shelf's number, or the key of an album or artist."""

    kind: Kind
    key: str


def album_id(key: str) -> str:
    """The id of the album of this key."""
    return f"al-{_encoded(key)}"


def artist_id(key: str) -> str:
    """The id of the artist of this key."""
    return f"ar-{_encoded(key)}"


def playlist_cover_id(playlist_id: str) -> str:
    """The id of a playlist's picture."""
    return f"pl-{playlist_id}"


def read_id(given: str) -> ItemId:
    """What the id names. Raises Fault for one that was never given."""
    kind = _PREFIXES.get(given[:3])
    if kind is None:
        return ItemId("shelf" if given.isascii() and given.isdecimal() and len(given) < 3 else "song", given)
    return ItemId(kind, given[3:] if kind == "playlist" else _decoded(given[3:]))


def key_of(given: str, kind: Kind) -> str:
    """The key in an id of this kind. Raises Fault for one of another."""
    item = read_id(given)
    if item.kind != kind:
        raise Fault(Code.NOT_FOUND, f"There is no such {kind}.")
    return item.key


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decoded(letters: str) -> str:
    try:
        key = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Fault(Code.NOT_FOUND, "There is nothing of this id.") from error
    if "\0" in key:
        raise Fault(Code.NOT_FOUND, "There is nothing of this id.")
    return key
