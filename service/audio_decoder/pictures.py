"""Cover pictures, from tags or from files beside the music, made small. Nothing here trusts their sizes."""

import base64
import io
import os
import stat
from collections.abc import Iterator
from typing import Any

import mutagen
from mutagen.flac import Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags
from PIL import Image, ImageOps

from service.audio_decoder.reading import UnreadableError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
MOST_BYTES = 40_000_000
FRONT_COVER = 3  # among the picture types of ID3, which FLAC and Vorbis share
PAPER = (24, 24, 27)
WEBP_QUALITY = 82


def embedded_picture(path: bytes) -> bytes | None:
    """The bytes of the front cover in a file's tags, or of whatever picture comes first; None when there is none.

    Broken tags are no picture: mutagen raises almost anything on hostile ones, MemoryError included.
    """
    try:
        file = mutagen.File(path)
        found = [] if file is None else list(_pictures(file))
    except Exception:  # noqa: BLE001  # whatever a broken tag raises, the track may still be good
        return None
    # False sorts first, and sorting keeps the order of equals.
    return min(found, key=lambda each: each[0] != FRONT_COVER)[1] if found else None


def read_picture(path: bytes) -> bytes:
    """The bytes of a picture file. Raises UnreadableError, or OSError when it cannot be opened."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not_a_file", "It is not a regular file.")
        if status.st_size > MOST_BYTES:
            raise UnreadableError("unreadable_picture", "The picture is too large.")
        return file.read(MOST_BYTES)


def reduced(content: bytes, side_pixels: int) -> bytes:
    """A square WebP of at most ``side_pixels``, cut from the middle, without anything the picture said beside itself.

    Raises UnreadableError for other formats than JPEG, PNG and WebP and for more than 40 million pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadableError("unreadable_picture", "The picture has too many pixels.")
            # JPEG can be decoded at an eighth of its size, which is quicker by far.
            picture.draft("RGB", (2 * side_pixels, 2 * side_pixels))
            upright = ImageOps.exif_transpose(picture)
            side = min(side_pixels, *upright.size)
            fitted = ImageOps.fit(_opaque(upright), (side, side), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableError("unreadable_picture", "It is not a picture that can be read.") from error
    file = io.BytesIO()
    fitted.save(file, "WEBP", quality=WEBP_QUALITY)
    return file.getvalue()


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, PAPER)
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("RGB")


def _pictures(file: Any) -> Iterator[tuple[int, bytes]]:
    """Each picture's type, by ID3's numbers, and its bytes."""
    for picture in getattr(file, "pictures", ()):
        yield picture.type, picture.data
    if isinstance(file.tags, ID3):
        for frame in file.tags.getall("APIC"):
            yield int(frame.type), frame.data
    elif isinstance(file.tags, MP4Tags):
        for cover in file.tags.get("covr", []):
            yield FRONT_COVER, bytes(cover)
    elif file.tags is not None:
        for block in file.tags.get("metadata_block_picture", []):
            picture = Picture(base64.b64decode(str(block)))
            yield picture.type, picture.data
