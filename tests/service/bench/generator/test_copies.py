import json

import numpy as np
import pytest

from generator.copying.guard import PassageFilter
from generator.dataset import BarDataset
from generator.measures.corruptions import Corruption
from generator.notes import Notes
from service.bench.generator.copies import CopyPiece, CopyScale, measure_copies
from service.bench.generator.outcome import PartResult
from tests.generator.tunes import as_notes, corpus_of, draw_bass, draw_tune

TUNES = [draw_tune(np.random.default_rng([1, number])) for number in range(10)]
BASSES = [draw_bass(np.random.default_rng([2, number])) for number in range(10)]
SCALE = CopyScale(real_windows=4, rungs=4, draws=50)


def no_report(_share: float, _words: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def corpus() -> BarDataset:
    splits = ["train"] * 4 + ["test"] * 4
    return corpus_of(
        [(split, f"w{number}", TUNES[number], BASSES[number]) for number, split in enumerate(splits)]
    )


def half_copied(notes: Notes, rng: np.random.Generator) -> Notes:
    """What an engine of a high order would write: half of a training piece, half of its own."""
    del rng
    lead = notes.tracks[0]
    tune = [
        (onset, pitch)
        for onset, pitch in zip(lead.onset_steps.tolist(), lead.pitch.tolist(), strict=True)
        if onset < 384
    ]
    return as_notes([*tune, *(note for note in TUNES[9] if note[0] >= 384)], BASSES[9])


def own(notes: Notes, rng: np.random.Generator) -> Notes:
    """What an engine of order 1 would write."""
    del notes
    return as_notes(draw_tune(rng), draw_bass(rng))


ENGINES: dict[str, Corruption] = {"markov-high": half_copied, "markov": own}


def measured(corpus: BarDataset, pieces: list[CopyPiece]) -> PartResult:
    guard = PassageFilter.fit(corpus, {})
    result = measure_copies(pieces, corpus, guard, ENGINES, np.random.default_rng(0), no_report, SCALE)
    json.dumps(result.report)
    return result


def test_a_copy_is_told_with_the_piece_and_the_bars_it_comes_from(corpus: BarDataset) -> None:
    pieces = [
        CopyPiece("copy", "a", as_notes(TUNES[2], BASSES[2], up=3)),
        CopyPiece("new", "b", as_notes(TUNES[8], BASSES[8])),
    ]
    result = measured(corpus, pieces)
    copy, new = result.rows["copies"]
    whole = (TUNES[2][-1][0] - TUNES[2][0][0]) / 12
    assert copy["tune_beats"] == result.report["copying"]["longest"] == whole
    assert (copy["tune_credit"], copy["tune_source_first_bar"], copy["tune_source_last_bar"]) == (
        "Song 2 by Trad. (songs, CC0-1.0)", 1, 16,
    )  # fmt: skip
    assert (new["tune_beats"], new["tune_credit"]) == (0.0, "")
    figures = result.report["copying"]
    assert figures["ours"]["value"] == pytest.approx(0.95 * whole)
    assert figures["real_p95"]["value"] == 0.0
    assert figures["share_above_real_p95"]["value"] == 0.5
    assert (figures["ours"]["n"], figures["real_p95"]["n"]) == (2, 4)
    assert figures["filter"] == {"threshold_beats": 0.0, "share_equal": 1.0, "share_lower": 0.0, "n": 6}


def test_the_ladder_finds_training_pieces_and_more_copying_where_more_was_copied(corpus: BarDataset) -> None:
    ladder = measured(corpus, [CopyPiece("new", "a", as_notes(TUNES[8], BASSES[8]))]).report["copying"][
        "ladder"
    ]
    means = [ladder[rung]["mean_beats"] for rung in ("trained", "markov-high", "markov")]
    assert means[0] > 60 > means[1] > 28 > means[2]
    assert ladder["transposed_equals_trained"]
    assert ladder["trained_over"] == {"markov-high": 1.0, "markov": 1.0}


def test_without_pieces_there_is_nothing_to_compare(corpus: BarDataset) -> None:
    with pytest.raises(ValueError, match="no pieces"):
        measured(corpus, [])
