"""A conditioning and a seed in, a finished piece out: plan the form, denoise, decode, arrange, render, master, screen."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from generator.arranging.arrangement import arrange
from generator.bars import METRES, transposition_to_frame
from generator.codec import LATENT_ROWS
from generator.conditioning import Conditioning
from generator.denoiser import CASCADE, SCALARS, Condition
from generator.diffusion import SamplerConfig, sample_latent
from generator.form import SECTION_BARS, Section, end_on_last_bar, plan_form, tonic_chord
from generator.latents import clash_share, decode_notes, metre_number, resting_share, row_numbers
from generator.length import fit_to_length
from generator.networks import Networks
from generator.notes import Notes
from generator.screening.screening import Screening, screen
from generator.sound.mastering import master
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from generator.taste.textures import Texture
from generator.windows import WINDOW_BARS

MODEL_NAME = "homespun-notes-1"

KNOWN_SCALARS = torch.tensor([name != "position" for name in SCALARS])
"""What the denoiser is told. Not the position: openings in the corpus are sparse, and the form has no intros."""

DENSITY_CORRECTION = 0.3
"""Sampled windows are sparser than asked: by so much (of -1 to 1) on the mean of rock, jazz, choral and piano windows of the
training works, whose note counts a neutral request then gives."""

RETURN_LEVEL = 0.35
"""How far the latents of a returning section are noised: it is varied, and still itself."""

PLANS = 2
"""A section is drawn twice, side by side in threads; the drawing with fewer clashes and resting rows is kept."""

STAGE_STEPS = (14, 8, 8)
"""Sampler steps of the cascade's stages: the tune and its chords decide, what accompanies them follows easily."""

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Draft:
    """Written music, not yet played: `latent` float32 (bars, 6, channels) and the sections it was composed in."""

    notes: Notes
    latent: np.ndarray
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Composed:
    """A finished piece: `samples` float32 (2, time) at 48 kHz, mastered; `latent` float32 (bars, 6, channels)."""

    notes: Notes
    latent: np.ndarray
    samples: np.ndarray
    screening: Screening
    stage_seconds: dict[str, float]


