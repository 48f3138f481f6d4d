"""Which instruments play: now and then a sister of what the anchors ask for."""

from collections.abc import Sequence

import numpy as np

FAMILIES = (
    (0, 1), (4, 5), (11, 12), (16, 17), (19, 20), (24, 25), (26, 27), (29, 30), (33, 34), (36, 37), (38, 39), (48, 49),
    (50, 51), (52, 53), (56, 59), (60, 57), (62, 63), (65, 66), (68, 71), (73, 74), (80, 81), (88, 89), (90, 95),
)  # fmt: skip
"""Instruments of one family that take each other's parts without changing the kind of band."""

SWAP_SHARE = 0.3


def sister_programs(programs: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return the programs, each given to its sister in `SWAP_SHARE` of all drawings; equal ones stay equal.

    A piano that plays four rows is one piano: what shares an instrument goes on sharing it.
    """
    drawn = {program: rng.random() < SWAP_SHARE for program in sorted(set(programs))}
    return [_sister(program) if drawn[program] else program for program in programs]


def _sister(program: int) -> int:
    family = next((family for family in FAMILIES if program in family), (program, program))
    return family[1] if program == family[0] else family[0]
