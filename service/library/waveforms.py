"""The outline of a track's sound, for players to draw; and how loud it is, which the same look at it tells."""

import json
import os
from pathlib import Path

from service.audio import AudioMeasures
from service.library.cached_files import cached, cached_path
from service.library.decoders import decoders
from service.library.track_files import file_missing
from service.settings import Settings
from service.store.tables import Track

PARTS = 600
MOST_BYTES = 300_000_000


def peaks(settings: Settings, track: Track) -> list[float]:
    """The highest sample, 0 to 1, of each of about 600 equal parts of the track.

    Raises NotFound (``file_missing``) and AudioError.
    """
    return peaks_of_file(settings, track.path, track.content_hash)


def peaks_of_file(settings: Settings, path: bytes, content_hash: str) -> list[float]:
    """As `peaks`, of a file that is no track's; ``content_hash``, hexadecimal digits, is what it is known by."""

    def measure() -> bytes:
        if not path or not os.path.lexists(path):
            raise file_missing()
        return _content(decoders().measure(path, parts=PARTS).peaks)

    content = cached(_folder(settings.cache_dir), _name(content_hash), MOST_BYTES, measure)
    found: list[float] = json.loads(content)
    return found


def keep_peaks(cache_dir: Path, content_hash: str, measures: AudioMeasures) -> None:
    """Keep what was measured already, so that nobody waits for it later."""
    name = _name(content_hash)
    cached(_folder(cache_dir), name, MOST_BYTES, lambda: _content(measures.peaks))


def kept_peaks(cache_dir: Path, content_hash: str) -> Path:
    """Where they are kept, if they are."""
    return cached_path(_folder(cache_dir), _name(content_hash))


def _folder(cache_dir: Path) -> Path:
    return cache_dir / "waveforms"


def _name(content_hash: str) -> str:
    return f"{content_hash}.json"


def _content(found: list[float]) -> bytes:
    return json.dumps([round(each, 3) for each in found], separators=(",", ":")).encode("ascii")
