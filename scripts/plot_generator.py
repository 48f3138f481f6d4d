"""What docs/benchmarks.md shows of the generator: its section, ladders, and ten pieces as piano rolls and spectrograms."""

import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import numpy as np
import soundfile
from matplotlib import pyplot as plt  # the way of drawing must be chosen before
from matplotlib.axes import Axes
from PIL import Image
from scipy import signal

from generator.notes import STEPS_PER_BEAT
from service.bench.generator.pieces import BenchPiece, read_pieces

SHOWN_PIECES = 10
DOTS_AN_INCH = 80
COLOURS_OF_A_FILE = 48
"""Few enough for a small file; a spectrogram needs no more."""

ROW_COLOURS = {"lead": "#c8553d", "comp": "#1b7f79", "pad": "#8fb8de", "bass": "#5b4b8a", "drums": "#9aa5ab"}
REAL, WORSE, OURS = "#1b7f79", "#9aa5ab", "#c8553d"
KEY_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

SECTION = """
## What is composed

Written from the report of a run:

    homespun bench generator --corpus CORPUS --library MUSIC --out generator
    .venv/bin/python -m scripts.plot_benchmarks --generator generator

24 pieces of 30 seconds are composed for each of the ten largest folders of MUSIC, on the way that a listener's taste takes:
half of a folder's tracks ask, the other half teaches the judge of style. `--out` keeps each piece as MIDI, FLAC, exact notes
and request with its seed, so that other judges can be asked; a run that was stopped goes on where it was, `--only` measures
parts alone, and `--quick` only shows that everything runs. In brackets stand 95 % intervals.

<!-- generator:bars -->
<!-- /generator:bars -->

<!-- generator:not_measured -->
<!-- /generator:not_measured -->

<!-- generator:pieces -->
<!-- /generator:pieces -->

### The codec

Bars of works that were never trained on, each distinct bar once, are encoded and decoded as in use: under the chords that are
read from the latents. The noise is a tenth of each dimension's own deviation.

<!-- generator:codec -->
<!-- /generator:codec -->

### The notes

A judge is taught to tell composed from real windows of the same rows, metre and length, works and clusters left out in turn: .5
is as good as real. It counts only where it finds the controls. A measure is admitted where it puts its own ladder in order.

<!-- generator:quality -->
<!-- /generator:quality -->

![Ladders of the measures](generator-ladder.png)

<!-- generator:copying -->
<!-- /generator:copying -->

### Whom and which mood it was composed for

<!-- generator:style -->
<!-- /generator:style -->

<!-- generator:emotion -->
<!-- /generator:emotion -->

<!-- generator:index -->
<!-- /generator:index -->

### Speed and size

Beside stands the architecture of Stable Audio 3 small-music with random weights, since what a network costs does not depend on
them: `docs/benchmarks/stable_audio_3_small.json` says how it was made and run (`--only stable-audio` repeats it).

<!-- generator:speed -->
<!-- /generator:speed -->

### Ten pieces

<!-- generator:shown -->
<!-- /generator:shown -->
"""


def with_section(page: str) -> str:
    """The page, with the generator's section at its end where it has none yet."""
    return page if "<!-- generator:bars -->" in page else page.rstrip("\n") + "\n" + SECTION


def shown_pieces(folder: Path) -> list[BenchPiece]:
    """Ten pieces of a bench's folder that passed their screening, clusters in turn: the first of each, then the second."""
    turn: dict[str, int] = {}
    placed = []
    for piece in read_pieces(folder / "pieces"):
        if piece.passed:
            turn[piece.cluster] = turn.get(piece.cluster, -1) + 1
            placed.append((turn[piece.cluster], piece.name, piece))
    return [piece for *_, piece in sorted(placed, key=lambda each: each[:2])][:SHOWN_PIECES]


