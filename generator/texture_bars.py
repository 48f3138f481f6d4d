"""Which bars of a texture accompany which bars of a section: those written for chords like the composed ones.

Notes that need not move stay as somebody wrote them. Bars are chosen as units are in concatenative synthesis (Hunt and Black
1996): each for what it costs by itself and beside the bar that goes before it, all together by Viterbi's path.
"""

import numpy as np

from generator.chords import NO_CHORD, QUALITIES, chord_tones

JUMP_COST = 1.0
"""Of a bar that does not follow the one before it where it was written, in beats under a chord of another root."""

PLACE_COST = 0.5
"""Of a bar whose place in a phrase of two or of four bars is another one than where it was written, for each of the two."""

_KIN_COST, _NEAR_COST = 0.15, 0.6
"""Of a beat whose chord has the same root and the same kind of third, and of one with two tones in common."""

_MINOR_THIRDS = tuple(3 in intervals for intervals in QUALITIES.values())


def fitting_bars(chords: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Return for each bar of `chords` (bars, beats) the bar of a texture `written` for (texture bars, beats) that fits best.

    Where all fit alike they follow each other from the first one on, and after the last comes the first. Chords are numbers
    of `generator.chords`; returns int64 (bars,).
    """
    bars, others = len(chords), np.arange(len(written))
    apart = np.arange(bars)[:, None] - others
    costs = _CHORD_COSTS[chords[:, None], written[None]].sum(-1)
    costs += PLACE_COST * ((apart % 2 != 0).astype(np.float64) + (apart % 4 != 0))
    steps = np.where(others[None] == (others[:, None] + 1) % len(written), 0.0, JUMP_COST)
    total = costs[0] + np.where(others == 0, 0.0, JUMP_COST)
    came_from = np.zeros(costs.shape, np.int64)
    for bar in range(1, bars):
        ways = total[:, None] + steps
        came_from[bar] = ways.argmin(0)
        total = ways.min(0) + costs[bar]
    path = np.empty(bars, np.int64)
    path[-1] = total.argmin()
    for bar in range(bars - 1, 0, -1):
        path[bar - 1] = came_from[bar, path[bar]]
    return path


def coloured_as(chords: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Return chords (bars, beats) with the sevenths and suspensions of `written` where root and third are the same."""
    return np.asarray(np.where(_IS_KIN[chords, written], written, chords))


def _is_kin(one: int, other: int) -> bool:
    if NO_CHORD in (one, other):
        return one == other
    return one % 12 == other % 12 and _MINOR_THIRDS[one // 12] == _MINOR_THIRDS[other // 12]


def _cost(one: int, other: int) -> float:
    if one == other:
        return 0.0
    if _is_kin(one, other):
        return _KIN_COST
    return _NEAR_COST if len(set(chord_tones(one)) & set(chord_tones(other))) >= 2 else 1.0


_IS_KIN = np.array([[_is_kin(one, other) for other in range(NO_CHORD + 1)] for one in range(NO_CHORD + 1)])
_CHORD_COSTS = np.array([[_cost(one, other) for other in range(NO_CHORD + 1)] for one in range(NO_CHORD + 1)])