class Composer:
    """The default engine, ready to compose: codec, denoiser, the scale between them, and what it must not repeat."""

    def __init__(self, networks: Networks, threads: int) -> None:
        self.codec, self.denoiser, self.scale = networks.codec, networks.denoiser, networks.scale
        self.guard, self.textures = networks.guard, networks.textures
        self.model_version = (MODEL_NAME, networks.sha256)
        self.threads = threads
        self.dtype = "float32"

    @classmethod
    def load(cls, weights_dir: Path, threads: int) -> "Composer":
        """Load committed weights. Raises FileNotFoundError where they are missing, ValueError where they are damaged."""
        return cls(Networks.load(weights_dir), threads)

    def compose(self, conditioning: Conditioning, seed: int, report: Report | None = None) -> Composed:
        """Compose one piece of `conditioning.seconds`: written, arranged, played, mastered and screened.

        The same conditioning, seed and weights give the same notes bit for bit on one kind of processor.
        """
        report = report or _silent
        clock = _StageClock()
        report(0.05, "composing")
        draft = self.draft(conditioning, seed, lambda share: report(0.05 + 0.6 * share, "composing"))
        notes = arrange(draft.notes, conditioning, np.random.default_rng([seed, 3]))
        clock.lap("compose")
        report(0.7, "playing")
        samples = render_notes(
            notes, rng=np.random.default_rng([seed, 2]), brightness=conditioning.brightness
        )
        clock.lap("render")
        report(0.85, "mastering")
        mastered = master(samples, SYNTHESIS_RATE, seconds=conditioning.seconds).samples
        clock.lap("master")
        screening = screen(notes, mastered, SYNTHESIS_RATE, conditioning, self.guard)
        clock.lap("screen")
        return Composed(notes, draft.latent, mastered, screening, clock.seconds)

    def draft(
        self,
        conditioning: Conditioning,
        seed: int,
        progress: Callable[[float], None] | None = None,
        *,
        plans: int = PLANS,
    ) -> Draft:
        """Write one piece of `conditioning.seconds`, each section drawn `plans` times and the best drawing kept.

        Threads draw sections side by side, one thread a drawing: many threads in one small product wait on each other, and
        how the product is split would show in its last bits.
        """
        torch.set_num_threads(1)
        fitted, bars = fit_to_length(conditioning)
        sections = plan_form(bars, np.random.default_rng([seed, 0]))
        latent = self._compose_latent(fitted, sections, seed, plans, progress or _no_progress)
        notes = decode_notes(self.codec, latent, fitted, _transposition(fitted))
        notes = end_on_last_bar(notes, fitted.key, fitted.mode)
        return Draft(notes, latent.numpy().astype(np.float32), sections)

    def _compose_latent(
        self,
        conditioning: Conditioning,
        sections: tuple[Section, ...],
        seed: int,
        plans: int,
        progress: Callable[[float], None],
    ) -> torch.Tensor:
        """Return latents (bars, 6, channels): section after section, each in view of the eight bars before it."""
        bars = sections[-1].first_bar + sections[-1].bars
        channels = self.codec.config.latent_channels
        timeline = torch.zeros(len(sections) * SECTION_BARS, len(LATENT_ROWS), channels)
        tonic = self._tonic_latent(conditioning)
        with ThreadPoolExecutor(self.threads, initializer=torch.set_num_threads, initargs=(1,)) as executor:
            for number, section in enumerate(sections):
                before = min(section.first_bar, WINDOW_BARS - SECTION_BARS)
                first = section.first_bar - before
                known = torch.zeros(1, WINDOW_BARS, len(LATENT_ROWS), channels)
                given = torch.zeros(1, WINDOW_BARS, len(LATENT_ROWS), dtype=torch.bool)
                known[:, :before] = timeline[first : section.first_bar]
                given[:, :before] = True
                here = slice(before, before + SECTION_BARS)
                if section.returns_to is not None:
                    known[:, here] = timeline[section.returns_to : section.returns_to + SECTION_BARS]
                texture = self._texture(conditioning, sections, number)
                if number == len(sections) - 1:
                    known[:, before + section.bars - 1, 0] = tonic
                    given[:, before + section.bars - 1, 0] = True
                draw = partial(
                    self._cascade,
                    known,
                    given,
                    conditioning,
                    1.0 if section.returns_to is None else RETURN_LEVEL,
                    None if texture is None else texture.laid_over(known, before, SECTION_BARS),
                    () if texture is None else texture.latent_rows,
                )
                drawn = torch.cat(list(executor.map(draw, _section_rngs(seed, number, plans))))[:, here]
                best = self._best_section(drawn, conditioning)
                timeline[section.first_bar : section.first_bar + SECTION_BARS] = drawn[best]
                progress((number + 1) / len(sections))
        return self.scale.restore(timeline[:bars])

    def _cascade(
        self,
        known: torch.Tensor,
        given: torch.Tensor,
        conditioning: Conditioning,
        level: float,
        textured: torch.Tensor | None,
        textured_rows: tuple[int, ...],
        rng: torch.Generator,
    ) -> torch.Tensor:
        playing = [0, *row_numbers(conditioning)]
        latent, settled = known, given.clone()
        absent = torch.ones(len(LATENT_ROWS), dtype=torch.bool)
        for stage, steps in zip(CASCADE, STAGE_STEPS, strict=True):
            rows = [row for row in stage if row in playing]
            if not rows:
                continue
            absent[rows] = False
            condition = self.condition(conditioning, absent, len(known))
            from_level = level
            if textured is not None and set(rows) <= set(textured_rows):
                latent, from_level = latent.clone(), conditioning.texture_level
                latent[:, :, rows] = torch.where(
                    given[..., rows, None], latent[:, :, rows], textured[:, :, rows]
                )
            latent = sample_latent(
                self.denoiser, latent, settled | absent, condition,
                SamplerConfig(steps=steps, guidance_scale=conditioning.guidance_scale), rng, from_level=from_level,
            )  # fmt: skip
            settled[:, :, rows] = True
        return latent

    def condition(self, conditioning: Conditioning, absent: torch.Tensor, batch: int) -> Condition:
        """Return a request as the denoiser is told it, `batch` times; `absent` (6,) bool marks latent rows that do not play."""
        mode = 1.0 if conditioning.mode == "major" else -1.0
        tempo = float(np.clip(np.log2(conditioning.tempo_bpm / 100.0), -1.0, 1.0))
        density = min(2.0 * conditioning.density - 1.0 + DENSITY_CORRECTION, 1.0)
        register, articulation = 2.0 * conditioning.register - 1.0, 2.0 * conditioning.articulation - 1.0
        return Condition(
            style=torch.tensor(conditioning.style, dtype=torch.float32).repeat(batch, 1),
            scalars=torch.tensor([[tempo, mode, density, register, articulation, 0.0]]).repeat(batch, 1),
            known=KNOWN_SCALARS.repeat(batch, 1),
            has_style=torch.ones(batch, dtype=torch.bool),
            metre=torch.full((batch,), metre_number(conditioning.metre)),
            absent=absent.repeat(batch, 1),
        )

    def _texture(
        self, conditioning: Conditioning, sections: tuple[Section, ...], number: int
    ) -> Texture | None:
        """Return the accompaniment a new section begins from: each letter of the form has its own."""
        if self.textures is None or not conditioning.textures or sections[number].returns_to is not None:
            return None
        letters = list(dict.fromkeys(section.letter for section in sections))
        chosen = letters.index(sections[number].letter) % len(conditioning.textures)
        return self.textures.texture(conditioning.textures[chosen])

    @torch.inference_mode()
    def _tonic_latent(self, conditioning: Conditioning) -> torch.Tensor:
        """Return the standardised chord latent (channels,) of a bar of the tonic."""
        patches = METRES[metre_number(conditioning.metre)].patches
        latent = self.codec.encode_chords(
            torch.tensor([tonic_chord(conditioning.mode)]), torch.tensor([patches])
        )
        return (latent[0] - self.scale.mean[0]) / self.scale.deviation[0]

    def _best_section(self, drawn: torch.Tensor, conditioning: Conditioning) -> int:
        pieces = [decode_notes(self.codec, self.scale.restore(one), conditioning, 0) for one in drawn]
        return int(
            np.argmin(
                [clash_share(piece) + 0.5 * resting_share(piece, conditioning.rows) for piece in pieces]
            )
        )


def _silent(fraction: float, text: str) -> None:
    del fraction, text


def _no_progress(share: float) -> None:
    del share


def _section_rngs(seed: int, section: int, plans: int) -> list[torch.Generator]:
    """Return a random source for each of the drawings that run side by side."""
    states = np.random.SeedSequence([seed, section]).generate_state(plans, np.uint64)
    return [torch.Generator().manual_seed(int(state >> np.uint64(1))) for state in states]


class _StageClock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._since
        self._since = now


def _transposition(conditioning: Conditioning) -> int:
    return transposition_to_frame(conditioning.key, conditioning.mode)
