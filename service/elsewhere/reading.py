"""The other server's library, song by song."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from service.elsewhere.client import OtherServer, bad_answer, told_id, told_list
from service.elsewhere.songs import RemoteSong, UnreadableSong, read_song
from service.errors import NotFound, Unreachable

AT_ONCE = 500
MOST_SONGS = 1_000_000


def read_songs(
    server: OtherServer, told: Callable[[int], object] = lambda _songs: None
) -> Iterator[RemoteSong | UnreadableSong]:
    """All songs of the server. ``told`` is called with how many were read, now and then.

    A search for nothing finds everything, as OpenSubsonic says. Servers where it finds nothing or is refused are read
    album by album. Raises what `OtherServer.ask` raises, and Unreachable (``elsewhere_bad_answer``) where there is no
    list of songs.
    """
    number = 0
    for some in _searched(server) or _album_by_album(server):
        for told_song in some:
            number += 1
            yield read_song(told_song, number)
            if number == MOST_SONGS:
                return
        told(number)


def _searched(server: OtherServer) -> Iterator[list[Any]] | None:
    """All pages of songs; None where searching is not the way to them."""
    try:
        first = _page_of_songs(server, 0)
    except Unreachable as error:
        if error.code == "elsewhere_failed":
            return None
        raise
    return _pages(first, lambda offset: _page_of_songs(server, offset)) if first else None


def _album_by_album(server: OtherServer) -> Iterator[list[Any]]:
    for albums in _pages(_page_of_albums(server, 0), lambda offset: _page_of_albums(server, offset)):
        for album in albums:
            album_id = told_id(album.get("id")) if isinstance(album, dict) else None
            if album_id is None:
                raise bad_answer("getAlbumList2")
            try:
                answer = server.ask("getAlbum", [("id", album_id)])
            except NotFound:
                continue
            yield told_list(answer, "getAlbum", "album", "song")


def _pages(first: list[Any], page_at: Callable[[int], list[Any]]) -> Iterator[list[Any]]:
    """This page and all that follow. A server that knows no offsets gives its first page again and again."""
    page, offset = first, 0
    while page:
        yield page
        offset += len(page)
        following = page_at(offset)
        if following and _id_of(following) is not None and _id_of(following) == _id_of(page):
            return
        page = following


def _id_of(page: Sequence[Any]) -> Any:
    return page[0].get("id") if isinstance(page[0], dict) else None


def _page_of_songs(server: OtherServer, offset: int) -> list[Any]:
    asked: dict[str, object] = {
        "query": "",
        "artistCount": 0,
        "albumCount": 0,
        "songCount": AT_ONCE,
        "songOffset": offset,
    }
    return _at_most(server.ask("search3", _parameters(asked)), "search3", "searchResult3", "song")


def _page_of_albums(server: OtherServer, offset: int) -> list[Any]:
    asked: dict[str, object] = {"type": "alphabeticalByName", "size": AT_ONCE, "offset": offset}
    return _at_most(server.ask("getAlbumList2", _parameters(asked)), "getAlbumList2", "albumList2", "album")


def _parameters(asked: dict[str, object]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in asked.items()]


def _at_most(answer: dict[str, Any], method: str, outer: str, inner: str) -> list[Any]:
    page = told_list(answer, method, outer, inner)
    if len(page) > AT_ONCE:
        raise bad_answer(method)
    return page
