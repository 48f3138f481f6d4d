"""What the codec keeps of written bars: of works it never saw, each distinct bar once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from generator.bars import METRES
from generator.codec import Codec
from generator.conditioning import STYLE_DIMENSIONS, TEMPO_RANGE_BPM, Conditioning
from generator.dataset import SPLITS, BarDataset, BarPlanes, bar_planes
from generator.latents import ONSET_THRESHOLD, decode_notes
from generator.notes import ROWS, Notes
from generator.windows import WINDOW_BARS, Windows, find_windows, window_notes
from service.bench.intervals import GroupBootstrap, interval_of

NOISE = 0.1
"""Of each dimension's own deviation: what a denoiser's latents are off by, at the least."""

BARS_AT_ONCE = 64
_DRUMS = ROWS.index("drums")

Report = Callable[[float, str], None]
TwoSampleAuc = Callable[
    [Sequence[Notes], Sequence[Notes], Sequence[str], np.random.Generator], dict[str, Any]
]
"""Of composed and real windows and the works of the latter: `value`, `low`, `high` and `n`."""


@dataclass(frozen=True)
class Hits:
    """Onsets by bar and row (bars, 5): those of both sides, those only decoded, those only written."""

    both: np.ndarray
    decoded_only: np.ndarray
    written_only: np.ndarray

    def f1(self, bootstrap: GroupBootstrap, row: int) -> dict[str, Any]:
        """F1 over all bars of a row, its interval over works, and how many onsets were written."""
        both = self.both[:, row].astype(np.float64)
        all_twice = 2.0 * both + self.decoded_only[:, row] + self.written_only[:, row]
        if not all_twice.any():
            return {"value": None, "low": None, "high": None, "n": 0}
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = 2.0 * bootstrap.means(both) / bootstrap.means(all_twice)
        value = float(2.0 * both.sum() / all_twice.sum())
        written = int((self.both[:, row] + self.written_only[:, row]).sum())
        return {**interval_of(value, drawn).to_json(), "n": written}


def measure_codec(
    codec: Codec,
    dataset: BarDataset,
    rng: np.random.Generator,
    report: Report,
    *,
    most_bars: int,
    windows: int,
    split: str,
    two_sample_auc: TwoSampleAuc | None,
) -> dict[str, Any]:
    """Onset F1 by row, what is lost of it under latent noise, and whether reconstructions can be told from real windows.

    Bars are decoded as in use: under the chords that are read from their latents, by the same threshold. The noise is
    `NOISE` of each dimension's own deviation over these bars.
    """
    found = distinct_bars(dataset, split)
    bars = np.sort(rng.permutation(found)[:most_bars])
    works = dataset.piece_work[dataset.bar_piece[bars]]
    bootstrap = GroupBootstrap(works.tolist(), rng, draws=500)
    segment_range = dataset.segment_range()
    latents = _encode(codec, dataset, segment_range, bars, lambda share: report(0.2 * share, "encoding bars"))
    noise = (
        NOISE
        * latents.std(0, correction=0)
        * torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32))
    )
    hits = _hits(
        codec, dataset, segment_range, bars, latents, lambda share: report(0.2 + 0.3 * share, "decoding bars")
    )
    noisy = _hits(
        codec, dataset, segment_range, bars, latents + noise,
        lambda share: report(0.5 + 0.3 * share, "decoding noisy bars"),
    )  # fmt: skip
    onset_f1 = {row: hits.f1(bootstrap, number) for number, row in enumerate(ROWS)}
    under_noise = {row: noisy.f1(bootstrap, number) for number, row in enumerate(ROWS)}
    lost = {
        row: round(onset_f1[row]["value"] - under_noise[row]["value"], 4)
        for row in ROWS
        if onset_f1[row]["value"] is not None
    }
    told = {
        "onset_f1": onset_f1,
        "noise_loss": {"value": max(lost.values(), default=None), "by_row": lost, "n": len(bars)},
        "bars": {"measured": len(bars), "distinct": len(found), "works": bootstrap.groups},
        "threshold": ONSET_THRESHOLD,
    }
    if two_sample_auc is not None:
        report(0.8, "comparing reconstructions with what was written")
        told["reconstruction_auc"] = _reconstruction_auc(
            codec, dataset, segment_range, split, windows, two_sample_auc, rng
        )
    return told


def distinct_bars(dataset: BarDataset, split: str) -> np.ndarray:
    """Bars of a split (bars,) that hold notes, the first of each content: rows, steps, lengths and pitches alike."""
    pieces = np.flatnonzero(dataset.piece_split == SPLITS.index(split))
    segment_range = dataset.segment_range()
    # Drums have no length for the codec, so none for their content.
    length = np.where(dataset.segment_row == _DRUMS, 0, dataset.segment_steps)
    table = np.stack([
        dataset.segment_row, dataset.segment_step, dataset.segment_pitch, length, dataset.segment_is_onset,
    ], axis=1).astype(np.int8)  # fmt: skip
    seen: set[tuple[int, bytes]] = set()
    found = []
    for piece in pieces:
        first = int(dataset.piece_first_bar[piece])
        for bar in range(first, first + int(dataset.piece_bars[piece])):
            notes = table[segment_range[bar] : segment_range[bar + 1]]
            if not len(notes):
                continue
            content = (int(dataset.piece_metre[piece]), notes[np.lexsort(notes.T[::-1])].tobytes())
            if content not in seen:
                seen.add(content)
                found.append(bar)
    return np.array(found, dtype=np.int64)


@torch.inference_mode()
def reconstruct(
    codec: Codec, dataset: BarDataset, segment_range: np.ndarray, first_bar: int, piece: int
) -> Notes:
    """A window of sixteen bars after encoding and decoding, in its own key, tempo and instruments."""
    planes = bar_planes(dataset, segment_range, np.arange(first_bar, first_bar + WINDOW_BARS))
    real = window_notes(dataset, segment_range, first_bar, piece)
    programs = {
        row: int(program)
        for row, program in zip(ROWS, dataset.piece_programs[piece], strict=True)
        if program >= 0
    }
    asked = Conditioning(
        seconds=1.0,
        # Only metre and instruments reach the notes; the tempo is the window's own again below.
        tempo_bpm=float(np.clip(real.tempo_bpm, *TEMPO_RANGE_BPM)),
        key=0,
        mode="major",
        style=(0.0,) * STYLE_DIMENSIONS,
        programs=programs,
        metre=METRES[int(dataset.piece_metre[piece])].name,
    )
    latent, _ = codec.encode(planes)
    decoded = decode_notes(codec, latent, asked, int(dataset.piece_transposition[piece]))
    return replace(decoded, tempo_bpm=real.tempo_bpm)


def draw_windows(dataset: BarDataset, split: str, count: int, rng: np.random.Generator) -> Windows:
    """At most `count` windows of a split, of as many works as there are: works take turns."""
    windows = find_windows(dataset, split)
    order = rng.permutation(len(windows))
    works = dataset.piece_work[windows.piece[order]]
    # A work's first drawn window goes before every work's second.
    turn = np.zeros(len(order), dtype=np.int64)
    seen: dict[str, int] = {}
    for place, work in enumerate(works.tolist()):
        turn[place] = seen[work] = seen.get(work, -1) + 1
    chosen = order[np.argsort(turn, kind="stable")[:count]]
    return Windows(windows.first_bar[chosen], windows.piece[chosen])


def _reconstruction_auc(
    codec: Codec,
    dataset: BarDataset,
    segment_range: np.ndarray,
    split: str,
    count: int,
    two_sample_auc: TwoSampleAuc,
    rng: np.random.Generator,
) -> dict[str, Any]:
    windows = draw_windows(dataset, split, count, rng)
    if len(set(dataset.piece_work[windows.piece].tolist())) < 2:
        # The judge learns from some works and is asked about others.
        return {"value": None, "low": None, "high": None, "n": len(windows)}
    places = list(zip(windows.first_bar.tolist(), windows.piece.tolist(), strict=True))
    real = [window_notes(dataset, segment_range, *place) for place in places]
    ours = [reconstruct(codec, dataset, segment_range, *place) for place in places]
    return two_sample_auc(ours, real, dataset.piece_work[windows.piece].tolist(), rng)


@torch.inference_mode()
def _encode(
    codec: Codec,
    dataset: BarDataset,
    segment_range: np.ndarray,
    bars: np.ndarray,
    report: Callable[[float], None],
) -> torch.Tensor:
    means = []
    for start in range(0, len(bars), BARS_AT_ONCE):
        means.append(codec.encode(bar_planes(dataset, segment_range, bars[start : start + BARS_AT_ONCE]))[0])
        report(start / len(bars))
    return torch.cat(means)


@torch.inference_mode()
def _hits(
    codec: Codec,
    dataset: BarDataset,
    segment_range: np.ndarray,
    bars: np.ndarray,
    latents: torch.Tensor,
    report: Callable[[float], None],
) -> Hits:
    least = float(np.log(ONSET_THRESHOLD / (1.0 - ONSET_THRESHOLD)))
    parts = []
    for start in range(0, len(bars), BARS_AT_ONCE):
        planes = bar_planes(dataset, segment_range, bars[start : start + BARS_AT_ONCE])
        latent = latents[start : start + BARS_AT_ONCE]
        logits = codec.decode(latent, codec.decode_chords(latent).argmax(-1), planes.patches)
        parts.append(_compare(logits.onset > least, logits.drum_onset > least, planes))
        report(start / len(bars))
    return Hits(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _compare(lines: torch.Tensor, drums: torch.Tensor, planes: BarPlanes) -> tuple[np.ndarray, ...]:
    """Counts (bars, 5) of onsets on both sides, only decoded and only written."""
    decoded, written = ((lines, drums), (planes.onset > 0, planes.drum_onset > 0))

    def count(of_lines: torch.Tensor, of_drums: torch.Tensor) -> np.ndarray:
        by_row = [of_lines.flatten(2).sum(-1), of_drums.flatten(1).sum(-1, keepdim=True)]
        return torch.cat(by_row, dim=1).numpy()

    return (
        count(*(ours & theirs for ours, theirs in zip(decoded, written, strict=True))),
        count(*(ours & ~theirs for ours, theirs in zip(decoded, written, strict=True))),
        count(*(~ours & theirs for ours, theirs in zip(decoded, written, strict=True))),
    )
