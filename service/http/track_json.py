"""A track as every answer shows it."""

from typing import Any

from service.radio.reasons import display_title
from service.store.tables import Track


def track_json(track: Track, thumb: str | None = None) -> dict[str, Any]:
    """As plain JSON; ``thumb`` is the asking listener's: "up", "down" or None.

    What belongs to it lies below its own address: ``tracks/{id}/stream``, ``cover``, ``waveform``.
    """
    return {
        "id": track.id,
        "title": display_title(track),
        "artist": track.artist,
        "album": track.album,
        "duration_seconds": track.duration_seconds,
        "origin": track.origin,
        "gain_db": track.gain_db,
        "thumb": thumb,
    }
