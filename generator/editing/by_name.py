"""Edits as they are asked for: a kind and what it takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from generator.editing import edits
from generator.editing.harmony import reharmonise
from generator.editing.redrawing import Progress
from generator.editing.written import Written
from generator.pipeline import Composer

DENOISED = ("regenerate", "continue", "vary", "loop")
"""Kinds whose notes come from the networks."""

DRAWN = (*DENOISED, "reharmonise")
"""Kinds that come out differently with another seed."""


def apply_edit(
    edit: Mapping[str, Any],
    written: Written,
    composer: Composer,
    seed: int,
    progress: Progress | None = None,
) -> Written:
    """Return the piece with the edit of this "kind" made.

    regenerate {rows, first_bar, last_bar}, bars counted from 1 and all of it optional; continue {bars}; vary {amount};
    loop; reharmonise; transpose {semitones}; tempo {tempo_bpm}. Raises ValueError for what the piece has not and for an unknown kind.
    """
    kind = edit["kind"]
    if kind == "regenerate":
        first, last = edit.get("first_bar"), edit.get("last_bar")
        bars = (1 if first is None else first) - 1, written.notes.bars if last is None else last
        rows = edit.get("rows") or ()
        return edits.regenerate(composer, written, seed, rows=rows, bars=bars, progress=progress)
    if kind == "continue":
        return edits.continue_piece(composer, written, edit["bars"], seed, progress)
    if kind == "vary":
        return edits.vary(composer, written, edit["amount"], seed, progress)
    if kind == "loop":
        return edits.close_loop(composer, written, seed, progress)
    if kind == "reharmonise":
        return reharmonise(written, np.random.default_rng([seed, 3]))[0]
    if kind == "transpose":
        return edits.transpose(written, edit["semitones"])
    if kind == "tempo":
        return edits.change_tempo(written, edit["tempo_bpm"])
    raise ValueError(f"there is no edit of the kind {kind!r}")
