"""The demo's library: a folder with the 28 tracks of `immich-memories-music`, named and tagged, and rendered scores."""

import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mutagen.oggopus

from service.errors import NotPrepared

_PACKAGE = "immich_memories_music"
ALBUM = "Immich Memories: bundled music"


@dataclass(frozen=True)
class PackageTrack:
    """One track of the package: its file, and what to call it; the files themselves carry no names."""

    source: Path
    title: str
    artist: str

    @property
    def slug(self) -> str:
        """What listeners' habits call it: mood, kind and number."""
        return self.source.stem

    @property
    def file_name(self) -> str:
        """What the tagged copy is called."""
        return f"{self.slug}.opus"

    @property
    def seconds(self) -> float:
        """How long it is."""
        audio: Any = mutagen.oggopus.OggOpus(self.source)
        return float(audio.info.length)


def require_demo_packages() -> None:
    """Raise NotPrepared (``demo_not_installed``) where the extra is missing."""
    if find_spec(_PACKAGE) is None or find_spec("music21") is None:
        raise NotPrepared(
            "The demo's music is not installed: run `pip install homespun[demo]`.", code="demo_not_installed"
        )


def package_tracks() -> list[PackageTrack]:
    """The tracks of the package, named after mood and kind, and numbered within them.

    Each mood and kind counts as an artist: one artist for all 28 would leave room for two of them in a list.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise NotPrepared(
            "The demo's music is not installed: run `pip install homespun[demo]`.", code="demo_not_installed"
        )
    numbers: dict[str, int] = {}
    tracks = []
    for source in sorted((Path(spec.origin).parent / "tracks").glob("*/*.opus")):
        mood, kind = source.stem.split("_")[:2]
        artist = f"Immich Memories ({mood}, {kind})"
        numbers[artist] = numbers.get(artist, 0) + 1
        tracks.append(PackageTrack(source, f"{mood.capitalize()} {kind} no. {numbers[artist]}", artist))
    return tracks


def tagged_copy(track: PackageTrack) -> bytes:
    """The track's file with its names in it; the same bytes whenever it is asked."""
    buffer = io.BytesIO(track.source.read_bytes())
    audio = mutagen.oggopus.OggOpus(buffer)
    audio["title"] = track.title
    audio["artist"] = track.artist
    audio["album"] = ALBUM
    audio["genre"] = track.slug.split("_")[1]
    audio["copyright"] = "MIT"
    audio["comment"] = "Made with ACE-Step 1.5 by the Immich Memories contributors"
    buffer.seek(0)
    audio.save(buffer)
    return buffer.getvalue()
