"""Phrases: in which rhythm the tunes of the anchors go, and which of their bars come back. No pitch of theirs is kept.

A tune hangs together by its rhythm and by what it says again; both are the manner of a style. What is sung in that rhythm is
composed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from generator.checkpoint import load_tensors, save_tensors

PHRASES_FILE = "phrases.safetensors"
_COLUMNS = ("first_note", "onset_steps", "lengths", "again", "bar_steps")


class TuneBar(NamedTuple):
    """How a bar of a tune comes about.

    `again` is the number of an earlier bar that is played once more; otherwise pitches are drawn in `rhythm`, the step at
    which each note begins and the number of its length (in `event_tokens.DURATION_STEPS`), or freely where that is None.
    """

    rhythm: tuple[tuple[int, int], ...] | None = None
    again: int | None = None


@dataclass(frozen=True, eq=False)
class PhraseTable:
    """Phrases of all anchors in their order; an anchor without a tune has none.

    Notes of anchor a are those from `first_note[a]` up to `first_note[a + 1]` of `onset_steps` int16 (from its first bar) and
    `lengths` int8; `again` int8 (anchors, bars) is the earlier bar that a bar repeats, or -1; `bar_steps` int8 (anchors,).
    `passages_key` names the anchors (see `AnchorTable`).
    """

    first_note: np.ndarray
    onset_steps: np.ndarray
    lengths: np.ndarray
    again: np.ndarray
    bar_steps: np.ndarray
    passages_key: str

    def __len__(self) -> int:
        return len(self.again)

    def bars(self, anchor: int, first: int, count: int) -> tuple[TuneBar, ...] | None:
        """Return bars of an anchor's phrase, repeats counted from the first of them; None where it has no tune."""
        notes = slice(int(self.first_note[anchor]), int(self.first_note[anchor + 1]))
        if notes.start == notes.stop:
            return None
        bar, step = np.divmod(self.onset_steps[notes].astype(np.int64), int(self.bar_steps[anchor]))
        lengths = self.lengths[notes]
        result = []
        for number in range(first, first + count):
            mine = bar == number
            again = int(self.again[anchor, number])
            rhythm = tuple(zip(step[mine].tolist(), lengths[mine].tolist(), strict=True))
            result.append(TuneBar(rhythm, again - first if again >= first else None))
        return tuple(result)

    def save(self, path: Path) -> str:
        """Write the table and return its SHA-256."""
        tensors = {name: torch.from_numpy(getattr(self, name)) for name in _COLUMNS}
        return save_tensors(path, tensors, {"passages": self.passages_key})

    @classmethod
    def load(cls, path: Path, passages_key: str) -> "PhraseTable":
        """Read a table.

        Raises FileNotFoundError where it is missing, ValueError where its checksum is wrong or it is of other anchors.
        """
        tensors, config, _ = load_tensors(path)
        if config["passages"] != passages_key:
            raise ValueError(f"{path.name} is of other anchors; learn the phrases again")
        return cls(**{name: tensors[name].numpy() for name in _COLUMNS}, passages_key=passages_key)
