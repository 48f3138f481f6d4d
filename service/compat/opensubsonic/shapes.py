"""Songs, albums, artists and playlists as the API writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.compat.opensubsonic.ids import album_id, artist_id
from service.compositions.labels import disclosure_for
from service.http.authentication import viewer
from service.http.media_responses import SUFFIXES, own_mimetype
from service.library.albums import Album, album_key_of
from service.library.artists import UNKNOWN_ARTIST, Artist
from service.listening.favourites import favourites
from service.listening.track_facts import NOTHING_DONE, TrackFacts, facts_of
from service.radio.reasons import display_title
from service.store.search_text import folded
from service.store.tables import Track

Shown = dict[str, Any]
# Thumbs as stars: what an app shows, and what it is taken for when an app sets it.
_RATINGS = {"up": 5, "down": 1}


def moment(when: datetime | None) -> str | None:
    """As ISO 8601, in UTC, to the millisecond."""
    return (
        None
        if when is None
        else when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def songs(db_session: Session, tracks: Sequence[Track]) -> list[Shown]:
    """Tracks as songs, with what the listener did with them."""
    done = facts_of(db_session, viewer().user_id, [track.id for track in tracks])
    return [song(track, done.get(track.id, NOTHING_DONE)) for track in tracks]


def song(track: Track, done: TrackFacts = NOTHING_DONE) -> Shown:
    """A track as a song. Its path is made of names: where files lie is nobody's business."""
    album_key = album_key_of(track)
    artist = track.artist or UNKNOWN_ARTIST
    album_artist = track.album_artist or artist
    mimetype = own_mimetype(track)
    suffix = SUFFIXES.get(mimetype, "wma")
    is_composed = track.origin == "composed"
    title = display_title(track)
    return {
        "id": track.id,
        "parent": album_id(album_key),
        "isDir": False,
        "title": title,
        "album": track.album,
        "artist": artist,
        "track": track.track_number,
        "year": track.year,
        "genre": track.genre,
        "coverArt": track.id if is_composed or not track.album_text else album_id(album_key),
        "size": track.size_bytes,
        "contentType": mimetype,
        "suffix": suffix,
        "duration": round(track.duration_seconds),
        "bitRate": round(track.bit_rate / 1000) if track.bit_rate else None,
        "samplingRate": track.sample_rate,
        "channelCount": track.channels,
        "path": "/".join(_as_name(part) for part in (album_artist, track.album, f"{title}.{suffix}") if part),
        "isVideo": False,
        "userRating": _RATINGS.get(done.thumb or ""),
        "starred": moment(done.thumbed_at) if done.thumb == "up" else None,
        "playCount": done.plays,
        "played": moment(done.played_at),
        "discNumber": track.disc_number,
        "created": moment(track.created_at),
        "albumId": album_id(album_key),
        "artistId": artist_id(track.artist_text),
        "type": "music",
        "mediaType": "song",
        "comment": disclosure_for(viewer().name) if is_composed else None,
        "sortName": track.track_text.partition("\n")[0],
        "musicBrainzId": track.recording_mbid,
        "isrc": [track.isrc] if track.isrc else [],
        "genres": [{"name": track.genre}] if track.genre else [],
        "artists": [{"id": artist_id(track.artist_text), "name": artist}],
        "displayArtist": artist,
        "albumArtists": [
            {"id": artist_id(folded(track.album_artist) or track.artist_text), "name": album_artist}
        ],
        "displayAlbumArtist": album_artist,
        "contributors": [],
        "moods": [],
        "replayGain": {} if track.gain_db is None else {"trackGain": round(track.gain_db, 2)},
        "groupings": ["ai-generated"] if is_composed else [],
    }


def albums(db_session: Session, found: Sequence[Album]) -> list[Shown]:
    """Albums with what they are marked as."""
    marked = favourites(db_session, viewer().user_id, "album")
    return [album(each, marked.get(each.key)) for each in found]


def album(found: Album, starred_at: datetime | None = None) -> Shown:
    """An album by its tags."""
    artist = found.artist or UNKNOWN_ARTIST
    return {
        "id": album_id(found.key),
        "name": found.name,
        "artist": artist,
        "artistId": artist_id(found.artist_key),
        "coverArt": album_id(found.key),
        "songCount": found.songs,
        "duration": round(found.seconds),
        "created": moment(found.added_at),
        "starred": moment(starred_at),
        "userRating": 5 if starred_at else None,
        "year": found.year,
        "genre": found.genre,
        "genres": [{"name": found.genre}] if found.genre else [],
        "artists": [{"id": artist_id(found.artist_key), "name": artist}],
        "displayArtist": artist,
        "sortName": found.key.partition("\n")[0],
    }


def album_folders(db_session: Session, found: Sequence[Album]) -> list[Shown]:
    """Albums as folders, for apps that look at a library so."""
    return [
        {
            "id": shown["id"],
            "parent": shown["artistId"],
            "isDir": True,
            "title": shown["name"],
            "name": shown["name"],
            "album": shown["name"],
            **{
                name: shown[name]
                for name in (
                    "artist",
                    "artistId",
                    "coverArt",
                    "songCount",
                    "duration",
                    "created",
                    "starred",
                    "userRating",
                )
            },
            "year": shown["year"],
            "genre": shown["genre"],
            "mediaType": "album",
        }
        for shown in albums(db_session, found)
    ]


def artists(db_session: Session, found: Sequence[Artist]) -> list[Shown]:
    """Artists with what they are marked as."""
    marked = favourites(db_session, viewer().user_id, "artist")
    return [artist(each, marked.get(each.key)) for each in found]


def artist(found: Artist, starred_at: datetime | None = None) -> Shown:
    """An artist."""
    return {
        "id": artist_id(found.key),
        "name": found.name,
        "coverArt": artist_id(found.key),
        "albumCount": found.albums,
        "starred": moment(starred_at),
        "userRating": 5 if starred_at else None,
        "sortName": found.key,
    }


def _as_name(part: str) -> str:
    return part.replace("/", "_")
