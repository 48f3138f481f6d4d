"""Files nobody thinks of first: each is heard, with its warning, or refused with its reason."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recommender.embedding import VECTOR_SIZE, TrackEncoder, TrackEncoding
from recommender.tags import TAGS
from recommender.voice import VOICE_TAGS
from service.audio import AudioError, DecoderPool
from service.library.hearing import STAGES, check_numbers, hear
from service.library.hearing_warnings import WARNINGS
from service.operations.encoder_weights import load_encoder_weights
from service.settings import load_settings
from tests.audio_files import melody, write_audio

VOICES = [TAGS.index(tag) for tag in VOICE_TAGS]


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    with DecoderPool() as pool:
        yield pool


@pytest.fixture(scope="module")
def encoder(require: Callable[[str], None]) -> TrackEncoder:
    require("encoder")
    return TrackEncoder.from_weights(load_encoder_weights(load_settings().models_dir))


def write_wav(path: Path, samples: np.ndarray, sample_rate: int, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples.T, sample_rate, subtype=subtype)
    return path


def test_a_jingle_of_a_second_is_heard_by_repeating_it(
    tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder
) -> None:
    path = write_audio(tmp_path / "jingle.ogg", melody(1.0))
    heard = hear(path, 1.0, encoder, pool)
    assert heard.warnings == ("short_track",)
    assert heard.is_music
    assert np.linalg.norm(heard.encoding.vector) == pytest.approx(1.0, abs=1e-5)
    assert heard.encoding.vector.shape == (VECTOR_SIZE,)
    assert set(heard.cpu_seconds) == set(STAGES)
    assert heard.cpu_seconds["encode"] > 0


def test_silence_is_heard_and_is_no_music(tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder) -> None:
    path = write_wav(tmp_path / "silence.wav", np.zeros((1, 2 * 16_000), np.float32), 16_000)
    heard = hear(path, 2.0, encoder, pool)
    assert not heard.is_music
    assert set(heard.warnings) == {"short_track", "nearly_silent"}


def test_two_hours_at_the_rate_of_a_telephone_are_a_vector_with_warnings(
    tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder
) -> None:
    sample_rate, seconds = 4_000, 2 * 3600
    samples = np.zeros((1, seconds * sample_rate), np.float32)
    samples[:, : samples.shape[1] // 2] = np.tile(melody(60, sample_rate=sample_rate, channels=1), 60)
    path = tmp_path / "mix.flac"
    soundfile.write(path, samples.T, sample_rate)
    heard = hear(path, float(seconds), encoder, pool)
    assert "long_mix" in heard.warnings
    assert heard.is_music


def test_what_is_cut_off_at_full_scale_and_narrow_is_said_to_be(
    tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder
) -> None:
    loud = np.sign(melody(2.0, sample_rate=8_000, channels=1))
    heard = hear(write_wav(tmp_path / "loud.wav", loud, 8_000, "FLOAT"), 2.0, encoder, pool)
    assert set(heard.warnings) == {"short_track", "clipped", "narrow_band"}


class HearsVoices(TrackEncoder):
    """Finds voices in everything."""

    def encode(self, samples_16k: np.ndarray) -> TrackEncoding:
        return replace(super().encode(samples_16k), tags=np.isin(np.arange(100), VOICES).astype(np.float32))


def test_somebody_who_talks_is_heard_and_is_no_music(
    tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder, rng: np.random.Generator
) -> None:
    noise = 0.1 * rng.standard_normal((1, 2 * 16_000)).astype(np.float32)
    path = write_wav(tmp_path / "talk.wav", noise, 16_000)
    voices = HearsVoices.from_weights(load_encoder_weights(load_settings().models_dir))
    heard = hear(path, 2.0, voices, pool)
    assert (heard.is_music, "speech" in heard.warnings, heard.voice > 0.9) == (False, True, True)
    assert hear(path, 2.0, encoder, pool).is_music


def test_a_number_that_is_none_is_refused_wherever_it_stands(
    tmp_path: Path, pool: DecoderPool, encoder: TrackEncoder
) -> None:
    samples = melody(5.0, sample_rate=16_000, channels=1)
    samples[0, 70_000] = np.nan
    with pytest.raises(AudioError, match="not sound") as refused:
        hear(write_wav(tmp_path / "nan.wav", samples, 16_000, "FLOAT"), 5.0, encoder, pool)
    assert refused.value.code == "unreadable_audio"

    heard = hear(write_audio(tmp_path / "a.ogg", melody(1.0)), 1.0, encoder, pool)
    vector = heard.encoding.vector.copy()
    vector[7] = np.nan
    for broken in (
        replace(heard, encoding=replace(heard.encoding, vector=vector)),
        replace(heard, features=replace(heard.features, brightness_hz=float("inf"))),
        replace(heard, emotion=replace(heard.emotion, valence=float("nan"))),
        replace(heard, measures=replace(heard.measures, peak=float("nan"))),
    ):
        with pytest.raises(AudioError) as caught:
            check_numbers(broken)
        assert caught.value.code == "not_a_number"


@pytest.mark.parametrize(("channels", "sample_rate"), [(1, 44_100), (8, 48_000), (2, 8_000), (1, 192_000)])
def test_any_number_of_channels_and_any_rate_becomes_the_same_excerpts(
    tmp_path: Path, pool: DecoderPool, channels: int, sample_rate: int
) -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(6 * sample_rate) / sample_rate).astype(np.float32)
    path = write_wav(tmp_path / "a.wav", np.tile(tone, (channels, 1)), sample_rate)
    listened = pool.listen(path)
    assert listened.excerpts.shape == (10, 48_000)
    assert listened.middle.shape == (6 * 16_000,)
    assert listened.excerpts[3].std() == pytest.approx(0.3 / np.sqrt(2), rel=0.01)
    assert listened.measures == pool.measure(path)


def test_one_pass_gives_what_looking_at_each_place_gives(tmp_path: Path, pool: DecoderPool) -> None:
    path = write_audio(tmp_path / "a.flac", melody(50.0, sample_rate=16_000), 16_000)
    listened = pool.listen(path)
    np.testing.assert_array_equal(listened.excerpts, pool.load_excerpts(path))
    middle = pool.load(path, sample_rate=16_000, mono=True, start_seconds=10.0, max_seconds=30.0)
    np.testing.assert_array_equal(listened.middle, middle.samples[0])


def test_a_compressed_file_has_no_holes_in_its_excerpts(tmp_path: Path, pool: DecoderPool) -> None:
    rng = np.random.default_rng(4)
    path = write_audio(tmp_path / "a.ogg", 0.1 * rng.standard_normal((2, 40 * 44_100)).astype(np.float32))
    assert float((pool.listen(path).excerpts == 0.0).mean()) < 1e-4


def test_each_warning_is_one_sentence() -> None:
    assert all(sentence.endswith(".") and len(sentence) < 120 for sentence in WARNINGS.values())
