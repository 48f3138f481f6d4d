"""Tracks whose tempo, key or mood somebody else has told: by tags, by a table, or by the package they come in."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "immich-memories-music"
_PACKAGE_MODULE = "immich_memories_music"
_PACKAGE_LIST = "LICENSE-MUSIC"
_PACKAGE_LINE = re.compile(r"^\s+(\w+\.opus)\s+(\d+) bpm\s+([A-G][#b]? (?:major|minor))", re.MULTILINE)

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"([A-Ga-g])\s*([#b♯♭]?)\s*(major|maj|minor|min|moll|dur|m)?", re.IGNORECASE)
_WHEEL = re.compile(r"(1[0-2]|[1-9])\s*([ABdm])", re.IGNORECASE)
_SLOWEST_BPM, _FASTEST_BPM = 30.0, 300.0


@dataclass(frozen=True)
class Known:
    """What is told of a track: beats a minute, tonic (0 = C) and mode ("major", "minor"); None is what is not."""

    bpm: float | None = None
    tonic: int | None = None
    mode: str | None = None


@dataclass(frozen=True)
class PackagedTrack:
    """A track of the package: its file, what its makers asked for, a word for its mood, and whether it is electronic."""

    path: Path
    known: Known
    mood: str
    is_electronic: bool


def known_from_tags(bpm: str | None, key: str | None) -> Known:
    """What tags as written say; an impossible tempo and a key that is none are left out."""
    tonic, mode = parse_key(key or "")
    return Known(_parse_bpm(bpm or ""), tonic, mode)


def parse_key(text: str) -> tuple[int | None, str | None]:
    """Reads "F# minor", "Bbm", "C", and the wheels of disc jockeys ("8A", "1m"); (None, None) for anything else."""
    if wheel := _WHEEL.fullmatch(text.strip()):
        return _on_wheel(int(wheel[1]), wheel[2])
    match = _KEY.fullmatch(text.strip())
    if match is None:
        return None, None
    tonic = (_STEPS[match[1].upper()] + {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2], 0)) % 12
    mode = match[3] or ""
    # A lone small letter behind the note means minor, a large one major.
    is_minor = mode == "m" or mode.lower() in ("minor", "min", "moll")
    return tonic, "minor" if is_minor else "major"


def packaged_tracks() -> list[PackagedTrack]:
    """The 28 tracks of `immich-memories-music` where it is installed, else none.

    Their tempo, key and mood are what a machine composer was asked for: mostly, not always, what it played.
    """
    spec = find_spec(_PACKAGE_MODULE)
    if spec is None or spec.origin is None:
        return []
    told = dict(_told_by_package())
    return [
        PackagedTrack(path, told.get(path.name, Known()), path.parent.name, "_electronic_" in path.name)
        for path in sorted((Path(spec.origin).parent / "tracks").glob("*/*.opus"))
    ]


def _told_by_package() -> list[tuple[str, Known]]:
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        return []
    lists = [Path(str(file.locate())) for file in files if file.name == _PACKAGE_LIST]
    text = lists[0].read_text(encoding="utf-8") if lists else ""
    return [(name, Known(float(bpm), *parse_key(key))) for name, bpm, key in _PACKAGE_LINE.findall(text)]


def _on_wheel(hour: int, ring: str) -> tuple[int, str]:
    """Camelot ("8B" is C major) or Open Key ("1d" is C major): an hour on is a fifth up."""
    hour = hour - 8 if ring.upper() in "AB" else hour - 1
    is_minor = ring.upper() in ("A", "M")
    return ((9 if is_minor else 0) + 7 * hour) % 12, "minor" if is_minor else "major"


def _parse_bpm(text: str) -> float | None:
    try:
        bpm = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return bpm if _SLOWEST_BPM <= bpm <= _FASTEST_BPM else None
