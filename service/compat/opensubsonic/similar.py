"""What sounds alike, and who is heard most."""

from collections.abc import Sequence

from flask import Response

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.ids import key_of, read_id
from service.compat.opensubsonic.methods import method
from service.compat.opensubsonic.parameters import needed, whole
from service.compat.opensubsonic.shapes import Shown, artists, songs
from service.errors import Conflict, NotFound
from service.http.authentication import viewer
from service.http.parts import parts
from service.library.albums import find_album, songs_of_album
from service.library.artists import artists_of, find_artist, songs_of_artist
from service.library.songs import songs_of
from service.listening.track_facts import most_played
from service.radio.paths import MOST_ON_PATH, sonic_path
from service.radio.similar import MOST_SIMILAR, nearest_tracks
from service.store.search_text import folded
from service.store.tables import Track

_SEEDS = 5
_LIKE_AN_ARTIST = 100


@method("getSimilarSongs", "library:read")
def get_similar_songs() -> Response:
    """Songs that sound like a song, an album or an artist."""
    return answer(similarSongs={"song": _similar()})


@method("getSimilarSongs2", "library:read")
def get_similar_songs_by_tags() -> Response:
    """As `get_similar_songs`; apps ask for an artist's here."""
    return answer(similarSongs2={"song": _similar()})


@method("getSonicSimilarTracks", "library:read")
def get_sonic_similar_tracks() -> Response:
    """Songs that sound like a song, with the cosines of their vectors."""
    count = _count("count", 10)
    found = nearest_tracks(
        parts().database, parts().settings, viewer().user_id, key_of(needed("id"), "song"), count
    )
    return _matches(found)


@method("findSonicPath", "library:read")
def find_sonic_path() -> Response:
    """Songs that lead from one to another."""
    start, end = key_of(needed("startSongId"), "song"), key_of(needed("endSongId"), "song")
    count = max(2, whole("count", 25, most=MOST_ON_PATH))
    return _matches(sonic_path(parts().database, parts().settings, viewer().user_id, start, end, count))


@method("getTopSongs", "library:read")
def get_top_songs() -> Response:
    """The songs of an artist that the listener plays most, then the others."""
    key, count, user_id = folded(needed("artist")), whole("count", 50, most=500), viewer().user_id
    with parts().database.session(read_only=True) as db_session:
        played = most_played(db_session, user_id, key, limit=count)
        others = [track.id for track in songs_of_artist(db_session, user_id, key, limit=count)]
        ids = list(dict.fromkeys([*played, *others]))[:count]
        return answer(topSongs={"song": songs(db_session, songs_of(db_session, user_id, ids))})


@method("getArtistInfo", "library:read")
def get_artist_info() -> Response:
    """Which artists sound alike; what others write about them is not fetched."""
    return answer(artistInfo={"similarArtist": _similar_artists()})


@method("getArtistInfo2", "library:read")
def get_artist_info_by_tags() -> Response:
    """As `get_artist_info`."""
    return answer(artistInfo2={"similarArtist": _similar_artists()})


def _similar() -> list[Shown]:
    found = _near(needed("id"), _count("count", 50))
    with parts().database.session(read_only=True) as db_session:
        return songs(db_session, found)


def _similar_artists() -> list[Shown]:
    given = needed("id")
    count, user_id = whole("count", 20, most=_LIKE_AN_ARTIST), viewer().user_id
    try:
        near = _near(given, _LIKE_AN_ARTIST)
    except Conflict:
        near = []
    item = read_id(given)
    keys = dict.fromkeys(track.artist_text for track in near if track.artist_text not in ("", item.key))
    with parts().database.session(read_only=True) as db_session:
        return artists(db_session, artists_of(db_session, user_id, list(keys)[:count]))


def _near(given: str, count: int) -> list[Track]:
    """Tracks near to the first of what the id names that was listened to by the encoder."""
    seeds = _seeds(given)
    for seed in seeds[:-1]:
        try:
            return _nearest(seed, count)
        except Conflict:
            continue
    return _nearest(seeds[-1], count)


def _nearest(seed: str, count: int) -> list[Track]:
    found = nearest_tracks(parts().database, parts().settings, viewer().user_id, seed, count)
    return [track for track, _ in found]


def _seeds(given: str) -> Sequence[str]:
    item, user_id = read_id(given), viewer().user_id
    if item.kind == "song":
        return [item.key]
    with parts().database.session(read_only=True) as db_session:
        if item.kind == "album":
            find_album(db_session, user_id, item.key)
            ids = [track.id for track in songs_of_album(db_session, user_id, item.key)]
        elif item.kind == "artist":
            find_artist(db_session, user_id, item.key)
            played = most_played(db_session, user_id, item.key, limit=_SEEDS)
            ids = [
                *played,
                *(track.id for track in songs_of_artist(db_session, user_id, item.key, limit=_SEEDS)),
            ]
            ids = [track.id for track in songs_of(db_session, user_id, ids)]
        else:
            raise Fault(Code.NOT_FOUND, "There is nothing of this id.")
    if not ids:
        raise NotFound("The artist has no track of their own.", code="unknown_track")
    return ids[:_SEEDS]


def _matches(found: Sequence[tuple[Track, float]]) -> Response:
    with parts().database.session(read_only=True) as db_session:
        shown = songs(db_session, [track for track, _ in found])
    matches = [
        {"entry": song, "similarity": round(cosine, 4)}
        for song, (_, cosine) in zip(shown, found, strict=True)
    ]
    return answer(sonicMatch=matches)


def _count(name: str, default: int) -> int:
    return max(1, whole(name, default, most=MOST_SIMILAR))
