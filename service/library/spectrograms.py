"""Pictures of the tones in a file, drawn by a decoder process and kept in the cache."""

import os

from service.library.cached_files import cached
from service.library.decoders import decoders
from service.library.track_files import file_missing
from service.settings import Settings

COLUMNS, ROWS = 900, 144
MOST_BYTES = 200_000_000


def spectrogram_png(settings: Settings, path: bytes, content_hash: str) -> bytes:
    """A PNG of the file's tones; ``content_hash``, hexadecimal digits, is what it is known by.

    Raises NotFound (``file_missing``) and AudioError.
    """

    def draw() -> bytes:
        if not os.path.lexists(path):
            raise file_missing()
        return decoders().spectrogram(path, columns=COLUMNS, rows=ROWS)

    return cached(settings.cache_dir / "spectrograms", f"{content_hash}.png", MOST_BYTES, draw)
