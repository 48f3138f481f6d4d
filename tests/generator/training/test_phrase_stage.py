from pathlib import Path

import numpy as np
import pytest

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.engines.event_tokens import DURATION_STEPS
from generator.taste.phrases import PHRASES_FILE, PhraseTable
from generator.training.phrase_stage import learn_phrases
from tests.generator.corpora import write_tables
from tests.generator.taste.small_anchors import anchors_everywhere


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=4, bars=20)))


def test_a_phrase_has_the_rhythm_of_the_tune_and_knows_which_bars_come_back(
    dataset: BarDataset, tmp_path: Path
) -> None:
    anchors = anchors_everywhere(dataset)
    table = learn_phrases(dataset, anchors)
    table.save(tmp_path / PHRASES_FILE)
    back = PhraseTable.load(tmp_path / PHRASES_FILE, anchors.passages_key())
    assert len(back) == len(anchors.vectors)
    bars = back.bars(1, 0, 8)
    assert bars is not None
    # the small band plays four quarter notes a bar, the same ones in each
    quarter = int(np.flatnonzero(DURATION_STEPS == 12)[0])
    assert bars[0].rhythm == tuple((12 * beat, quarter) for beat in range(4))
    assert [bar.again for bar in bars] == [None] + [0] * 7
    second_half = back.bars(1, 8, 8)
    assert second_half is not None
    assert all(bar.again is None for bar in second_half), "what came before the half is not in it"
    with pytest.raises(ValueError, match="other anchors"):
        PhraseTable.load(tmp_path / PHRASES_FILE, "others")


def test_an_anchor_without_a_tune_has_no_phrase() -> None:
    nothing = np.zeros(0, np.int16)
    table = PhraseTable(
        np.zeros(2, np.int32), nothing, nothing.astype(np.int8), np.full((1, 16), -1, np.int8),
        np.full(1, 48, np.int8), "key",
    )  # fmt: skip
    assert table.bars(0, 0, 8) is None
