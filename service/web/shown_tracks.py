"""Tracks as pages show them: as every answer does, with names that fit on a page."""

from typing import Any

from service.http.track_json import track_json
from service.store.tables import Track

LONGEST_NAME = 300
"""Tags hold texts of any length; what is longer is cut here, and nowhere else."""


def shown(track: Track, thumb: str | None = None) -> dict[str, Any]:
    """As `track_json`, for pages."""
    told = track_json(track, thumb)
    return told | {name: cut(told[name]) for name in ("title", "artist", "album")}


def cut(name: str | None) -> str | None:
    """A name as far as a page shows it."""
    return name if name is None or len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
