"""The library: searched and leafed through, an album, an artist."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from service.errors import InvalidRequest, NotFound
from service.http.authentication import page, viewer
from service.http.paging import Page, cursor_for
from service.http.parts import parts
from service.library.albums import album_key_of, find_album, list_albums_by, songs_of_album
from service.library.artists import find_artist, songs_of_artist
from service.library.browsing import (
    ListedAlbum,
    ListedArtist,
    Place,
    list_albums,
    list_artists,
    list_tracks,
    offered_by,
    place_of,
    search,
)
from service.library.visibility import find_track
from service.listening.thumbs import thumb_of
from service.store.tables import Track
from service.store.texts import is_one_line
from service.web.shown_tracks import cut, shown

Answer = str | tuple[str, int]

_PAGE = {"albums": 60, "artists": 60, "tracks": 60}
_FOUND_AT_ONCE = 12
_LONGEST_QUERY = 200
_MOST_OF_ONE = 500

blueprint = Blueprint("library", __name__, url_prefix="/library")


@blueprint.get("")
@page
def show() -> Answer:
    """What was searched for, or all albums, artists or tracks, a page at a time."""
    query, kind = request.args.get("q", "").strip(), request.args.get("show", "")
    if len(query) > _LONGEST_QUERY or not is_one_line(query):
        trouble = f"What to look for is one line of at most {_LONGEST_QUERY} characters."
        return _render(trouble=trouble, kind="albums", query=""), InvalidRequest.http_status
    if kind not in _PAGE:
        kind = "" if query else "albums"
    with parts().database.session(read_only=True) as db_session:
        facts = _leaf(db_session, kind, query) if kind else _found(db_session, query)
    return _render(kind=kind, query=query, **facts)


@blueprint.get("/albums/<id:track_id>")
@page
def album(track_id: str) -> Answer:
    """The album that this track is on."""
    user_id = viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        key = album_key_of(find_track(db_session, user_id, track_id))
        found = find_album(db_session, user_id, key)
        tracks = songs_of_album(db_session, user_id, key)[:_MOST_OF_ONE]
        return render_template(
            "library/album.html",
            name=cut(found.name),
            artist=cut(found.artist),
            album=found,
            tracks=_shown_tracks(db_session, tracks),
        )


@blueprint.get("/artists/<id:track_id>")
@page
def artist(track_id: str) -> Answer:
    """The artist of this track: albums and tracks."""
    user_id = viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        key = find_track(db_session, user_id, track_id).artist_text
        found = find_artist(db_session, user_id, key)
        albums = list_albums_by(db_session, user_id, "year", artist_key=key, limit=_PAGE["albums"])
        tracks = songs_of_artist(db_session, user_id, key, limit=_MOST_OF_ONE)
        return render_template(
            "library/artist.html",
            name=cut(found.name),
            artist=found,
            albums=[(each.cover_track_id, cut(each.name), each.year, each.songs) for each in albums],
            tracks=_shown_tracks(db_session, tracks),
        )


def _render(**facts: Any) -> str:
    empty: dict[str, Any] = {"tracks": [], "artists": [], "albums": [], "next_url": None, "trouble": ""}
    return render_template("library/library.html", **(empty | facts))


def _leaf(db_session: Session, kind: str, query: str) -> dict[str, Any]:
    """One page of one kind, and where the next one is."""
    who, after = viewer(), _after(kind)
    list_them: Any = {"albums": list_albums, "artists": list_artists, "tracks": list_tracks}[kind]
    rows = list_them(
        db_session,
        who.user_id,
        query=query or None,
        among=offered_by(who.composed_policy),
        after=after,
        limit=_PAGE[kind] + 1,
    )
    rows, more = rows[: _PAGE[kind]], rows[_PAGE[kind] :]
    next_url = None
    if more:
        last: Place = place_of(rows[-1]) if kind == "tracks" else rows[-1].place
        next_url = url_for("library.show", q=query or None, show=kind, after=cursor_for([kind, *last]))
    return {kind: _shown_of_kind(db_session, kind, rows), "next_url": next_url}


def _found(db_session: Session, query: str) -> dict[str, Any]:
    """The first of each kind."""
    who = viewer()
    found = search(
        db_session, who.user_id, query, among=offered_by(who.composed_policy), limit=_FOUND_AT_ONCE
    )
    return {
        kind: _shown_of_kind(db_session, kind, getattr(found, kind))
        for kind in ("artists", "albums", "tracks")
    }


def _after(kind: str) -> Place | None:
    """Where the page begins. Raises NotFound (``bad_cursor``)."""
    after = Page.model_construct(cursor=request.args.get("after")).after()
    if after is None:
        return None
    if after[0] != kind:
        raise NotFound("There is no such page.", code="bad_cursor")
    place: Place = after[1:]
    return place


def _shown_of_kind(db_session: Session, kind: str, rows: Sequence[Any]) -> list[Any]:
    if kind == "tracks":
        return _shown_tracks(db_session, rows)
    return [_shown_artist(row) if kind == "artists" else _shown_album(row) for row in rows]


def _shown_artist(row: ListedArtist) -> tuple[str, str | None, int]:
    return row.track_id, cut(row.name), row.tracks


def _shown_album(row: ListedAlbum) -> tuple[str, str | None, str | None, int | None, int]:
    return row.track_id, cut(row.name), cut(row.artist), row.year, row.tracks


def _shown_tracks(db_session: Session, tracks: Sequence[Track]) -> list[dict[str, Any]]:
    thumbs = thumb_of(db_session, viewer().user_id, [track.id for track in tracks])
    return [shown(track, thumbs.get(track.id)) for track in tracks]
