"""A piece as it is written down: its notes, and what was asked for when they were composed."""

from dataclasses import dataclass, replace

from generator.bars import METRES, transposition_to_frame
from generator.conditioning import TEMPO_RANGE_BPM, Conditioning
from generator.latents import metre_number
from generator.notes import Notes
from generator.sound.rendering import TAIL_SECONDS


@dataclass(frozen=True)
class Written:
    """Notes with the request that fits them; `loops` where the last bar leads back into the first instead of ending."""

    notes: Notes
    asked: Conditioning
    loops: bool = False

    @classmethod
    def of(cls, notes: Notes, asked: Conditioning, *, loops: bool = False) -> "Written":
        """Return the piece with its request made to fit: tempo, length and instruments are those of the notes.

        Raises ValueError where notes and request are not of one metre.
        """
        if METRES[metre_number(asked.metre)].patches != notes.beats_per_bar:
            raise ValueError(f"the notes are not in {asked.metre}, which the piece was asked to be in")
        low, high = TEMPO_RANGE_BPM
        played = {track.row: track.program for track in notes.tracks}
        fitted = replace(
            asked,
            tempo_bpm=min(max(notes.tempo_bpm, low), high),
            seconds=notes.duration_seconds + (0.0 if loops else TAIL_SECONDS),
            programs={**asked.programs, **played},
        )
        return cls(notes, fitted, loops)

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that play, in the order of `ROWS`."""
        return self.asked.rows

    @property
    def transposition(self) -> int:
        """The semitones that bring the piece into the key frame."""
        return transposition_to_frame(self.asked.key, self.asked.mode)

    def with_notes(self, notes: Notes) -> "Written":
        """Return the piece with other notes, its request made to fit them."""
        return Written.of(notes, self.asked, loops=self.loops)
