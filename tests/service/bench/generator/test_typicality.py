from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.notes import Notes
from generator.windows import find_windows
from service.bench.generator.typicality import (
    JudgedPiece,
    TypicalityScale,
    halved_windows,
    measure_typicality,
    request_like,
)
from tests.generator.corpora import write_tables
from tests.generator.pieces import small_band, track

MARKOV_JUDGE = TypicalityScale(judge_steps=0, real_windows=12, rungs=6, markov_windows=20)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    """Six songs that differ by key only; four of them were not trained on."""
    built = build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=6, bars=18)))
    split = np.array([0, 0, 1, 1, 2, 2], np.int8)
    return replace(built, piece_split=split)


def nobody(share: float, words: str) -> None:
    del share, words


def noise(bars: int) -> Notes:
    rng = np.random.default_rng(0)
    notes = [
        (int(step), int(rng.integers(1, 40)), int(rng.integers(30, 90)), 80)
        for step in rng.integers(0, bars * 48, bars * 19)
    ]
    return replace(small_band(bars), tracks=tuple(track(row, 0, notes) for row in ("lead", "comp", "pad")))


def test_no_work_is_on_both_sides_and_none_was_trained_on(dataset: BarDataset) -> None:
    learnt, asked = halved_windows(dataset, np.random.default_rng(0))
    sides = [set(dataset.piece_work[windows.piece].tolist()) for windows in (learnt, asked)]
    trained = set(dataset.piece_work[find_windows(dataset, "train").piece].tolist())
    assert [len(side) for side in sides] == [2, 2]
    assert not sides[0] & sides[1]
    assert not trained & (sides[0] | sides[1])
    with pytest.raises(ValueError, match="four works"):
        halved_windows(_with_few_works(dataset), np.random.default_rng(0))


def _with_few_works(dataset: BarDataset) -> BarDataset:
    split = np.zeros(6, np.int8)
    split[-2:] = (1, 2)
    return replace(dataset, piece_split=split)


def test_music_like_the_works_is_typical_and_noise_is_not(dataset: BarDataset, tmp_path: Path) -> None:
    ours = [
        JudgedPiece("like", "songs", small_band(16)),
        JudgedPiece("short", "songs", small_band(5)),
        JudgedPiece("noise", "songs", noise(16)),
        JudgedPiece("silence", "songs", Notes((), 120.0, 4, 16)),
    ]
    result = measure_typicality(ours, dataset, tmp_path, np.random.default_rng(0), nobody, MARKOV_JUDGE)
    told, rows = result.report["quality"]["typicality"], result.rows["typicality"]
    assert {row["name"]: row["inside"] for row in rows} == {
        "like": True, "short": True, "noise": False, "silence": False,
    }  # fmt: skip
    assert told["value"] == 0.5
    assert told["n"] == 4
    assert told["judge"] == "markov-high"
    assert told["real"]["value"] == 1.0
    assert told["by_group"]["other"]["too_high"] == 1


def test_the_ladder_is_told_of_every_rung(dataset: BarDataset, tmp_path: Path) -> None:
    result = measure_typicality([], dataset, tmp_path, np.random.default_rng(0), nobody, MARKOV_JUDGE)
    told = result.report["quality"]["typicality"]
    assert told["value"] is None
    assert list(told["ladder"]) == ["row_swap", "pitch_jitter", "bars_shuffled", "markov"]
    assert told["ladder"]["pitch_jitter"]["pairs_in_order"] == 1.0
    # a row swapped in from the same song costs nothing, so the ladder does not stand
    assert told["ladder"]["row_swap"]["pairs_in_order"] == 0.0
    assert not told["admitted"]


def test_a_transformer_judge_is_trained_once(dataset: BarDataset, tmp_path: Path) -> None:
    scale = TypicalityScale(judge_steps=1, real_windows=4, rungs=1, markov_windows=4)
    ours = [JudgedPiece("like", "songs", small_band(4))]
    first = measure_typicality(ours, dataset, tmp_path, np.random.default_rng(0), nobody, scale)
    said: list[str] = []
    second = measure_typicality(
        ours, dataset, tmp_path, np.random.default_rng(0), lambda _, words: said.append(words), scale
    )
    assert first.report["quality"]["typicality"]["judge"] == "transformer"
    assert first.rows == second.rows
    assert not any("step" in words for words in said)


def test_a_request_like_a_window_asks_for_its_bars_rows_and_metre() -> None:
    request = request_like(replace(small_band(16), tempo_bpm=240.0, beats_per_bar=3))
    assert (request.metre, request.tempo_bpm, request.rows) == (
        "3/4", 190.0, ("lead", "comp", "pad", "bass", "drums"),
    )  # fmt: skip
