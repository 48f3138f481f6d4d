"""A track's cover in three sizes: from its tags, from beside its file, or drawn."""

import hashlib
import os
import stat
from pathlib import Path

from service.audio import AudioError
from service.errors import InvalidRequest
from service.library.cached_files import cached, cached_path
from service.library.decoders import decoders
from service.library.drawn_covers import draw_cover
from service.settings import Settings
from service.store.tables import Track

SIZES_PIXELS = (96, 320, 640)
MIMETYPE = "image/webp"
MOST_BYTES = 500_000_000
# What programs that keep music in folders call the picture beside it; of each, the first that is there counts.
BESIDE = tuple(
    f"{name}.{suffix}"
    for name in ("cover", "folder", "front", "Cover", "Folder", "Front")
    for suffix in ("jpg", "png", "jpeg", "webp")
)


def cover_bytes(settings: Settings, track: Track, size: int) -> tuple[bytes, str]:
    """A square picture of at most ``size`` pixels, and its media type; there always is one.

    Raises InvalidRequest (``bad_cover_size``) for sizes other than 96, 320 and 640.
    """
    if size not in SIZES_PIXELS:
        sizes = ", ".join(map(str, SIZES_PIXELS))
        raise InvalidRequest(f"A cover's size is one of {sizes}.", code="bad_cover_size")
    beside, changed_ns = _beside(track.path)
    content = cached(
        _folder(settings),
        _name(track, beside, changed_ns, size),
        MOST_BYTES,
        lambda: _found(track.path, beside, size) or draw_cover(_shown_name(track), size),
    )
    return content, MIMETYPE


def kept_covers(settings: Settings, track: Track) -> list[Path]:
    """Where the track's covers are kept, if they are."""
    beside, changed_ns = _beside(track.path)
    return [cached_path(_folder(settings), _name(track, beside, changed_ns, size)) for size in SIZES_PIXELS]


def _folder(settings: Settings) -> Path:
    return settings.cache_dir / "covers"


def _found(path: bytes, beside: Path | None, size: int) -> bytes | None:
    """A broken picture is none: the next one is tried."""
    try:
        embedded = decoders().embedded_picture(path, side_pixels=size)
    except AudioError:
        embedded = None
    if embedded is not None or beside is None:
        return embedded
    try:
        return decoders().picture(beside, side_pixels=size)
    except AudioError:
        return None


def _beside(path: bytes) -> tuple[Path | None, int]:
    """A picture in the track's own folder and when it was changed; links, which may lead elsewhere, do not count."""
    folder = Path(os.fsdecode(path)).parent
    for name in BESIDE:
        try:
            status = (folder / name).lstat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            return folder / name, status.st_mtime_ns
    return None, 0


def _name(track: Track, beside: Path | None, changed_ns: int, size: int) -> str:
    """Another picture, in the tags or beside the file, has another name, so that nothing outdated is shown."""
    known_by = (track.content_hash, track.modified_ns, str(beside), changed_ns, _shown_name(track))
    return f"{hashlib.sha256(repr(known_by).encode()).hexdigest()[:32]}-{size}.webp"


def _shown_name(track: Track) -> str:
    if track.album:
        return f"{track.album_artist or track.artist} {track.album}"
    return f"{track.artist} {track.title}"
