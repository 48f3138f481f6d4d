"""Listens and thumbs in the shapes that ListenBrainz gives them."""

from typing import Any

from service.listening.scrobbles import msid_of
from service.store.tables import HeardNow, Listen, Thumb, Track, UnmatchedThumb

SCORES = {"up": 1, "down": -1}


def listen_answer(listen: Listen, name: str) -> dict[str, Any]:
    """One listen."""
    msid = msid_of(listen.track_id or listen.id)
    told = {
        "recording_msid": msid,
        "recording_mbid": listen.recording_mbid,
        "isrc": listen.isrc,
        "duration_ms": None if listen.track_seconds is None else round(listen.track_seconds * 1_000),
        "duration_played": listen.played_seconds,
        "submission_client": listen.source,
    }
    return {
        "listened_at": int(listen.listened_at.timestamp()),
        "recording_msid": msid,
        "user_name": name,
        "track_metadata": _metadata(listen.title, listen.artist, listen.album, told),
    }


def playing_answer(playing: HeardNow) -> dict[str, Any]:
    """What is heard now."""
    told = {
        "recording_mbid": playing.recording_mbid,
        "duration_ms": None if playing.track_seconds is None else round(playing.track_seconds * 1_000),
    }
    metadata = _metadata(playing.title, playing.artist, playing.album, told)
    return {"playing_now": True, "track_metadata": metadata}


def feedback_answer(thumb: Thumb, track: Track, name: str) -> dict[str, Any]:
    """A thumb on a track of the library."""
    metadata = _metadata(track.title or "", track.artist or "", track.album, {})
    return {
        "created": int(thumb.created_at.timestamp()),
        "recording_mbid": track.recording_mbid,
        "recording_msid": msid_of(track.id),
        "score": SCORES[thumb.value],
        "user_id": name,
        "track_metadata": metadata,
    }


def unmatched_feedback_answer(thumb: UnmatchedThumb, name: str) -> dict[str, Any]:
    """A thumb that waits for its track."""
    return {
        "created": int(thumb.created_at.timestamp()),
        "recording_mbid": thumb.recording_mbid,
        "recording_msid": None,
        "score": SCORES[thumb.value],
        "user_id": name,
        "track_metadata": _metadata(thumb.title, thumb.artist, None, {}) if thumb.title else None,
    }


def _metadata(title: str, artist: str, album: str | None, told: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "track_name": title,
        "artist_name": artist,
        "additional_info": {name: value for name, value in told.items() if value is not None},
    }
    return metadata | ({"release_name": album} if album else {})
