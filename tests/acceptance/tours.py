"""What each client is asked to do, in its own words. A tour leaves the house as it found it."""

from collections.abc import Callable
from typing import Protocol

FEATURES = (
    "signs in",
    "browses",
    "lists albums",
    "searches",
    "streams",
    "seeks by range",
    "transcodes",
    "shows covers",
    "gives thumbs",
    "keeps playlists",
    "keeps the queue",
    "keeps bookmarks",
    "scrobbles",
    "finds what sounds alike",
    "shows what was composed",
)
"""Every client is asked for each; a tour has a method for what its client offers."""

ALBUM_LISTS = (
    "random",
    "newest",
    "frequent",
    "recent",
    "starred",
    "highest",
    "alphabeticalByName",
    "alphabeticalByArtist",
)
COMPOSED_FOLDER = 2


class Tour(Protocol):
    """A client that is signed in."""

    def close(self) -> None:
        """Its connections are closed."""


def step_of(tour: Tour, feature: str) -> Callable[[], None] | None:
    """What the client does for this feature; None where it has nothing for it."""
    return getattr(tour, feature.replace(" ", "_"), None)
