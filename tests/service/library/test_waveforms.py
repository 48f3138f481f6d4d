import os
from pathlib import Path

import numpy as np
import pytest

from service.audio import AudioError, DecoderPool
from service.errors import NotFound
from service.library.waveforms import keep_peaks, peaks
from service.settings import Settings
from service.store.tables import Track
from tests.audio_files import melody, write_audio


def _track(path: Path) -> Track:
    return Track(path=os.fsencode(path), content_hash="cd" * 16)


def _loud_in_the_middle(path: Path, seconds: float = 6.0) -> Path:
    samples = melody(seconds)
    third = samples.shape[1] // 3
    samples[:, :third] *= 0.1
    samples[:, 2 * third :] = 0.0
    return write_audio(path, samples)


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg"])
def test_the_outline_follows_the_sound(sqlite_settings: Settings, tmp_path: Path, suffix: str) -> None:
    path = _loud_in_the_middle(tmp_path / f"a.{suffix}")
    found = np.array(peaks(sqlite_settings, _track(path)))

    assert 550 < found.size <= 600
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    first, middle, last = np.array_split(found, 3)
    assert np.median(middle) > 5 * np.median(first) > 0
    assert np.median(last) < 0.01


def test_an_outline_is_made_once_and_may_be_made_before(sqlite_settings: Settings, tmp_path: Path) -> None:
    path = _loud_in_the_middle(tmp_path / "a.flac")
    with DecoderPool() as pool:
        measures = pool.measure(path)
    keep_peaks(sqlite_settings.cache_dir, "cd" * 16, measures)
    path.unlink()

    assert peaks(sqlite_settings, _track(path)) == [round(peak, 3) for peak in measures.peaks]


@pytest.mark.parametrize("content", [b"", b"no music"])
def test_a_file_without_sound_has_no_outline(
    sqlite_settings: Settings, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(content)

    with pytest.raises(AudioError):
        peaks(sqlite_settings, _track(path))
    assert not list((sqlite_settings.cache_dir).rglob("*.json"))


@pytest.mark.parametrize("path", [b"/nowhere/a.flac", b"\0" + b"0" * 26])
def test_a_missing_file_is_told_as_missing(sqlite_settings: Settings, path: bytes) -> None:
    with pytest.raises(NotFound) as refusal:
        peaks(sqlite_settings, Track(path=path, content_hash="cd" * 16))
    assert refusal.value.code == "file_missing"


def test_a_pipe_is_not_waited_for(sqlite_settings: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.flac")

    with pytest.raises(AudioError):
        peaks(sqlite_settings, _track(tmp_path / "a.flac"))
