from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from generator.checkpoint import load_tensors
from generator.conditioning import Conditioning
from generator.networks import ANCHORS_FILE, CODEC_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from generator.training.anchor_stages import Ear
from generator.training.recipe import train_generator
from generator.training.stages import RecipeConfig
from tests.generator.corpora import write_tables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # trains in earnest


def hear_bands(samples: np.ndarray) -> np.ndarray:
    """Return log energies in 32 bands (32,): an ear that is quick, and honest enough for a tiny corpus."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    return np.array([np.log(band.sum() + 1e-6) for band in np.array_split(spectrum, 32)], np.float32)


def unit(raw: np.ndarray) -> np.ndarray:
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


@dataclass(frozen=True)
class Run:
    """A training run as a person starts it, in folders of its own; `told` is what it said it did."""

    folder: Path
    told: list[str]

    @property
    def weights(self) -> Path:
        return self.folder / "weights"

    def train(self) -> dict[str, object]:
        config = RecipeConfig(codec_steps=1, decoder_steps=1, denoiser_steps=1, anchors=26)
        return train_generator(
            self.folder / "corpus",
            self.folder / "work",
            self.weights,
            Ear("bands", hear_bands, unit),
            config,
            lambda _share, words: self.told.append(words),
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    write_tables(folder / "corpus", pieces=28, bars=20)
    run = Run(folder, [])
    measured = run.train()
    assert measured["anchors"] == 26
    assert measured["windows"] == 26 * 2
    return run


def test_a_corpus_becomes_weights_that_compose_and_nothing_is_done_twice(run: Run) -> None:
    sums = (run.weights / "checksums.json").read_text()
    table = AnchorTable.load(run.weights / ANCHORS_FILE)
    found = table.retrieve(table.vectors[:2], k=8)
    asked = Conditioning(
        seconds=10,
        tempo_bpm=120,
        key=0,
        mode="major",
        style=tuple(found.style.tolist()),
        programs=found.programs,
    )
    assert Composer.load(run.weights, 1).compose(asked, 1).samples.shape == (2, 480_000)

    run.told.clear()
    run.train()
    assert not any("heard" in words or "laying" in words or "step" in words for words in run.told)
    assert (run.weights / "checksums.json").read_text() == sums


def test_weights_are_gone_on_from_with_their_codec_and_their_anchors(run: Run, tmp_path: Path) -> None:
    corpus = run.folder / "corpus"

    def deaf(samples: np.ndarray) -> np.ndarray:
        raise AssertionError(f"anchors that are known are not heard again ({len(samples)} samples)")

    then = RecipeConfig(codec_steps=0, decoder_steps=0, denoiser_steps=2, start_from=str(run.weights))
    again = tmp_path / "again"
    train_generator(
        corpus, tmp_path / "work2", again, Ear("bands", deaf, unit), then, lambda _share, _words: None
    )
    (codec, _, first_sha256), (same, _, sha256) = (
        load_tensors(folder / CODEC_FILE) for folder in (run.weights, again)
    )
    assert first_sha256 == sha256
    assert codec.keys() == same.keys()
    before, after = (AnchorTable.load(folder / ANCHORS_FILE) for folder in (run.weights, again))
    np.testing.assert_array_equal(before.vectors, after.vectors)
    with pytest.raises(ValueError, match="heard by bands"):
        train_generator(
            corpus, tmp_path / "work3", again, Ear("ears", deaf, unit), then, lambda _share, _words: None
        )
