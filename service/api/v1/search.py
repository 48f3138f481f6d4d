"""Artists, albums, and searching everything at once."""

from flask import Response
from pydantic import Field

from service.api.paged import one_more, paged
from service.api.resource import resource
from service.api.shapes import Answer, Id, Query, TrackAnswer
from service.api.v1.tracks import shown_tracks
from service.http.authentication import requires, viewer
from service.http.paging import Page
from service.http.parts import parts
from service.library.browsing import list_albums, list_artists
from service.library.browsing import search as search_library
from service.store.texts import ONE_LINE

blueprint = resource("search", "Artists and albums, and searching everything at once.")


class Artist(Answer):
    """An artist, as most of the tracks spell it."""

    name: str
    tracks: int


class Artists(Answer):
    """A page of artists."""

    items: list[Artist]
    next_cursor: str | None


class Album(Answer):
    """An album; `track_id` is one of its tracks, for its cover."""

    name: str
    artist: str | None
    year: int | None
    tracks: int
    track_id: Id


class Albums(Answer):
    """A page of albums."""

    items: list[Album]
    next_cursor: str | None


class Found(Answer):
    """The first of each kind."""

    tracks: list[TrackAnswer]
    artists: list[Artist]
    albums: list[Album]


class NamesQuery(Page):
    """Whose names have these words."""

    query: str | None = Field(default=None, max_length=200, pattern=ONE_LINE)


class AlbumsQuery(NamesQuery):
    """Whose albums."""

    artist: str | None = Field(default=None, max_length=500, pattern=ONE_LINE)


class SearchQuery(Query):
    """What to look for."""

    q: str = Field(
        min_length=1, max_length=200, pattern=ONE_LINE, description="Words; all of them must be found."
    )
    limit: int = Field(default=20, ge=1, le=200, description="How many of each kind at most.")


@blueprint.get("/artists")
@blueprint.input(NamesQuery, location="query")
@blueprint.output(Artists)
@requires("library:read")
def list_all_artists(query_data: NamesQuery) -> Response:
    """Artists by name

    Of the tracks you can play; spellings that differ by case or accents are one.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_artists(
            db_session,
            viewer().user_id,
            query=query_data.query,
            after=query_data.after(),
            limit=one_more(query_data),
        )
    return paged(rows, query_data, Artist.model_validate, lambda artist: artist.place)


@blueprint.get("/albums")
@blueprint.input(AlbumsQuery, location="query")
@blueprint.output(Albums)
@requires("library:read")
def list_all_albums(query_data: AlbumsQuery) -> Response:
    """Albums by name

    Of the tracks you can play.
    """
    with parts().database.session(read_only=True) as db_session:
        rows = list_albums(
            db_session,
            viewer().user_id,
            artist=query_data.artist,
            query=query_data.query,
            after=query_data.after(),
            limit=one_more(query_data),
        )
    return paged(rows, query_data, Album.model_validate, lambda album: album.place)


@blueprint.get("/search")
@blueprint.input(SearchQuery, location="query")
@blueprint.output(Found)
@requires("library:read")
def search(query_data: SearchQuery) -> Found:
    """Search everything

    The first tracks, artists and albums in whose names all the words are. Case and accents make no difference.
    """
    with parts().database.session(read_only=True) as db_session:
        found = search_library(db_session, viewer().user_id, query_data.q, limit=query_data.limit)
        show = shown_tracks(db_session, found.tracks)
    return Found(
        tracks=[show(track) for track in found.tracks],
        artists=[Artist.model_validate(artist) for artist in found.artists],
        albums=[Album.model_validate(album) for album in found.albums],
    )