def shown_table(pieces: list[BenchPiece]) -> str:
    """Requests and seeds, each piece with its picture."""
    lines = [
        "| piece | composed for | seed | bpm | key | rows | picture |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for number, piece in enumerate(pieces, start=1):
        asked = piece.conditioning
        cells = (
            piece.name,
            piece.cluster,
            str(piece.seed),
            f"{asked.tempo_bpm:.0f}",
            f"{KEY_NAMES[asked.key]} {asked.mode}, {asked.metre}",
            ", ".join(f"{row} {program}" for row, program in asked.programs.items()),
            f"![{piece.name}]({picture_name(number)})",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) if pieces else "None was composed in this run."


def picture_name(number: int) -> str:
    """The file of the piece with this number, counted from 1."""
    return f"generator-piece-{number:02d}.png"


def draw_piece(piece: BenchPiece) -> Any:
    """A piano roll by row, and under it a spectrogram of the mix in octaves."""
    figure, (roll, sound) = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True, layout="constrained")
    seconds_a_step = 60.0 / piece.notes.tempo_bpm / STEPS_PER_BEAT
    for track in piece.notes.tracks:
        start = track.onset_steps * seconds_a_step
        roll.hlines(
            track.pitch,
            start,
            start + np.maximum(track.duration_steps * seconds_a_step, 0.05),
            color=ROW_COLOURS[track.row],
            lw=1.6,
            label=track.row,
        )
    roll.legend(fontsize=6, frameon=False, ncols=5, loc="lower right", bbox_to_anchor=(1, 1))
    roll.set_ylabel("pitch", fontsize=7)
    roll.set_title(f"{piece.name}, seed {piece.seed}", fontsize=8, loc="left")
    _draw_spectrogram(sound, piece.flac_file)
    for axes in (roll, sound):
        axes.tick_params(labelsize=6)
    return figure


def _draw_spectrogram(axes: Axes, flac_file: Path) -> None:
    samples, rate = soundfile.read(flac_file, dtype="float32", always_2d=True)
    hertz, seconds, spectrum = signal.stft(samples.mean(axis=1), rate, nperseg=4096, noverlap=2048)
    bands_hz = np.geomspace(40.0, 16_000.0, 97)
    power = np.abs(spectrum) ** 2
    edges = np.searchsorted(hertz, bands_hz)
    levels = np.stack([power[low : max(high, low + 1)].mean(axis=0) for low, high in pairwise(edges)])
    decibels = 10.0 * np.log10(levels + 1e-12)
    axes.pcolormesh(
        seconds,
        bands_hz[:-1],
        decibels,
        vmin=decibels.max() - 75.0,
        vmax=decibels.max(),
        shading="nearest",
        cmap="magma",
    )
    axes.set(yscale="log", xlabel="seconds")
    axes.set_ylabel("Hz", fontsize=7)
    axes.xaxis.label.set_size(7)


def draw_ladder(report: dict[str, Any]) -> Any:
    """Each measure on real music and on the same made worse, with what was composed beside; None where none was measured."""
    quality = report.get("quality", {})
    ladders = quality.get("ladder")
    if not ladders:
        return None
    figure, row = plt.subplots(
        1, len(ladders), figsize=(3.1 * len(ladders), 2.9), squeeze=False, layout="constrained"
    )
    for axes, (measure, figures) in zip(row[0], ladders.items(), strict=True):
        rungs = {name: each for name, each in figures["rungs"].items() if each and each["value"] is not None}
        names = [name.replace("_", " ") for name in rungs]
        values = [each["value"] for each in rungs.values()]
        axes.barh(names, values, color=[REAL if name == "real" else WORSE for name in names], xerr=_whiskers(list(rungs.values())),
                  error_kw={"lw": 1, "ecolor": "#333"})  # fmt: skip
        ours = quality.get(measure)
        if isinstance(ours, dict) and ours.get("value") is not None:
            axes.axvline(ours["value"], color=OURS, lw=1.5, label="composed")
            axes.legend(fontsize=7, frameon=False)
        axes.invert_yaxis()
        admitted = "admitted" if figures["admitted"] else "not admitted"
        axes.set_title(f"{measure}: {figures['kept']:.2f} in order, {admitted}", fontsize=8)
        axes.tick_params(labelsize=7)
    return figure


def _whiskers(figures: list[dict[str, Any]]) -> list[list[float]]:
    """Distances down and up from the values to the ends of their intervals."""
    lows = [each["value"] - (each["value"] if each["low"] is None else each["low"]) for each in figures]
    highs = [(each["value"] if each["high"] is None else each["high"]) - each["value"] for each in figures]
    return [[max(low, 0.0) for low in lows], [max(high, 0.0) for high in highs]]


def save_small(figure: Any, path: Path) -> None:
    """As a PNG of few colours."""
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=DOTS_AN_INCH, format="png")
    plt.close(figure)
    drawn.seek(0)
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(COLOURS_OF_A_FILE)
        few.save(path, optimize=True)


def copy_stable_audio(report: dict[str, Any], folder: Path, docs: Path) -> None:
    """What stands behind the comparison of speed, where this run made it at full size."""
    path = folder / "stable_audio_3_small.json"
    if path.is_file() and not report["config"]["quick"]:
        told = json.loads(path.read_text(encoding="utf-8"))
        (docs / "benchmarks").mkdir(exist_ok=True)
        (docs / "benchmarks" / path.name).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
