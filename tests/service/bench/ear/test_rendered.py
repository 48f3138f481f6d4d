from pathlib import Path

import numpy as np
import pytest

from recommender.features import FEATURE_SECONDS, SAMPLE_RATE, measure_features
from service.bench.ear.features_truth import tempo_is_right
from service.bench.ear.rendered import RenderedPiece, rendered_pieces
from tests.generator.corpora import write_tables


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(tmp_path_factory.mktemp("corpus"), pieces=4, bars=8)


@pytest.fixture(scope="module")
def piece(corpus: Path) -> RenderedPiece:
    (found,) = rendered_pieces(corpus, 1, 0, "test")
    return found


def test_a_rendered_piece_says_what_was_written(piece: RenderedPiece) -> None:
    assert (piece.bpm, piece.tonic, piece.mode) == (120.0, 3, "major")
    assert piece.is_band
    assert piece.samples_16k.size <= FEATURE_SECONDS * SAMPLE_RATE
    assert np.abs(piece.samples_16k).max() == pytest.approx(0.7, abs=0.01)
    assert piece.excerpts_16k.shape == (6, 3 * SAMPLE_RATE)


def test_its_onsets_are_apart_ascending_and_near_the_grid(piece: RenderedPiece) -> None:
    assert np.diff(piece.onset_seconds).min() > 0.03
    steps = piece.onset_seconds * 120 / 60 * 12
    assert np.median(np.abs(steps - np.round(steps))) < 0.35


def test_its_tempo_and_its_onsets_are_heard(piece: RenderedPiece) -> None:
    heard = measure_features(piece.samples_16k)
    assert tempo_is_right(np.array([heard.tempo_bpm]), np.array([piece.bpm]), octaves=True).all()
    assert heard.onset_rate == pytest.approx(piece.onsets_per_second, rel=0.3)


def test_the_same_seed_gives_the_same_sound(corpus: Path, piece: RenderedPiece) -> None:
    (again,) = rendered_pieces(corpus, 1, 0, "test")
    np.testing.assert_array_equal(again.samples_16k, piece.samples_16k)


def test_a_band_without_a_stated_tempo_is_among_the_others(corpus: Path) -> None:
    (other,) = rendered_pieces(corpus, 5, 0, "train", bands=False)
    assert other.piece_id == 0
    assert other.bpm is None


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds neither"):
        next(rendered_pieces(tmp_path, 1, 0, "test"))
