"""How a mood becomes music: valence and arousal turned into musical means.

The means and their directions are those on which listening experiments agree (A. Gabrielsson and E. Lindstroem, "The role of
structure in the musical expression of emotions", Handbook of Music and Emotion, 2010; T. Eerola, A. Friberg and R. Bresin,
"Emotional expression in music: contribution, linearity, and additivity of primary musical cues", Frontiers in Psychology 4:487,
2013; P. Juslin and E. Lindstroem, "Musical expression of emotions: modelling listeners' judgements of composed and performed
features", Music Analysis 29, 2010): fast, dense, detached, loud, bright and driving music excites; major mode, a higher
register, speed and a lighter timbre please. Eerola et al. find that the means add up and act linearly, so each is one straight
line in valence and arousal. Tempo is a factor, straight in octaves, as tempo is heard.

Which arrangement the means meet is not the mood's business: it moves what the listener's taste asks for, and does not replace it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generator.notes import DRUM_PROGRAM, ROWS

TEMPO_OCTAVES_OF_AROUSAL, TEMPO_OCTAVES_OF_VALENCE = 0.60, 0.05
"""More than half an octave either way: tempo tells arousal more than anything else does, and excited music has more than twice the
tempo of calm."""

MIXTURE_REACH = 0.5
"""Within so much of zero valence, a mode borrows from the other."""

_ROW_NEEDS_FULLNESS = {"lead": 0.0, "pad": 0.0, "bass": 0.12, "comp": 0.2, "drums": 0.3}
"""From which fullness on a row plays: what carries the tune first, what drives last (arousal -1 has a fullness of 0, 1 of 1)."""

_FEWEST_PITCHED_ROWS = 2

# Programs of one kind of instrument, dark to bright by the spectral centroid of four middle notes in the font that `pretty_midi`
# installs. Neighbours are exchanged, kinds are not: a guitar stays a guitar.
_DARK_TO_BRIGHT = (
    (0, 1), (4, 5), (11, 12, 13), (20, 19), (24, 25), (26, 27), (29, 30), (35, 33, 34), (39, 38), (49, 48), (51, 50),
    (53, 52), (60, 57, 56), (63, 62), (65, 64), (71, 68), (79, 73), (89, 88),
)  # fmt: skip
DARK, BRIGHT = 0.3, 0.7
"""Below and above these, a program gives way to its darker or brighter neighbour."""


@dataclass(frozen=True)
class MusicalMood:
    """The musical means a mood asks for.

    A factor on tempo; a mode and how much it borrows from the other (`mixture`, 0 to 1); and quantities from 0 to 1 of which
    .5 is usual: note density, register, articulation (0 legato, 1 staccato), dynamics (level and range), brightness of timbre,
    intensity of the drums, and fullness (how many rows play).
    """

    tempo_factor: float
    mode: str
    mixture: float
    density: float
    register: float
    articulation: float
    dynamics: float
    brightness: float
    drum_intensity: float
    fullness: float


def emotion_to_music(valence: float, arousal: float) -> MusicalMood:
    """Translate valence and arousal (each -1 to 1) into means that a denoiser, an arranger and a performer can follow.

    Every quantity is monotone in each argument. Density and articulation keep away from their ends: where both are asked to be least,
    a piece is nearly empty. The mode is major from zero valence on; towards zero both modes borrow more and more from each
    other, so that the step between them is small where it happens.

    Raises ValueError where an argument lies outside -1 to 1.
    """
    if not (-1.0 <= valence <= 1.0 and -1.0 <= arousal <= 1.0):
        raise ValueError(f"valence and arousal must lie between -1 and 1, got {valence} and {arousal}")
    return MusicalMood(
        tempo_factor=2.0 ** (TEMPO_OCTAVES_OF_AROUSAL * arousal + TEMPO_OCTAVES_OF_VALENCE * valence),
        mode="major" if valence >= 0.0 else "minor",
        mixture=max(0.0, 1.0 - abs(valence) / MIXTURE_REACH),
        density=0.5 + 0.4 * arousal,
        register=0.5 + 0.3 * valence + 0.15 * arousal,
        articulation=0.5 + 0.3 * arousal + 0.05 * valence,
        dynamics=0.5 + 0.45 * arousal,
        brightness=0.5 + 0.4 * arousal + 0.08 * valence,
        drum_intensity=0.5 + 0.5 * arousal,
        fullness=0.5 + 0.5 * arousal,
    )


def playing_rows(programs: Mapping[str, int], fullness: float) -> dict[str, int]:
    """Return the rows (of `programs`, row -> program) that play at a fullness from 0 to 1: layers, each holding the one below.

    Where that would leave fewer than two pitched rows, those stay that are missed last.
    """
    by_need = sorted(programs, key=lambda row: (_ROW_NEEDS_FULLNESS[row], ROWS.index(row)))
    pitched = [row for row in by_need if programs[row] != DRUM_PROGRAM]
    kept = {row for row in programs if fullness >= _ROW_NEEDS_FULLNESS[row]} | set(
        pitched[:_FEWEST_PITCHED_ROWS]
    )
    return {row: program for row, program in programs.items() if row in kept}


def coloured_program(program: int, brightness: float) -> int:
    """Return the darker or brighter neighbour of a General MIDI program within its kind, or the program itself."""
    step = -1 if brightness < DARK else 1 if brightness > BRIGHT else 0
    kind = next((kind for kind in _DARK_TO_BRIGHT if program in kind), (program,))
    place = min(max(kind.index(program) + step, 0), len(kind) - 1)
    return kind[place]
