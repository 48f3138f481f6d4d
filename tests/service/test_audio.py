import io
import os
import signal
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import mutagen
import mutagen.asf
import mutagen.flac
import mutagen.mp4
import numpy as np
import psutil
import pytest
import soundfile
from mutagen.id3 import APIC, TIT2

from service.audio import AudioError, DecoderPool, flac_bytes, load
from tests.audio_files import SUFFIXES, melody, write_audio


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    with DecoderPool() as pool:
        yield pool


def _wav(samples: np.ndarray, sample_rate: int = 8_000, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples.T, sample_rate, format="WAV", subtype=subtype)
    return file.getvalue()


def _refused_with(pool: DecoderPool, path: Path) -> str:
    with pytest.raises(AudioError) as refusal:
        pool.fingerprint(path)
    assert str(refusal.value).endswith(".")
    return refusal.value.code


def _tag_heavily(path: Path) -> None:
    """A new title and a picture of 300 kB, each the way its format keeps them."""
    picture = bytes(300_000)
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if path.suffix in (".mp3", ".wav"):
        file.tags.add(TIT2(encoding=3, text="New title"))
        file.tags.add(APIC(encoding=3, mime="image/png", type=3, desc="cover", data=picture))
    elif path.suffix == ".m4a":
        file["\xa9nam"], file["covr"] = "New title", [mutagen.mp4.MP4Cover(picture)]
    elif path.suffix == ".wma":
        file["Title"], file["WM/Picture"] = "New title", [mutagen.asf.ASFByteArrayAttribute(picture)]
    else:
        file["title"], file["metadata_block_picture"] = "New title", "A" * len(picture)
    file.save()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_keeps_its_identity_when_it_is_retagged_and_renamed(
    pool: DecoderPool, tmp_path: Path, suffix: str
) -> None:
    path = write_audio(tmp_path / f"first.{suffix}", melody(12.3))
    before = pool.fingerprint(path)
    _tag_heavily(path)
    after = pool.fingerprint(path.rename(tmp_path / f"second.{suffix}"))
    assert after.content_hash == before.content_hash
    assert after.probe.duration_seconds == pytest.approx(12.3, abs=0.1)
    assert (after.probe.sample_rate, after.probe.channels) == (48_000 if suffix == "opus" else 44_100, 2)
    assert pool.read_tags(tmp_path / f"second.{suffix}")["title"] == ["New title"]


def test_different_melodies_have_different_identities(pool: DecoderPool, tmp_path: Path) -> None:
    hashes = {
        pool.fingerprint(write_audio(tmp_path / f"{seed}.flac", melody(6, seed=seed))).content_hash
        for seed in range(5)
    }
    assert len(hashes) == 5


def test_tracks_that_differ_only_between_silences_have_different_identities(
    pool: DecoderPool, tmp_path: Path
) -> None:
    hashes = set()
    for seed in (1, 2):
        samples = np.zeros((1, 30 * 8_000), np.float32)
        samples[:, 6 * 8_000 : 9 * 8_000] = melody(3, seed=seed, sample_rate=8_000, channels=1)
        path = tmp_path / f"{seed}.wav"
        path.write_bytes(_wav(samples))
        hashes.add(pool.fingerprint(path).content_hash)
    assert len(hashes) == 2


def test_excerpts_are_the_audio_at_their_places(pool: DecoderPool, tmp_path: Path) -> None:
    samples = melody(20, sample_rate=16_000)
    path = write_audio(tmp_path / "a.flac", samples, 16_000)
    excerpts = pool.load_excerpts(path, excerpt_seconds=1.0, excerpts=4)
    mono = samples.mean(axis=0)
    expected = [mono[start : start + 16_000] for start in (32_000, 112_000, 192_000, 272_000)]
    np.testing.assert_allclose(excerpts, expected, atol=1e-3)


def test_excerpts_are_resampled(pool: DecoderPool, tmp_path: Path) -> None:
    excerpts = pool.load_excerpts(write_audio(tmp_path / "a.ogg", melody(8)))
    assert excerpts.shape == (10, 48_000)
    assert excerpts.dtype == np.float32
    assert 0.01 < excerpts.std() < 1


def test_loading_gives_the_samples_that_were_written(tmp_path: Path) -> None:
    samples = melody(2)
    path = tmp_path / "a.flac"
    path.write_bytes(flac_bytes(samples, 44_100))
    audio = load(path)
    assert audio.sample_rate == 44_100
    np.testing.assert_allclose(audio.samples, samples, atol=1 / 32_768)


