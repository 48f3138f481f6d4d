"""Textures: how the anchors' accompaniment moves, as latents in 8 bits with the chords they were written for.

Moved to composed chords (`generator.texture_chords`) it is what an accompaniment begins from. The tune is left out: what is
borrowed is the manner, and a manner is nobody's.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from generator.checkpoint import load_tensors, save_tensors
from generator.codec import LATENT_ROWS

TEXTURES_FILE = "textures.safetensors"

TEXTURE_ROWS = ("comp", "pad", "bass", "drums")
LATENT_ROW_NUMBERS = tuple(LATENT_ROWS.index(row) for row in TEXTURE_ROWS)
"""Where these rows stand among a bar's latents."""

_REACH = 4.0
"""Standardised latents beyond four deviations are cut: one in sixteen thousand, were they normal."""


@dataclass(frozen=True, eq=False)
class Texture:
    """The accompaniment of one anchor: standardised `latent` float32 (bars, 4, channels) and which rows play (4,) bool.

    Rows are those of `TEXTURE_ROWS`; `chords` (bars, 4) of the key frame are those that it was written for.
    """

    latent: np.ndarray
    plays: np.ndarray
    chords: np.ndarray

    @property
    def latent_rows(self) -> tuple[int, ...]:
        """The rows that play in it, as numbers among a bar's latents."""
        return tuple(LATENT_ROW_NUMBERS[row] for row in np.flatnonzero(self.plays))

    def of_bars(self, bars: np.ndarray) -> "Texture":
        """Return the texture that these of its bars make one after the other."""
        return replace(self, latent=self.latent[bars], chords=self.chords[bars])

    def laid_over(self, known: torch.Tensor, first_bar: int, bars: int) -> torch.Tensor:
        """Return known latents (batch, window bars, 6, channels) with this texture in `bars` bars from `first_bar` on.

        Rows that rest in the texture stay as they are; a texture that is shorter begins again.
        """
        laid = known.clone()
        rows = np.flatnonzero(self.plays)
        repeated = torch.from_numpy(self.latent[np.arange(bars) % len(self.latent)])
        for row in rows.tolist():
            laid[:, first_bar : first_bar + bars, LATENT_ROW_NUMBERS[row]] = repeated[:, row]
        return laid


@dataclass(frozen=True, eq=False)
class TextureTable:
    """Textures of all anchors in their order: `codes` int8 (rows that play, bars, channels) and `plays` bool (anchors, 4).

    The rows of an anchor follow each other in the order of `TEXTURE_ROWS`; one that rests is not kept. `chords` int8 (anchors,
    bars, 4) are of the key frame. `codec_sha256` names the weights whose latents these are, `passages_key` the anchors (see
    `AnchorTable`).
    """

    codes: np.ndarray
    plays: np.ndarray
    chords: np.ndarray
    codec_sha256: str
    passages_key: str

    def __len__(self) -> int:
        return len(self.plays)

    def texture(self, anchor: int) -> Texture:
        """Return the texture of an anchor; raises ValueError where there is no such anchor."""
        if not 0 <= anchor < len(self):
            raise ValueError(f"there are {len(self)} textures, and none has the number {anchor}")
        plays, first = self.plays[anchor], int(self.plays[:anchor].sum())
        latent = np.zeros((self.codes.shape[1], len(TEXTURE_ROWS), self.codes.shape[2]), np.float32)
        kept = self.codes[first : first + int(plays.sum())].astype(np.float32) * (_REACH / 127.0)
        latent[:, plays] = kept.swapaxes(0, 1)
        return Texture(latent, plays, self.chords[anchor])

    def without(self, silent: np.ndarray) -> "TextureTable":
        """Return the table without the rows that are marked (anchors, 4) bool."""
        return replace(self, codes=self.codes[~silent[self.plays]], plays=self.plays & ~silent)

    def save(self, path: Path) -> str:
        """Write the table and return its SHA-256."""
        columns = {"codes": self.codes, "plays": self.plays, "chords": self.chords}
        tensors = {name: torch.from_numpy(column) for name, column in columns.items()}
        return save_tensors(path, tensors, {"codec": self.codec_sha256, "passages": self.passages_key})

    @classmethod
    def load(cls, path: Path, codec_sha256: str, passages_key: str) -> "TextureTable":
        """Read a table.

        Raises FileNotFoundError where it is missing, ValueError where its checksum is wrong, where other weights than
        `codec_sha256` encoded it, or where it is of other anchors than those of `passages_key`.
        """
        tensors, config, _ = load_tensors(path)
        if (config["codec"], config["passages"]) != (codec_sha256, passages_key):
            raise ValueError(
                f"{path.name} is of another codec or of other anchors; encode the textures again"
            )
        codes, plays, chords = (tensors[name].numpy() for name in ("codes", "plays", "chords"))
        return cls(codes, plays, chords, codec_sha256, passages_key)


def coded(latent: np.ndarray) -> np.ndarray:
    """Return standardised latents (..., channels) in 8 bits; the error is a hundredth of a deviation."""
    return np.clip(np.rint(latent * (127.0 / _REACH)), -127, 127).astype(np.int8)
