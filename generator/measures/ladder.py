"""Whether a measure puts music of known quality in order: real, a row swapped, pitches jittered, bars shuffled, Markov."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RUNGS = ("real", "row_swapped", "jittered", "shuffled", "markov")
"""From best to worst, as a measure of music should have them."""

ADMITTED_SHARE = 0.9


@dataclass(frozen=True)
class LadderOrder:
    """How often each two rungs come in order: `pairs` maps "real<markov" to a share of draws; `admitted` as a whole.

    `kept` is the mean of all pairs, `kept_against_real` of those with real music, which is the least to ask.
    """

    pairs: Mapping[str, float]
    kept: float
    kept_against_real: float

    @property
    def admitted(self) -> bool:
        """Whether the measure counts: nine of ten pairs in order."""
        return self.kept >= ADMITTED_SHARE

    @property
    def tells_from_real(self) -> bool:
        """Whether at least each rung is told from real music in nine of ten draws."""
        return self.kept_against_real >= ADMITTED_SHARE


def ladder_order(badness: Mapping[str, np.ndarray], rungs: Sequence[str] = RUNGS) -> LadderOrder:
    """Compare rungs draw by draw: `badness` maps each rung to figures (draws,), higher where the music is worse.

    Draws of all rungs are of the same works. Raises ValueError where a rung is missing.
    """
    missing = [rung for rung in rungs if rung not in badness]
    if missing:
        raise ValueError(f"the ladder lacks {', '.join(missing)}")
    pairs = {
        f"{better}<{worse}": float((badness[better] < badness[worse]).mean())
        for place, better in enumerate(rungs)
        for worse in rungs[place + 1 :]
    }
    against_real = [share for name, share in pairs.items() if name.startswith(f"{rungs[0]}<")]
    return LadderOrder(pairs, float(np.mean(list(pairs.values()))), float(np.mean(against_real)))