def test_loading_a_part_at_another_rate_in_mono(pool: DecoderPool, tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", melody(6))
    audio = pool.load(path, sample_rate=16_000, mono=True, start_seconds=2.0, max_seconds=1.5)
    assert audio.samples.shape == (1, 24_000)
    assert audio.duration_seconds == 1.5


def test_flac_refuses_what_is_no_audio() -> None:
    with pytest.raises(ValueError, match="finite"):
        flac_bytes(np.full((2, 100), np.nan, np.float32), 44_100)


def test_a_text_file_an_empty_file_and_a_lone_header_are_refused(pool: DecoderPool, tmp_path: Path) -> None:
    flac = write_audio(tmp_path / "whole.flac", melody(6)).read_bytes()
    contents = {"text.mp3": b"la la la\n" * 2_000, "empty.ogg": b"", "header.flac": flac[:42]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert _refused_with(pool, tmp_path / name) == "unreadable_audio"


def test_a_truncated_flac_is_refused(pool: DecoderPool, tmp_path: Path) -> None:
    flac = write_audio(tmp_path / "whole.flac", melody(30)).read_bytes()
    (tmp_path / "cut.flac").write_bytes(flac[: len(flac) // 2])
    assert _refused_with(pool, tmp_path / "cut.flac") == "truncated_audio"


def test_a_wav_that_claims_four_gigabytes_is_read_as_far_as_it_goes(
    pool: DecoderPool, tmp_path: Path
) -> None:
    content = bytearray(_wav(melody(6, sample_rate=8_000)))
    content[4:8] = struct.pack("<I", 4_000_000_036)
    content[40:44] = struct.pack("<I", 4_000_000_000)
    (tmp_path / "a.wav").write_bytes(content)
    assert pool.fingerprint(tmp_path / "a.wav").probe.duration_seconds == pytest.approx(6.0)


def test_a_streamed_wav_of_unknown_length_is_read(pool: DecoderPool, tmp_path: Path) -> None:
    content = bytearray(_wav(melody(6, sample_rate=8_000)))
    content[4:8] = content[40:44] = b"\xff" * 4
    (tmp_path / "a.wav").write_bytes(content)
    assert pool.fingerprint(tmp_path / "a.wav").probe.duration_seconds == pytest.approx(6.0)


def test_what_is_too_short_or_silent_is_refused(pool: DecoderPool, tmp_path: Path) -> None:
    (tmp_path / "short.wav").write_bytes(_wav(melody(1, sample_rate=8_000)))
    (tmp_path / "silent.wav").write_bytes(_wav(np.zeros((2, 80_000), np.float32)))
    assert _refused_with(pool, tmp_path / "short.wav") == "audio_too_short"
    assert _refused_with(pool, tmp_path / "silent.wav") == "silent_audio"


def test_a_day_of_silence_in_a_small_file_is_refused_and_never_decoded(
    pool: DecoderPool, tmp_path: Path
) -> None:
    with soundfile.SoundFile(tmp_path / "bomb.flac", "w", 4_000, 1, "PCM_16") as file:
        silence = np.zeros(4_000 * 3_600, np.int16)
        for _ in range(5):
            file.write(silence)
    assert _refused_with(pool, tmp_path / "bomb.flac") == "audio_too_long"
    with pytest.raises(AudioError) as refusal:
        pool.load(tmp_path / "bomb.flac", sample_rate=48_000)
    assert refusal.value.code == "audio_too_long"


@pytest.mark.parametrize(
    ("channels", "sample_rate"), [(0, 8_000), (65_535, 8_000), (2, 1), (2, 2_000_000_000)]
)
def test_impossible_channels_and_rates_are_refused(
    pool: DecoderPool, tmp_path: Path, channels: int, sample_rate: int
) -> None:
    content = bytearray(_wav(melody(6, sample_rate=8_000)))
    content[22:28] = struct.pack("<HI", channels, sample_rate)
    (tmp_path / "a.wav").write_bytes(content)
    assert _refused_with(pool, tmp_path / "a.wav") in {"unreadable_audio", "truncated_audio"}


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_float_wav_with_values_that_are_no_sound_is_refused(
    pool: DecoderPool, tmp_path: Path, value: float
) -> None:
    samples = melody(6, sample_rate=8_000)
    samples[:, 100] = value
    (tmp_path / "a.wav").write_bytes(_wav(samples, subtype="FLOAT"))
    assert _refused_with(pool, tmp_path / "a.wav") == "unreadable_audio"


def test_a_quarter_of_a_gigabyte_of_tags_is_survived(tmp_path: Path) -> None:
    size = (1 << 28) - 1
    sound = write_audio(tmp_path / "a.mp3", melody(6)).read_bytes()
    header = b"ID3\x03\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    frame = b"APIC" + struct.pack(">I", size - 10) + b"\x00\x00" + b"\x00image/png\x00\x03\x00"
    with (tmp_path / "huge.mp3").open("wb") as file:
        file.write(header + frame)
        file.seek(10 + size)
        file.write(sound[sound.index(b"\xff\xfb") :])
    with DecoderPool() as pool:
        pool.read_tags(tmp_path / "huge.mp3")
        assert pool.fingerprint(tmp_path / "huge.mp3").probe.duration_seconds == pytest.approx(6, abs=0.1)
        assert pool.peak_memory_mb < 1_200


def test_a_pipe_and_a_folder_are_refused_without_waiting(pool: DecoderPool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    assert _refused_with(pool, tmp_path / "pipe.mp3") == "not_a_file"
    assert _refused_with(pool, tmp_path / "folder.mp3") in {"not_a_file", "unreadable_file"}


def test_a_missing_file_is_said_to_be_unreadable(pool: DecoderPool, tmp_path: Path) -> None:
    assert _refused_with(pool, tmp_path / "nothing.mp3") == "unreadable_file"


def test_a_name_that_is_no_text_is_opened(pool: DecoderPool, tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", melody(6))
    strange = os.fsencode(tmp_path) + b"/\xff\xfe\nname.flac"
    path.rename(os.fsdecode(strange))
    assert pool.fingerprint(strange).probe.codec == "flac"


def test_a_decoder_that_dies_is_replaced(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", melody(6))
    with DecoderPool() as pool:
        before = pool.fingerprint(path)
        decoders = [
            child
            for child in psutil.Process().children()
            if child.status() != psutil.STATUS_ZOMBIE and "service.audio_decoder" in child.cmdline()
        ]
        for decoder in decoders:
            decoder.send_signal(signal.SIGKILL)
            decoder.wait()
        assert pool.fingerprint(path) == before


def test_closing_a_pool_ends_its_decoders(tmp_path: Path) -> None:
    children = set(psutil.Process().children())
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))
    with DecoderPool(2) as pool:
        pool.probe(tmp_path / "a.wav")
        started = set(psutil.Process().children()) - children
        assert started
    assert not any(child.is_running() for child in started)
