"""Typicality: how surprising pieces are to a judge of works that the generator never saw, beside other such works.

Works of the valid and test splits are halved: the judge learns from one half, the other half says which bits a note are
usual. Too few bits are a loop, too many are noise. Bits are counted over the same number of bars on both sides, for a piece
costs less the longer it goes on.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.conditioning import TEMPO_RANGE_BPM, Conditioning
from generator.dataset import BarDataset
from generator.engines.markov import ORDERS, MarkovEngine
from generator.engines.protocol import NotesJudge
from generator.measures.corruptions import Corruption, jitter_pitch, shuffle_bars, swap_from
from generator.notes import Notes
from generator.sound.rendering import TAIL_SECONDS
from generator.training.loop import Report
from generator.training.train_transformer import train_judge
from generator.windows import WINDOW_BARS, Windows, find_windows, window_notes
from service.bench.generator.outcome import PartResult
from service.bench.intervals import GroupBootstrap, interval_of

PERCENTILES = (5.0, 95.0)
ADMISSION = 0.9
"""Of the pairs of each rung, so many must be in order for a judge to be believed."""
_FEWEST_NOTES = 8
_GROUPS = ("band", "other")


@dataclass(frozen=True)
class TypicalityScale:
    """How much: steps the judge is trained for (0: a Markov model of high order judges), windows asked, rungs drawn."""

    judge_steps: int = 600
    real_windows: int = 400
    rungs: int = 100
    markov_windows: int = 1_500


@dataclass(frozen=True)
class JudgedPiece:
    """A piece by its name and the cluster it was composed for."""

    name: str
    cluster: str
    notes: Notes


@dataclass(frozen=True)
class _Judged:
    """Bits a note over the first 1, 2, ... bars (bars,), and whether drums and two rows more play."""

    bits: np.ndarray
    group: str

    def over(self, bars: int) -> float:
        return float(self.bits[min(bars, len(self.bits)) - 1])


def measure_typicality(
    ours: Sequence[JudgedPiece],
    dataset: BarDataset,
    out: Path,
    rng: np.random.Generator,
    report: Report,
    scale: TypicalityScale | None = None,
) -> PartResult:
    """Train the judge (kept in `out`, where a stopped training goes on), ask it about all pieces, and tell the share inside.

    The report's place is quality.typicality: `value` with its interval, the same of real works against each other, bands and
    shares by group, and the ladder. Rows: one a piece. Raises ValueError for a corpus with too few works.
    """
    scale = scale or TypicalityScale()
    learnt, asked = halved_windows(dataset, np.random.default_rng(0))
    judge = _judge(dataset, learnt, out, scale, lambda share, words: report(0.6 * share, words))
    asked = _spread_over_works(dataset, asked, scale.real_windows, rng)
    segment_range = dataset.segment_range()
    real_notes = [
        window_notes(dataset, segment_range, int(bar), int(piece))
        for bar, piece in zip(asked.first_bar, asked.piece, strict=True)
    ]
    kept = [place for place, notes in enumerate(real_notes) if notes.note_count >= _FEWEST_NOTES]
    real_notes, works = [real_notes[place] for place in kept], dataset.piece_work[asked.piece[kept]]
    report(0.6, "judging real works")
    real = [_judged(judge, notes) for notes in real_notes]
    report(0.75, "judging the ladder")
    ladder = _ladder(judge, dataset, real_notes, real, rng, scale)
    report(0.9, "judging what was composed")
    rows = [_row(piece, _judged(judge, piece.notes), real) for piece in ours if piece.notes.note_count]
    rows += [_empty_row(piece) for piece in ours if not piece.notes.note_count]
    told = {
        **_share([row["inside"] for row in rows], [row["name"] for row in rows], rng),
        "judge": judge.name,
        "judge_steps": scale.judge_steps,
        "judge_windows": len(learnt),
        "real": _real_share(real, works, rng),
        "by_group": _by_group(rows, real, works),
        "ladder": ladder,
        "admitted": all((rung["pairs_in_order"] or 0.0) >= ADMISSION for rung in ladder.values()),
    }
    report(1.0, "typicality told")
    return PartResult({"quality": {"typicality": told}}, {"typicality": rows})


def halved_windows(dataset: BarDataset, rng: np.random.Generator) -> tuple[Windows, Windows]:
    """Return the windows of the works a judge learns from and of those it is asked about; no work is in both.

    Raises ValueError where valid and test splits together have fewer than four works.
    """
    both = [find_windows(dataset, split) for split in ("valid", "test")]
    first_bar, piece = (
        np.concatenate([getattr(windows, name) for windows in both]) for name in ("first_bar", "piece")
    )
    names, work = np.unique(dataset.piece_work[piece], return_inverse=True)
    if len(names) < 4:
        raise ValueError(
            f"a judge needs at least four works that were not trained on, the corpus has {len(names)}"
        )
    learns = np.zeros(len(names), bool)
    learns[rng.permutation(len(names))[: len(names) // 2]] = True
    mine = learns[work]
    return Windows(first_bar[mine], piece[mine]), Windows(first_bar[~mine], piece[~mine])


def _judge(
    dataset: BarDataset, learnt: Windows, out: Path, scale: TypicalityScale, report: Report
) -> NotesJudge:
    if not scale.judge_steps:
        return MarkovEngine.fit(
            dataset,
            learnt,
            np.random.default_rng(0),
            order=ORDERS["markov-high"],
            name="markov-high",
            count=len(learnt),
        )
    out.mkdir(parents=True, exist_ok=True)
    # a judge of other works, or one that learnt for longer, is another judge
    taught = hashlib.sha256(learnt.first_bar.tobytes() + dataset.segment_pitch.tobytes()).hexdigest()[:8]
    checkpoint = out / f"typicality-{scale.judge_steps}-{taught}.ckpt"
    return train_judge(dataset, learnt, scale.judge_steps, 0, checkpoint, report)


def _spread_over_works(
    dataset: BarDataset, windows: Windows, count: int, rng: np.random.Generator
) -> Windows:
    """Works take turns, so that a long work does not decide what is usual."""
    order = rng.permutation(len(windows))
    _, work = np.unique(dataset.piece_work[windows.piece[order]], return_inverse=True)
    by_work = np.argsort(work, kind="stable")
    begins = np.r_[0, np.flatnonzero(np.diff(work[by_work])) + 1]
    turn = np.arange(len(work)) - np.repeat(begins, np.diff(np.r_[begins, len(work)]))
    chosen = order[by_work[np.argsort(turn, kind="stable")[:count]]]
    return Windows(windows.first_bar[chosen], windows.piece[chosen])


def _judged(judge: NotesJudge, notes: Notes) -> _Judged:
    bits, count = np.cumsum(judge.bits_by_bar(notes)[:, :WINDOW_BARS], axis=1)
    sounding = {track.row for track in notes.tracks if len(track.onset_steps)}
    group = _GROUPS[0] if "drums" in sounding and len(sounding) >= 3 else _GROUPS[1]
    return _Judged(bits / np.maximum(count, 1), group)


def _band(real: Sequence[_Judged], group: str, bars: int) -> tuple[float, float]:
    mine = [one.over(bars) for one in real if one.group == group] or [one.over(bars) for one in real]
    low, high = np.percentile(mine, PERCENTILES)
    return float(low), float(high)


def _row(piece: JudgedPiece, judged: _Judged, real: Sequence[_Judged]) -> dict[str, Any]:
    bars = min(piece.notes.bars, WINDOW_BARS)
    low, high = (round(edge, 4) for edge in _band(real, judged.group, bars))
    bits = round(judged.over(bars), 4)
    return {
        "name": piece.name, "cluster": piece.cluster, "group": judged.group, "bars": bars,
        "notes": piece.notes.note_count, "bits_a_note": bits, "real_low": low, "real_high": high,
        "inside": low <= bits <= high,
    }  # fmt: skip


def _empty_row(piece: JudgedPiece) -> dict[str, Any]:
    return {
        "name": piece.name, "cluster": piece.cluster, "group": _GROUPS[1], "bars": piece.notes.bars, "notes": 0,
        "bits_a_note": None, "real_low": None, "real_high": None, "inside": False,
    }  # fmt: skip


def _share(inside: Sequence[bool], groups: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
    if not inside:
        return {"value": None, "low": None, "high": None, "n": 0}
    flags = np.array(inside, float)
    drawn = GroupBootstrap(groups, rng).means(flags)
    return {**interval_of(float(flags.mean()), drawn).to_json(), "n": len(flags)}


def _real_share(real: Sequence[_Judged], works: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """What real works reach when half of them make the band and the other half is judged by it, both ways round."""
    names, work = np.unique(works, return_inverse=True)
    first = rng.permutation(len(names))[work] < len(names) // 2
    inside, groups = [], []
    for makes in (first, ~first):
        making = [one for one, chosen in zip(real, makes, strict=True) if chosen]
        for place in np.flatnonzero(~makes).tolist():
            low, high = _band(making, real[place].group, WINDOW_BARS)
            inside.append(low <= real[place].over(WINDOW_BARS) <= high)
            groups.append(str(works[place]))
    return _share(inside, groups, rng)


def _by_group(
    rows: Sequence[dict[str, Any]], real: Sequence[_Judged], works: np.ndarray
) -> dict[str, dict[str, Any]]:
    told = {}
    for group in _GROUPS:
        mine = [row for row in rows if row["group"] == group]
        theirs = [place for place, one in enumerate(real) if one.group == group]
        low, high = _band(real, group, WINDOW_BARS)
        bits = [row["bits_a_note"] for row in mine if row["bits_a_note"] is not None]
        told[group] = {
            "share": round(float(np.mean([row["inside"] for row in mine])), 4) if mine else None,
            "n": len(mine),
            "too_low": sum(row["bits_a_note"] < row["real_low"] for row in mine if row["notes"]),
            "too_high": sum(row["bits_a_note"] > row["real_high"] for row in mine if row["notes"]),
            "median_bits": round(float(np.median(bits)), 3) if bits else None,
            "real_median_bits": round(
                float(np.median([real[place].over(WINDOW_BARS) for place in theirs])), 3
            )
            if theirs
            else None,
            "real_band": [round(low, 3), round(high, 3)],
            "real_windows": len(theirs),
            "real_works": len(np.unique(works[theirs])),
        }
    return told


def _ladder(
    judge: NotesJudge,
    dataset: BarDataset,
    notes: Sequence[Notes],
    real: Sequence[_Judged],
    rng: np.random.Generator,
    scale: TypicalityScale,
) -> dict[str, dict[str, Any]]:
    """What corrupted windows cost beside the windows they were made of."""
    markov = MarkovEngine.fit(
        dataset,
        find_windows(dataset, "train"),
        np.random.default_rng(0),
        order=ORDERS["markov"],
        count=scale.markov_windows,
    )
    rungs: dict[str, Corruption] = {
        "row_swap": swap_from(notes),
        "pitch_jitter": jitter_pitch,
        "bars_shuffled": shuffle_bars,
        "markov": lambda one, rng: markov.draw_notes(request_like(one), int(rng.integers(2**31))),
    }
    chosen = rng.permutation(len(notes))[: scale.rungs]
    told = {}
    for name, corrupt in rungs.items():
        costlier, inside, bits = [], [], []
        for place in chosen:
            try:
                judged = _judged(judge, corrupt(notes[place], rng))
            except ValueError:  # a window with one row only has none to swap
                continue
            low, high = _band(real, real[place].group, WINDOW_BARS)
            bits.append(judged.over(WINDOW_BARS))
            costlier.append(bits[-1] > real[place].over(WINDOW_BARS))
            inside.append(low <= bits[-1] <= high)
        told[name] = {
            "pairs_in_order": round(float(np.mean(costlier)), 4) if costlier else None,
            "inside": round(float(np.mean(inside)), 4) if inside else None,
            "median_bits": round(float(np.median(bits)), 3) if bits else None,
            "n": len(costlier),
        }
    return told


def request_like(notes: Notes) -> Conditioning:
    """Return the request that a window of real music would be the answer to: its rows, programs, tempo, metre and bars."""
    low, high = TEMPO_RANGE_BPM
    tempo = min(max(notes.tempo_bpm, low), high)
    return Conditioning(
        seconds=notes.bars * notes.beats_per_bar * 60.0 / tempo + TAIL_SECONDS,
        tempo_bpm=tempo,
        key=0,
        mode="major",
        style=(0.0,) * 24,
        programs={track.row: track.program for track in notes.tracks},
        metre="4/4" if notes.beats_per_bar == 4 else "3/4",
    )
