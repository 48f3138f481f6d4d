"""Best of several: which draft of a section is kept."""

from collections.abc import Sequence
from typing import Protocol

from generator.conditioning import Conditioning
from generator.latents import clash_share, resting_share
from generator.notes import Notes

REST_COST = 0.5
STRANGENESS_COST = 0.25
"""Of clashes a piece of real music has a few in a hundred notes, so a strangeness of 1 outweighs many of them."""


class Critic(Protocol):
    """Says how surprising notes are, and what is usual."""

    @property
    def typical_bits(self) -> tuple[float, float, float] | None:
        """The 5th, 50th and 95th percentile of bits a note on works it was not trained on."""
        ...

    def bits_per_note(self, notes: Notes, *, transposition: int | None = None) -> float:
        """Return the bits a note; `transposition` brings the notes into the key frame."""
        ...


def choose(
    drafts: Sequence[Notes],
    conditioning: Conditioning,
    critic: Critic | None = None,
    *,
    transposition: int | None = None,
) -> int:
    """Return the place of the draft to keep: few clashes, no row that rests and, to the critic, nothing strange.

    `transposition` brings all drafts into the key frame; left out, the critic estimates their keys. Raises ValueError
    where there are no drafts.
    """
    if not drafts:
        raise ValueError("there is no draft to choose from")
    costs = [
        clash_share(draft)
        + REST_COST * resting_share(draft, conditioning.rows)
        + STRANGENESS_COST * (strangeness(draft, critic, transposition) if critic else 0.0)
        for draft in drafts
    ]
    return costs.index(min(costs))


def strangeness(notes: Notes, critic: Critic, transposition: int | None = None) -> float:
    """Return how far notes lie from what is usual, in widths of the usual band (5 to 95%).

    It is 0 between the 5th percentile and the middle: what surprises less than nearly all music is a loop, and what
    surprises more than the middle is the nearer to noise the more it does. Raises ValueError where the critic does not
    know what is usual. Silence is as strange as what lies a whole band away.
    """
    if critic.typical_bits is None:
        raise ValueError("the critic does not know what is usual; it was saved without typical_bits")
    if not notes.note_count:
        return 1.0
    low, middle, high = critic.typical_bits
    bits = critic.bits_per_note(notes, transposition=transposition)
    return max(low - bits, bits - middle, 0.0) / max(high - low, 1e-6)
