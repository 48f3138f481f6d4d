"""What an app asks about a track, an artist or an album: of this library, and of what its listener heard. Nobody else counts."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.compat.lastfm.calls import Call, page_of
from service.compat.lastfm.library_answers import (
    album_node,
    artist_node,
    correction_node,
    matches_node,
    similar_artists_node,
    similar_tracks_node,
    tags_node,
    track_node,
)
from service.compat.lastfm.nodes import Node
from service.compat.lastfm.reading import MBID, is_text
from service.errors import Conflict, InvalidRequest, NotFound, NotPrepared
from service.http.parts import parts
from service.library.albums import find_album, key_for, list_albums_by, songs_of_album
from service.library.artists import UNKNOWN_ARTIST, find_artist, list_all_artists, songs_of_artist
from service.library.songs import list_songs
from service.listening.heard import HeardKind, times_heard
from service.listening.matching import find_as_spelt
from service.listening.thumbs import thumbs_in_force
from service.radio.similar import MOST_SIMILAR, nearest_tracks
from service.store.search_text import folded
from service.store.tables import Track

_USUALLY, _MOST_A_PAGE = 30, 200
_MOST_TRACKS = 500


def track_info(db_session: Session, call: Call) -> Node:
    """What the library has under this name, how often it was heard and whether it is loved."""
    call.check_user("username")
    track = _track(db_session, call)
    loved = thumbs_in_force(db_session, call.who.user_id).get(track.id) == "up"
    return track_node(track, _heard(db_session, call, "track", track.title, track.artist), is_loved=loved)


def artist_info(db_session: Session, call: Call) -> Node:
    """An artist of the library, and how often what is theirs was heard."""
    call.check_user("username")
    artist = find_artist(db_session, call.who.user_id, folded(_name(call, "artist")))
    return artist_node(artist.name, _heard(db_session, call, "artist", None, artist.name))


def album_info(db_session: Session, call: Call) -> Node:
    """An album of the library with its tracks, and how often something of it was heard."""
    call.check_user("username")
    key = key_for(_name(call, "album"), _name(call, "artist"))
    album = find_album(db_session, call.who.user_id, key)
    return album_node(
        album,
        songs_of_album(db_session, call.who.user_id, key),
        _heard(db_session, call, "album", album.name, album.artist),
    )


def track_similar(db_session: Session, call: Call) -> Node:
    """Tracks that sound like this one, with the cosines of their vectors."""
    return similar_tracks_node(_near(call, _track(db_session, call)))


def artist_similar(db_session: Session, call: Call) -> Node:
    """Artists one of whose tracks sounds like one of this artist's."""
    user_id, key = call.who.user_id, folded(_name(call, "artist"))
    find_artist(db_session, user_id, key)
    near = (_near(call, track, MOST_SIMILAR) for track in songs_of_artist(db_session, user_id, key, limit=1))
    found: dict[str, tuple[str, float]] = {}
    for track, cosine in (each for some in near for each in some):
        if track.artist_text not in ("", key):
            found.setdefault(track.artist_text, (track.artist or UNKNOWN_ARTIST, cosine))
    return similar_artists_node(list(found.values())[: page_of(call, most=_MOST_A_PAGE).size])


def track_search(db_session: Session, call: Call) -> Node:
    """Tracks of the library that have all of the words in their names."""
    words = " ".join(filter(None, (_name(call, "track"), call.parameters.get("artist", ""))))
    page = page_of(call, most=_MOST_A_PAGE, usually=_USUALLY)
    found = list_songs(db_session, call.who.user_id, query=_query(words), limit=page.size, offset=page.offset)
    told = [(track.title or "", track.artist or "") for track in found]
    return matches_node("track", words, page, told)


def artist_search(db_session: Session, call: Call) -> Node:
    """Artists of the library that have all of the words in their names."""
    words, page = _name(call, "artist"), page_of(call, most=_MOST_A_PAGE, usually=_USUALLY)
    found = list_all_artists(db_session, call.who.user_id, query=_query(words))
    told = [(artist.name, "") for artist in found[page.offset : page.offset + page.size]]
    return matches_node("artist", words, page, told)


def album_search(db_session: Session, call: Call) -> Node:
    """Albums of the library that have all of the words in their names."""
    words, page = _name(call, "album"), page_of(call, most=_MOST_A_PAGE, usually=_USUALLY)
    found = list_albums_by(
        db_session, call.who.user_id, "name", query=_query(words), limit=page.size, offset=page.offset
    )
    return matches_node("album", words, page, [(album.name, album.artist or "") for album in found])


def track_tags(db_session: Session, call: Call) -> Node:
    """The genre that the track's file names."""
    return tags_node(_genres([_track(db_session, call)]))


def artist_tags(db_session: Session, call: Call) -> Node:
    """The genres that the artist's files name."""
    user_id, key = call.who.user_id, folded(_name(call, "artist"))
    find_artist(db_session, user_id, key)
    return tags_node(_genres(songs_of_artist(db_session, user_id, key, limit=_MOST_TRACKS)))


def album_tags(db_session: Session, call: Call) -> Node:
    """The genres that the album's files name."""
    key = key_for(_name(call, "album"), _name(call, "artist"))
    find_album(db_session, call.who.user_id, key)
    return tags_node(_genres(songs_of_album(db_session, call.who.user_id, key)))


def track_correction(db_session: Session, call: Call) -> Node:
    """How the library writes it."""
    track = _track(db_session, call)
    return correction_node("track", track.title or "", track.artist or "")


def artist_correction(db_session: Session, call: Call) -> Node:
    """How the library writes the name."""
    return correction_node(
        "artist", find_artist(db_session, call.who.user_id, folded(_name(call, "artist"))).name
    )


def _track(db_session: Session, call: Call) -> Track:
    mbid = call.parameters.get("mbid", "")
    named = MBID.fullmatch(mbid) is None
    track_id = find_as_spelt(
        db_session,
        call.who.user_id,
        title=_name(call, "track") if named else "",
        artist=_name(call, "artist") if named else "",
        recording_mbid=None if named else mbid,
    )
    if track_id is None:
        raise NotFound("The library has no such track.", code="unknown_track")
    return db_session.get_one(Track, track_id)


def _near(call: Call, track: Track, most: int | None = None) -> list[tuple[Track, float]]:
    count = page_of(call, most=MOST_SIMILAR).size if most is None else most
    try:
        return nearest_tracks(parts().database, parts().settings, call.who.user_id, track.id, count)
    except (Conflict, NotPrepared):
        # The track, or none at all, was listened to by the encoder yet.
        return []


def _heard(db_session: Session, call: Call, kind: HeardKind, name: str | None, artist: str | None) -> int:
    return times_heard(db_session, call.who.user_id, kind, name or "", artist or "")


def _genres(tracks: Iterable[Track]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for track in tracks:
        if track.genre:
            counts[track.genre] = counts.get(track.genre, 0) + 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _name(call: Call, name: str) -> str:
    value = call.parameters.get(name, "").strip()
    if not value or not is_text(value):
        raise InvalidRequest(f"The parameter {name} is missing.", code="missing_name")
    return value


def _query(words: str) -> str | None:
    return words.replace('"', "").replace("*", " ").strip() or None
