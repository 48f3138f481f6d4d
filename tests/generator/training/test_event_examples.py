from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.engines.event_network import UNKNOWN_METRE
from generator.taste.style import StyleEncoder
from generator.training.event_examples import draw_examples, engine_examples, judge_examples
from generator.windows import find_windows
from tests.generator.corpora import write_tables


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=36, bars=17)))


def test_a_row_that_rests_is_neither_seen_nor_expected_and_a_judge_is_told_nothing(
    dataset: BarDataset,
) -> None:
    examples = judge_examples(dataset, find_windows(dataset, "train"))
    tokens, condition = draw_examples(examples, np.zeros(40, np.int64), 500, np.random.default_rng(0))
    assert not condition.has_style.any()
    assert set(condition.metre.tolist()) <= {0, UNKNOWN_METRE}
    rested = 0
    for sequence, absent in zip(tokens, condition.absent[:, 1:].numpy(), strict=True):
        notes = sequence.what[sequence.what < sequence.what[0]]
        playing = np.unique(np.minimum(notes // 72, 4))
        assert sorted(playing) == np.flatnonzero(~absent).tolist()
        rested += int(absent.any())
    assert rested > 5


def test_conditions_are_those_of_the_denoiser(dataset: BarDataset, tmp_path: Path) -> None:
    windows = find_windows(dataset, "train")
    examples = engine_examples(dataset, windows, StyleEncoder().eval(), tmp_path / "conditions.npz", 0)
    _, condition = draw_examples(examples, np.arange(len(windows)), 100, np.random.default_rng(0))
    told = condition.has_style.float().mean()
    assert 0.5 < told < 1.0
    assert condition.known[:, 1].any()
    assert not condition.known.all()
