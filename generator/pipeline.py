"""A conditioning and a seed in, a finished piece out: plan the form, denoise, decode, arrange, render, master, screen."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from generator.arranging.arrangement import arrange
from generator.cascade import RETURN_LEVEL, Drawing, Stretch, draw_section, empty_window, tonic_latent
from generator.conditioning import Conditioning
from generator.critic import choose
from generator.engines.events import events_notes
from generator.form import SECTION_BARS, Section, end_on_last_bar, plan_form
from generator.latents import decode_notes, transposition_of
from generator.length import fit_to_length
from generator.networks import Networks
from generator.notes import Notes
from generator.screening.screening import Screening, screen, screen_notes
from generator.sound.mastering import master
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from generator.taste.textures import Texture
from generator.texture_chords import joined_band
from generator.tunes import RETURNED_BARS, joined, plan_tune
from generator.windows import WINDOW_BARS

MODEL_NAME = "homespun-notes-2"

PLANS = 2
"""A section is drawn twice, side by side in threads; the drawing with fewer clashes and resting rows is kept."""

ATTEMPTS = 5
"""Seeds that are worth trying before a piece that fails its screening is kept: about one in twelve fails."""

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Draft:
    """Written music, not yet played: `latent` float32 (bars, 6, channels) and the sections it was composed in."""

    notes: Notes
    latent: np.ndarray
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Written:
    """A piece before it is played: arranged `notes`, as asked by this conditioning and seed, and the verdict on the notes alone.

    `latent` float32 (bars, 6, channels).
    """

    asked: Conditioning
    seed: int
    notes: Notes
    latent: np.ndarray
    screening: Screening
    seconds: float


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
        self.networks = networks
        self.codec, self.denoiser, self.scale = networks.codec, networks.denoiser, networks.scale
        self.guard, self.critic = networks.guard, networks.transformer
        self.textures, self.phrases = networks.textures, networks.phrases
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
        return self.play(self.write(conditioning, seed, report), report)

    def compose_passing(
        self, requests: Sequence[tuple[Conditioning, int]], report: Report | None = None
    ) -> tuple[Written, Composed]:
        """Compose by one conditioning and seed after the other until a piece passes its screening; the last one is kept else.

        What fails by its notes is not played. Raises ValueError where nothing is requested.
        """
        if not requests:
            raise ValueError("no request to compose")
        for number, (conditioning, seed) in enumerate(requests, start=1):
            written = self.write(conditioning, seed, report)
            if written.screening.passed or number == len(requests):
                composed = self.play(written, report)
                if composed.screening.passed:
                    break
        return written, composed

    def write(self, conditioning: Conditioning, seed: int, report: Report | None = None) -> Written:
        """Write and arrange a piece and screen its notes: what fails already need not be played."""
        report = report or _silent
        began = time.perf_counter()
        report(0.05, "composing")
        draft = self.draft(conditioning, seed, lambda share: report(0.05 + 0.6 * share, "composing"))
        notes = arrange(draft.notes, conditioning, np.random.default_rng([seed, 3]))
        verdict = screen_notes(notes, conditioning, self.guard)
        return Written(conditioning, seed, notes, draft.latent, verdict, time.perf_counter() - began)

    def play(self, written: Written, report: Report | None = None) -> Composed:
        """Play what was written, master it, and screen the whole."""
        report = report or _silent
        asked, notes = written.asked, written.notes
        clock = _StageClock(compose=written.seconds)
        report(0.7, "playing")
        rng = np.random.default_rng([written.seed, 2])
        samples = render_notes(notes, rng=rng, brightness=asked.brightness)
        clock.lap("render")
        report(0.85, "mastering")
        mastered = master(samples, SYNTHESIS_RATE, seconds=asked.seconds).samples
        clock.lap("master")
        screening = screen(notes, mastered, SYNTHESIS_RATE, asked, self.guard)
        clock.lap("screen")
        return Composed(notes, written.latent, mastered, screening, clock.seconds)

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
        drawn = self._draw_sections(fitted, sections, seed, plans, progress or _no_progress)
        latent = self.scale.restore(torch.cat([one.latent for one in drawn])[:bars])
        notes = decode_notes(self.codec, latent, fitted, transposition_of(fitted))
        notes = _with_written(notes, drawn, fitted)
        notes = end_on_last_bar(notes, fitted.key, fitted.mode)
        return Draft(notes, latent.numpy().astype(np.float32), sections)

    def _draw_sections(
        self,
        conditioning: Conditioning,
        sections: tuple[Section, ...],
        seed: int,
        plans: int,
        progress: Callable[[float], None],
    ) -> list[Drawing]:
        """Draw section after section, each in view of the eight bars before it."""
        chosen: list[Drawing] = []
        with ThreadPoolExecutor(self.threads, initializer=torch.set_num_threads, initargs=(1,)) as executor:
            for number in range(len(sections)):
                stretch = self._stretch(conditioning, sections, number, chosen)
                draw = partial(draw_section, self.networks, conditioning, stretch)
                drawn = list(executor.map(draw, _section_seeds(seed, number, plans)))
                latents = torch.stack([one.latent for one in drawn])
                chosen.append(drawn[self.best_drawing(latents, conditioning)])
                progress((number + 1) / len(sections))
        return chosen

    def _stretch(
        self,
        conditioning: Conditioning,
        sections: tuple[Section, ...],
        number: int,
        drawn: list[Drawing],
    ) -> Stretch:
        section = sections[number]
        known, given = empty_window(self.codec.config.latent_channels)
        first = 0
        if drawn:
            first = WINDOW_BARS - SECTION_BARS
            known[0, :first] = drawn[-1].latent
            given[:, :first] = True
        returned = None if section.returns_to is None else drawn[section.returns_to // SECTION_BARS]
        if returned is not None:
            known[0, first : first + SECTION_BARS] = returned.latent
            # what is played again is played over its own chords
            given[:, first : first + RETURNED_BARS, 0] = returned.tune is not None
        ends = number == len(sections) - 1
        if ends:
            last = first + section.bars - 1
            known[:, last, 0], given[:, last, 0] = tonic_latent(self.networks, conditioning), True
        heard = returned or (drawn[-1] if drawn else None)
        letters = "".join(dict.fromkeys(section.letter for section in sections))
        return Stretch(
            known=known,
            given=given,
            first=first,
            level=1.0 if returned is None else RETURN_LEVEL,
            ends=ends,
            texture=None
            if returned and conditioning.texture_level
            else self._texture(conditioning, letters.index(section.letter)),
            tune=plan_tune(self.phrases, conditioning, section, letters),
            heard=None if heard is None else heard.tune,
        )

    def _texture(self, conditioning: Conditioning, letter: int) -> Texture | None:
        """Return the accompaniment that new sections of the form's first, second, ... letter begin from, None for a tune alone.

        One for the whole piece: a band keeps its manner from section to section, and its chords and the tune change. Every
        other letter begins with its second half.
        """
        if self.textures is None or not conditioning.textures:
            return None
        texture = self.textures.texture(conditioning.textures[0])
        bars = np.arange(len(texture.chords))
        return texture.of_bars(np.roll(bars, -SECTION_BARS * (letter % 2))) if texture.latent_rows else None

    def best_drawing(self, drawn: torch.Tensor, conditioning: Conditioning) -> int:
        """Return which of several drawings of some bars (drawings, bars, 6, channels), standardised, is to be kept."""
        if len(drawn) == 1:
            return 0
        pieces = [decode_notes(self.codec, self.scale.restore(one), conditioning, 0) for one in drawn]
        return choose(pieces, conditioning, self.critic, transposition=0)


def _silent(fraction: float, text: str) -> None:
    del fraction, text


def _no_progress(share: float) -> None:
    del share


def _section_seeds(seed: int, section: int, plans: int) -> list[int]:
    """Return a seed for each of the drawings that run side by side."""
    states = np.random.SeedSequence([seed, section]).generate_state(plans, np.uint64)
    return [int(state >> np.uint64(1)) for state in states]


def _with_written(notes: Notes, drawn: Sequence[Drawing], conditioning: Conditioning) -> Notes:
    """Return the piece with what was written as notes, which latents give back but nearly."""
    tunes = [one.tune for one in drawn if one.tune is not None]
    written = list(events_notes(joined(tunes, notes.bars), conditioning).tracks) if tunes else []
    written += joined_band([one.band for one in drawn], notes, conditioning)
    rows = {track.row for track in written}
    return replace(notes, tracks=(*written, *(track for track in notes.tracks if track.row not in rows)))


class _StageClock:
    def __init__(self, **passed: float) -> None:
        self.seconds = dict(passed)
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._since
        self._since = now
