"""What a listener wants of one piece beyond the taste it is for; what they do not say is as the taste suggests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.compositions.instruments import BY_NAME, NONE, ROWS, names_for
from service.errors import InvalidRequest

SLOWEST_BPM, FASTEST_BPM = 50.0, 190.0


@dataclass(frozen=True)
class Wish:
    """A mood, a tempo and who plays.

    `valence` and `arousal` run from -1 to 1. `instruments` names, by row, one of `service.compositions.instruments`, or "none"
    for a row that is to rest.
    """

    valence: float | None = None
    arousal: float | None = None
    tempo_bpm: float | None = None
    instruments: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises InvalidRequest (``mood_out_of_range``, ``tempo_out_of_range``, ``unknown_instrument``)."""
        if any(value is not None and not -1.0 <= value <= 1.0 for value in (self.valence, self.arousal)):
            raise InvalidRequest(
                "A mood is two numbers from -1 to 1: how bright and how lively.", code="mood_out_of_range"
            )
        if self.tempo_bpm is not None and not SLOWEST_BPM <= self.tempo_bpm <= FASTEST_BPM:
            raise InvalidRequest(
                f"A tempo lies between {SLOWEST_BPM:.0f} and {FASTEST_BPM:.0f} beats a minute.",
                code="tempo_out_of_range",
            )
        for row, name in self.instruments.items():
            if row not in ROWS or name not in names_for(row):
                raise InvalidRequest(
                    "Each row is played by an instrument of its own list.", code="unknown_instrument"
                )

    @property
    def programs(self) -> dict[str, int | None]:
        """By row the General MIDI program that is to play it, None where it is to rest."""
        return {
            row: None if name == NONE else BY_NAME[name].program for row, name in self.instruments.items()
        }

    def over(self, other: "Wish") -> "Wish":
        """This wish, and what it leaves open from the other."""
        return Wish(
            valence=other.valence if self.valence is None else self.valence,
            arousal=other.arousal if self.arousal is None else self.arousal,
            tempo_bpm=other.tempo_bpm if self.tempo_bpm is None else self.tempo_bpm,
            instruments={**other.instruments, **self.instruments},
        )

    def to_payload(self) -> dict[str, Any] | None:
        """As plain JSON for a job; None where nothing is wanted."""
        wanted = {
            "valence": self.valence,
            "arousal": self.arousal,
            "tempo_bpm": self.tempo_bpm,
            "instruments": dict(self.instruments),
        }
        return wanted if any(value not in (None, {}) for value in wanted.values()) else None

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any] | None) -> "Wish":
        """Read what `to_payload` gave; raises what the constructor raises."""
        return cls(**(payload or {}))
