"""What the guard against copies found in a piece, as the desk shows it."""

from dataclasses import dataclass

from service.compositions.review import ReviewItem

# By the names that screening measures under: what is told of, and how the sentence of its fault begins.
_STREAMS = {"tune": ("Tune", "repeats a tune"), "chords": ("Chords", "repeats a run of chords")}


@dataclass(frozen=True)
class Repeats:
    """What a piece has in common with the training works: its longest unbroken passage and the share of all passages.

    ``seconds`` is how long that passage lasts, where the tempo is known; ``is_too_long`` what screening found of it.
    """

    name: str
    beats: float
    seconds: float | None
    share: float
    is_too_long: bool


def repeats_of(item: ReviewItem) -> list[Repeats]:
    """A row for the tune and one for the chords; none for a piece that was made before there was a guard."""
    tempo_bpm = item.asked.get("tempo_bpm")
    return [
        Repeats(
            name=name,
            beats=item.measured[f"repeated_{stream}_beats"],
            seconds=item.measured[f"repeated_{stream}_beats"] * 60.0 / tempo_bpm if tempo_bpm else None,
            share=item.measured.get(f"repeated_{stream}_share", 0.0),
            is_too_long=any(failure.startswith(fault) for failure in item.failures),
        )
        for stream, (name, fault) in _STREAMS.items()
        if f"repeated_{stream}_beats" in item.measured
    ]
