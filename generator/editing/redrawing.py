"""Bars and rows drawn anew by the denoiser, in view of everything that stays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import torch

from generator.cascade import condition_of
from generator.codec import LATENT_ROWS
from generator.denoiser import CASCADE
from generator.diffusion import SamplerConfig, sample_latent
from generator.editing.written import Written
from generator.form import SECTION_BARS, tonic_chord
from generator.latents import decode_notes, row_numbers, settle_chords
from generator.notes import Notes
from generator.pipeline import Composer
from generator.planes import notes_to_planes
from generator.windows import WINDOW_BARS

DRAWINGS = 2
"""Each section is drawn twice at once, as in composing; the drawing with fewer clashes and resting rows is kept."""

STEPS = 14

CONTEXT_BARS = 4
"""Seen before a section that lies in the middle of what stays; what is left of the window is seen after it."""


Progress = Callable[[float], None]
"""Told the share done, 0 to 1."""


SEEN_FROM_SHARE = 0.25
"""From which share of given bars on a row is seen before its turn: a few bars of it say little of the rest."""


@dataclass(frozen=True)
class Wish:
    """What is drawn anew: `chosen` (bars, 6) bool of chords and rows, which may have more bars than the piece.

    `level` says how far it is re-noised: 1 forgets it, less varies it. With `ends`, the last bar's chord is the tonic.
    """

    chosen: np.ndarray
    level: float = 1.0
    ends: bool = False


@torch.inference_mode()
def redraw(
    composer: Composer,
    written: Written,
    wish: Wish,
    seed: int,
    progress: Progress | None = None,
) -> Notes:
    """Return the piece, decoded, with what is wished drawn anew and the rest as the codec has it.

    Only what was chosen is to be taken from it (see `merging`): the codec does not give the rest back note by note. The
    same arguments and weights give the same notes on one kind of processor.
    """
    torch.set_num_threads(1)
    timeline, chords = _encode(composer, written, wish)
    chosen = torch.from_numpy(wish.chosen).clone()
    open_cells = chosen.clone()
    sections = list(_sections(np.asarray(wish.chosen.any(1)), circular=written.loops))
    for number, (section, window) in enumerate(sections):
        rng = torch.Generator().manual_seed(_seed_of(seed, number))
        drawn = _draw(composer, written, timeline[window], ~open_cells[window], wish.level, rng)
        here = np.flatnonzero(np.isin(window, section))
        cells = open_cells[section]
        timeline[section] = torch.where(cells[..., None], drawn[here], timeline[section])
        open_cells[section] = False
        if progress is not None:
            progress((number + 1) / len(sections))
    latent = composer.scale.restore(timeline)
    redrawn = composer.codec.decode_chords(latent).argmax(-1)
    chords = torch.where(chosen[:, :1], redrawn, chords)
    return decode_notes(composer.codec, latent, written.asked, written.transposition, chords=chords)


def _encode(composer: Composer, written: Written, wish: Wish) -> tuple[torch.Tensor, torch.Tensor]:
    """Return standardised latents (bars, 6, channels) and chords (bars, 4) of the piece, with empty bars after its end."""
    planes = notes_to_planes(written.notes, written.transposition, bars=len(wish.chosen))
    if wish.ends:
        planes.chords[-1, : written.notes.beats_per_bar] = tonic_chord(written.asked.mode)
    mean, _ = composer.codec.encode(planes)
    return composer.scale.standardise(mean), planes.chords


def _sections(wanted: np.ndarray, *, circular: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give runs of up to eight wanted bars, each with the bars (up to sixteen) in whose view it is drawn."""
    bars = len(wanted)
    length = min(WINDOW_BARS, bars)
    bar = 0
    while bar < bars:
        if not wanted[bar]:
            bar += 1
            continue
        run = 1
        while run < SECTION_BARS and bar + run < bars and wanted[bar + run]:
            run += 1
        is_followed = circular or bar + run < bars
        begin = bar - (CONTEXT_BARS if is_followed else WINDOW_BARS - SECTION_BARS)
        if not circular:
            begin = int(np.clip(begin, 0, bars - length))
        yield np.arange(bar, bar + run), (begin + np.arange(length)) % bars
        bar += run


def _draw(
    composer: Composer,
    written: Written,
    known: torch.Tensor,
    given: torch.Tensor,
    level: float,
    rng: torch.Generator,
) -> torch.Tensor:
    """Return latents (bars, 6, channels) of a window in which what is not `given` (bars, 6) has been drawn, row by row.

    A row that is drawn later in the cascade is hidden until then, unless enough of it is given.
    """
    bars = len(known)
    playing = [0, *row_numbers(written.asked)]
    latent = torch.zeros(DRAWINGS, WINDOW_BARS, *known.shape[1:])
    settled = torch.zeros(DRAWINGS, WINDOW_BARS, len(LATENT_ROWS), dtype=torch.bool)
    latent[:, :bars], settled[:, :bars] = known, given
    hidden = torch.ones(len(LATENT_ROWS), dtype=torch.bool)
    hidden[playing] = given.float().mean(0)[playing] < SEEN_FROM_SHARE
    config = SamplerConfig(steps=max(STEPS, ceil(2.0 / level)), guidance_scale=written.asked.guidance_scale)
    for stage in CASCADE:
        rows = [row for row in stage if row in playing and not given[:, row].all()]
        if not rows:
            continue
        hidden[rows] = False
        condition = condition_of(written.asked, hidden, DRAWINGS)
        drawn = sample_latent(
            composer.denoiser, latent, settled | hidden, condition, config, rng, from_level=level
        )
        if stage == CASCADE[0]:
            drawn = settle_chords(composer.codec, composer.scale, drawn)
        for row in rows:
            latent[:, :, row] = torch.where(settled[:, :, row, None], latent[:, :, row], drawn[:, :, row])
            settled[:, :, row] = True
    return latent[composer.best_drawing(latent[:, :bars], written.asked), :bars]


def _seed_of(seed: int, section: int) -> int:
    return int(np.random.SeedSequence([seed, section]).generate_state(1, np.uint64)[0] >> np.uint64(1))
