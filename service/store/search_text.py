"""Text as it is searched and sorted: without case, accents and doubled spaces, so that "bjork" finds "Björk"."""

import unicodedata

# An entry of PostgreSQL's indexes takes 2,700 bytes, and a character up to 4 of them.
MOST_CHARACTERS = 200


def folded(text: str | None) -> str:
    """The text in small letters without accents, one space between words, at most 200 characters."""
    parts = unicodedata.normalize("NFKD", (text or "").casefold())
    return " ".join("".join(each for each in parts if not unicodedata.combining(each)).split())[
        :MOST_CHARACTERS
    ]


def track_text(title: str | None, artist: str | None, album: str | None) -> str:
    """What a track is found and sorted by: a line for each of the three, the title first."""
    return f"{folded(title)}\n{folded(artist)}\n{folded(album)}"


def album_text(album: str | None, album_artist: str | None, artist: str | None) -> str:
    """What an album is found and sorted by: its name and whose it is; "" for tracks of no album."""
    return f"{folded(album)}\n{folded(album_artist or artist)}" if folded(album) else ""
