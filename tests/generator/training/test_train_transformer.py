from pathlib import Path

import pytest
import torch

from generator.corpus import read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.engines.event_network import EventNetworkConfig
from generator.engines.events import notes_events
from generator.engines.transformer import TRANSFORMER_FILE, TransformerEngine, events_bits, unasked
from generator.taste.style import StyleEncoder
from generator.training.event_examples import judge_examples
from generator.training.loop import LoopConfig
from generator.training.train_transformer import (
    DATASET_FILE,
    STYLE_FILE,
    TransformerRecipe,
    fit_transformer,
    seeded_network,
    train_transformer,
)
from generator.windows import find_windows
from tests.generator.corpora import write_tables
from tests.generator.pieces import small_band

TINY = EventNetworkConfig(width=32, layers=1, heads=2, longest=62)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path_factory.mktemp("corpus"), pieces=36, bars=17)))


def nobody(share: float, words: str) -> None:
    del share, words


def test_a_network_learns_three_bars_by_heart_and_goes_on_where_it_stopped(
    dataset: BarDataset, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    examples = judge_examples(dataset, find_windows(dataset, "train"))
    network = seeded_network(TINY, 0)
    bars = notes_events(small_band(3), transposition=0)
    before = events_bits(network.eval(), bars, unasked(bars))[0].sum() / len(bars)

    def config(steps: int) -> LoopConfig:
        return LoopConfig(
            steps, 5e-3, hidden_parts=("blocks",), warmup_steps=4, ema_decay=0.5, checkpoint_every=5
        )

    fit_transformer(network, examples, config(20), tmp_path / "events.ckpt", nobody)
    curve = fit_transformer(seeded_network(TINY, 1), examples, config(70), tmp_path / "events.ckpt", nobody)
    resumed = seeded_network(TINY, 2)
    fit_transformer(resumed, examples, config(70), tmp_path / "events.ckpt", nobody)
    after = events_bits(resumed, bars, unasked(bars))[0].sum() / len(bars)
    assert [round(point["step"]) for point in curve] == [20, 25, 50, 70]
    assert before > 8.0
    assert after < 0.4 * before


def test_the_engine_is_trained_where_the_generator_was_and_nothing_is_done_twice(
    dataset: BarDataset, tmp_path: Path
) -> None:
    recipe = TransformerRecipe(steps=2, width=16, layers=1)
    with pytest.raises(ValueError, match="train the generator there first"):
        train_transformer(tmp_path, tmp_path / "weights", recipe, nobody)
    dataset.save(tmp_path / DATASET_FILE)
    torch.save({"encoder": StyleEncoder().state_dict()}, tmp_path / STYLE_FILE)
    measured = train_transformer(tmp_path, tmp_path / "weights", recipe, nobody)
    engine = TransformerEngine.load(tmp_path / "weights" / TRANSFORMER_FILE)
    assert engine.typical_bits == tuple(measured["bits_a_note"]["valid"])
    conditions = tmp_path / "transformer_conditions.npz"
    written = conditions.stat().st_mtime_ns
    again = train_transformer(tmp_path, tmp_path / "weights", recipe, nobody)
    assert conditions.stat().st_mtime_ns == written
    assert again["sha256"] == measured["sha256"]
