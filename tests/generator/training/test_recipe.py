from pathlib import Path

import numpy as np
import pytest

from generator.conditioning import Conditioning
from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from generator.training.anchor_stages import Ear
from generator.training.recipe import train_generator
from generator.training.stages import RecipeConfig
from tests.generator.corpora import write_tables


def hear_bands(samples: np.ndarray) -> np.ndarray:
    """Return log energies in 32 bands (32,): an ear that is quick, and honest enough for a tiny corpus."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    return np.array([np.log(band.sum() + 1e-6) for band in np.array_split(spectrum, 32)], np.float32)


def unit(raw: np.ndarray) -> np.ndarray:
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


@pytest.mark.slow
def test_a_corpus_becomes_weights_that_compose_and_nothing_is_done_twice(tmp_path: Path) -> None:
    corpus = write_tables(tmp_path / "corpus", pieces=28, bars=20)
    config = RecipeConfig(codec_steps=2, decoder_steps=2, denoiser_steps=2, anchors=26)
    ear = Ear("bands", hear_bands, unit)
    told: list[str] = []

    def train() -> dict[str, object]:
        return train_generator(
            corpus,
            tmp_path / "work",
            tmp_path / "weights",
            ear,
            config,
            lambda share, words: told.append(words),  # noqa: ARG005  # words only
        )

    measured = train()
    assert measured["anchors"] == 26
    assert measured["windows"] == 26 * 2
    sums = (tmp_path / "weights" / "checksums.json").read_text()
    table = AnchorTable.load(tmp_path / "weights" / ANCHORS_FILE)
    found = table.retrieve(table.vectors[:2], k=8)
    asked = Conditioning(
        seconds=10,
        tempo_bpm=120,
        key=0,
        mode="major",
        style=tuple(found.style.tolist()),
        programs=found.programs,
    )
    assert Composer.load(tmp_path / "weights", 1).compose(asked, 1).samples.shape == (2, 480_000)

    told.clear()
    train()
    assert not any("heard" in words or "laying" in words or "step" in words for words in told)
    assert (tmp_path / "weights" / "checksums.json").read_text() == sums
