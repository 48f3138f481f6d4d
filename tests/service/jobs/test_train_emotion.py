from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from generator.corpus import PIECES_FILE
from recommender.embedding import TrackEncoder
from service.audio import DecoderPool, flac_bytes
from service.errors import InvalidRequest
from service.jobs.emotion_examples import corpus_examples, library_examples, library_files, library_hash
from service.jobs.train_emotion import fitted_weights
from service.operations.encoder_weights import load_encoder_weights
from service.settings import load_settings
from tests.generator.corpora import write_tables


def no_report(_share: float, _words: str) -> None:
    """Nobody watches."""


@pytest.fixture
def encoder(require: Callable[[str], None]) -> TrackEncoder:
    require("encoder")
    return TrackEncoder.from_weights(load_encoder_weights(load_settings().models_dir))


def write_noise(path: Path, rng: np.random.Generator, seconds: float = 4.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(flac_bytes(rng.normal(0, 0.1, (1, int(seconds * 16_000))).astype(np.float32), 16_000))


def write_mood_words(corpus: Path, words: list[tuple[float | None, str]]) -> None:
    rows = pq.read_table(corpus / PIECES_FILE).to_pylist()
    told = [
        {**row, "valence": valence, "tags": tags, "bpm_is_default": False}
        for row, (valence, tags) in zip(rows, words, strict=True)
    ]
    pq.write_table(pa.Table.from_pylist(told), corpus / PIECES_FILE)


def test_a_library_tells_moods_by_its_file_names_and_two_files_are_too_few(
    encoder: TrackEncoder, tmp_path: Path, rng: np.random.Generator
) -> None:
    write_noise(tmp_path / "game" / "battle.flac", rng, 31.0)
    write_noise(tmp_path / "game" / "track 2.flac", rng, 31.0)
    write_noise(tmp_path / "game" / "a sound of fear.flac", rng)
    (tmp_path / "game" / "calm.mp3").write_bytes(b"no music")
    with DecoderPool(1) as pool:
        heard = list(library_examples(tmp_path, encoder, pool, no_report))
    assert [(each.valence, each.arousal, each.group) for each in heard] == [
        (-0.5, 0.5, "game"),
        (None, None, "game"),
    ]
    assert heard[0].tags.shape == (100,)
    with pytest.raises(InvalidRequest, match="too few mood words"):
        fitted_weights(heard, [], seed=0)


def test_a_library_without_music_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no music") as refused:
        library_files(tmp_path)
    assert refused.value.code == "library_empty"


def test_the_hash_of_a_library_changes_with_a_name_and_with_a_sound(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    write_noise(tmp_path / "one.flac", rng)
    first = library_hash(tmp_path)
    assert library_hash(tmp_path) == first
    (tmp_path / "one.flac").rename(tmp_path / "two.flac")
    renamed = library_hash(tmp_path)
    write_noise(tmp_path / "two.flac", rng)
    assert len({first, renamed, library_hash(tmp_path)}) == 3


def test_a_corpus_tells_valence_by_its_mood_words_and_arousal_by_its_grooves(
    encoder: TrackEncoder, tmp_path: Path, rng: np.random.Generator
) -> None:
    write_tables(tmp_path, pieces=4, bars=16)
    write_mood_words(tmp_path, [(0.7, "Joyful;groove=pflib/metal1"), (None, ""), (0.1, "x"), (0.2, "y")])
    [heard] = corpus_examples(tmp_path, encoder, rng, no_report)
    assert (heard.valence, heard.arousal, heard.group) == (0.7, 0.5, "w0")
    assert heard.features.tempo_bpm > 0


def test_a_corpus_without_mood_words_is_told_of(
    encoder: TrackEncoder, tmp_path: Path, rng: np.random.Generator
) -> None:
    with pytest.raises(InvalidRequest, match="mood words"):
        next(corpus_examples(tmp_path, encoder, rng, no_report))
    write_tables(tmp_path, pieces=3)
    write_mood_words(tmp_path, [(None, "")] * 3)
    with pytest.raises(InvalidRequest, match="No piece"):
        next(corpus_examples(tmp_path, encoder, rng, no_report))
