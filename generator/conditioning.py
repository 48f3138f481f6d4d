"""What the generator is asked for."""

import json
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any

from generator.bars import METRES
from generator.emotion_map import MusicalMood, coloured_program, playing_rows
from generator.notes import DRUM_PROGRAM, ROWS

STYLE_DIMENSIONS = 24
"""Numbers in a symbolic style vector (see `generator.taste.style`)."""

TEMPO_RANGE_BPM = (50.0, 190.0)

LONGEST_SECONDS = 3600.0
"""Beyond this one request would hold more sound in memory than a small machine has."""

LARGEST_GUIDANCE = 20.0

SHARES = ("density", "register", "articulation", "dynamics", "brightness", "drum_intensity", "mixture")
"""What a request names from 0 to 1."""


@dataclass(frozen=True)
class Conditioning:
    """One request to the generator.

    `style` is the mean symbolic vector of the anchors (24 numbers, see `generator.taste.anchors`); `programs` gives each row
    that plays its General MIDI program (128 = drums). `key` is a pitch class, 0 = C. Density, register, articulation,
    dynamics, brightness and drum intensity run from 0 to 1 and .5 is neutral; `mixture`, also 0 to 1, is how much the mode
    borrows from the other one (see `generator.emotion_map`). `textures` are anchors: from the first one's accompaniment
    all sections begin (see `generator.taste.textures`), noised to `texture_level` (0: played as it was written, under other chords;
    1: composed anew), and from the phrases of all their tunes.
    """

    seconds: float
    tempo_bpm: float
    key: int
    mode: str
    style: tuple[float, ...]
    programs: dict[str, int]
    density: float = 0.5
    register: float = 0.5
    articulation: float = 0.5
    dynamics: float = 0.5
    brightness: float = 0.5
    drum_intensity: float = 0.5
    mixture: float = 0.0
    metre: str = "4/4"
    guidance_scale: float = 3.0
    textures: tuple[int, ...] = ()
    texture_level: float = 0.0
    credits: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a request that no engine can follow; raises ValueError with one clear sentence."""
        if not 0 < self.seconds <= LONGEST_SECONDS:
            raise ValueError(f"a composition lasts up to {LONGEST_SECONDS:.0f} s, got {self.seconds}")
        if not TEMPO_RANGE_BPM[0] <= self.tempo_bpm <= TEMPO_RANGE_BPM[1]:
            raise ValueError(f"tempo must lie between {TEMPO_RANGE_BPM[0]} and {TEMPO_RANGE_BPM[1]} bpm")
        if self.mode not in ("major", "minor"):
            raise ValueError(f"mode must be 'major' or 'minor', got {self.mode!r}")
        if self.key not in range(12):
            raise ValueError(f"key must be a pitch class from 0 to 11, got {self.key}")
        if self.metre not in {metre.name for metre in METRES}:
            raise ValueError(f"metre must be one of {[metre.name for metre in METRES]}, got {self.metre!r}")
        self._check_style()
        self._check_programs()
        self._check_shares()
        self._check_textures()

    def _check_style(self) -> None:
        if len(self.style) != STYLE_DIMENSIONS:
            raise ValueError(f"a style vector has {STYLE_DIMENSIONS} numbers, got {len(self.style)}")
        if not all(isfinite(number) for number in self.style):
            raise ValueError("a style vector holds finite numbers only")
        if not 0 <= self.guidance_scale <= LARGEST_GUIDANCE:
            raise ValueError(
                f"guidance must lie between 0 and {LARGEST_GUIDANCE:.0f}, got {self.guidance_scale}"
            )

    def _check_programs(self) -> None:
        unknown = set(self.programs) - set(ROWS)
        if unknown or not self.programs:
            raise ValueError(f"programs must name rows among {ROWS}, got {sorted(self.programs)}")
        for row, program in self.programs.items():
            if program not in ((DRUM_PROGRAM,) if row == "drums" else range(DRUM_PROGRAM)):
                raise ValueError(
                    f"a program is a number from 0 to 127, and {DRUM_PROGRAM} for drums: {row} got {program}"
                )

    def _check_shares(self) -> None:
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)}")

    def _check_textures(self) -> None:
        if not 0 <= self.texture_level <= 1 or any(number < 0 for number in self.textures):
            raise ValueError("a texture is an anchor's number, and its level lies between 0 and 1")

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that play, in the order of `ROWS`."""
        return tuple(row for row in ROWS if row in self.programs)

    def with_mood(self, mood: MusicalMood) -> "Conditioning":
        """Return the same request in another mood, its tempo kept inside the range the engines know."""
        low, high = TEMPO_RANGE_BPM
        return replace(
            self,
            tempo_bpm=min(max(self.tempo_bpm * mood.tempo_factor, low), high),
            mode=mood.mode,
            density=mood.density,
            register=mood.register,
            articulation=mood.articulation,
            dynamics=mood.dynamics,
            brightness=mood.brightness,
            drum_intensity=mood.drum_intensity,
            mixture=mood.mixture,
        )

    def with_band(self, mood: MusicalMood) -> "Conditioning":
        """Return the same request with the mood's layers playing, on the darker or brighter instruments of their kind."""
        playing = playing_rows(self.programs, mood.fullness)
        coloured = {row: coloured_program(program, mood.brightness) for row, program in playing.items()}
        return replace(self, programs=coloured)

    def to_json(self) -> str:
        """Return the request as JSON; `from_json` gives an equal one back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Conditioning":
        """Read what `to_json` wrote. Raises ValueError where it asks for something impossible."""
        stored: Any = json.loads(text)
        try:
            lists = {name: tuple(stored.get(name, ())) for name in ("style", "credits", "textures")}
            return cls(**{**stored, **lists})
        except (AttributeError, TypeError) as error:
            raise ValueError(f"this is no request to the generator: {error}") from error
