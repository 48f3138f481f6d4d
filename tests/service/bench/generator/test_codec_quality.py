from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.notes import ROWS
from generator.pipeline import Composer
from service.bench.generator.codec_quality import Hits, distinct_bars, measure_codec
from service.bench.intervals import GroupBootstrap
from tests.generator.corpora import write_tables
from tests.service.bench.generator.bench_things import bench_weights


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    """Six pieces that repeat one bar; in the key frame all of them are the same."""
    return build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=6, bars=20)))


def test_a_bar_that_comes_back_counts_once(dataset: BarDataset) -> None:
    assert len(distinct_bars(dataset, "train")) == 1
    assert len(distinct_bars(dataset, "test")) == 1


def test_a_bar_that_differs_in_one_pitch_counts_too(dataset: BarDataset) -> None:
    pitch = dataset.segment_pitch.copy()
    last = np.flatnonzero(dataset.segment_row == 0)[-1]
    pitch[last] += 1
    columns = {**vars(dataset), "segment_pitch": pitch}
    assert len(distinct_bars(BarDataset(**columns), "test")) == 2


def test_f1_is_twice_the_hits_by_all_onsets(rng: np.random.Generator) -> None:
    both, ours, theirs = (np.tile([[number] * len(ROWS)], (4, 1)) for number in (6, 1, 3))
    figure = Hits(both, ours, theirs).f1(GroupBootstrap(list("aabb"), rng), 0)
    assert figure["value"] == pytest.approx(12 / 16)
    assert figure["low"] == figure["high"] == pytest.approx(12 / 16)
    assert figure["n"] == 36


def test_all_that_a_codec_is_asked_is_told(
    dataset: BarDataset, tmp_path: Path, rng: np.random.Generator
) -> None:
    codec = Composer.load(bench_weights(tmp_path), threads=1).codec
    told = measure_codec(
        codec,
        dataset,
        rng,
        lambda _share, _words: None,
        most_bars=10,
        windows=4,
        split="test",
        two_sample_auc=None,
    )
    assert set(told["onset_f1"]) == set(ROWS)
    # These weights play the same whatever is encoded, so noise in a latent takes nothing away.
    assert told["noise_loss"]["value"] == 0.0
    assert told["bars"] == {"measured": 1, "distinct": 1, "works": 1}
