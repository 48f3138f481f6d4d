from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from service.bench.generator.real_windows import read_real_windows, sounding_rows
from tests.generator.corpora import write_tables


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    """Six works of a band, 32 bars each, of which four are for training."""
    folder: Path = tmp_path_factory.mktemp("corpus")
    return build_dataset(read_corpus(write_tables(folder, pieces=6, bars=32)))


def test_every_work_gives_one_window_before_any_gives_a_second(dataset: BarDataset) -> None:
    found = read_real_windows(dataset, "train", 6, np.random.default_rng(0))
    assert {window.work for window in found[:4]} == {"w0", "w1", "w2", "w3"}
    assert len({window.work for window in found[4:]}) == 2


def test_windows_hold_sixteen_bars_of_all_rows_and_never_of_another_split(dataset: BarDataset) -> None:
    found = read_real_windows(dataset, "test", 50, np.random.default_rng(0))
    assert {window.work for window in found} == {"w5"}
    assert all(window.notes.bars == 16 for window in found)
    assert all(sounding_rows(window.notes) == ("lead", "comp", "pad", "bass", "drums") for window in found)
