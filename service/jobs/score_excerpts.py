"""What the rendering of scores is asked for; light, for whoever asks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ScoreExcerpt:
    """A few bars of one score, and how they sound.

    `parts` gives each part of the score, from the top, a row of the mix and a General MIDI program; `chords` does so
    for chord symbols. `terms` is what the composition and its encoding may be used under, `stated` the words in the
    file that say so.
    """

    slug: str
    corpus_path: str
    title: str
    composer: str
    terms: str
    stated: str
    first_bar: int
    bars: int
    quarters_per_minute: float
    parts: tuple[tuple[str, int], ...]
    chords: tuple[str, int] | None = None

    @property
    def album(self) -> str:
        """What the excerpts count as together."""
        return "Scores of the music21 corpus"

    @property
    def file_name(self) -> str:
        """What the rendered excerpt is called."""
        return f"{self.slug}.flac"
