"""All methods, in one blueprint."""

from service.compat.opensubsonic import (
    bookmarks,
    browsing,
    feedback,
    lists,
    media,
    nothing_of_it,
    old_search,
    playlists,
    similar,
    system,
    transcoding,
)
from service.compat.opensubsonic.methods import blueprint

__all__ = ["METHODS", "blueprint"]

METHODS = (
    system,
    browsing,
    lists,
    old_search,
    similar,
    media,
    transcoding,
    feedback,
    bookmarks,
    playlists,
    nothing_of_it,
)
"""The modules whose views are in the blueprint once they are imported."""
