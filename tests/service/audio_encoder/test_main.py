import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.audio import DecoderPool
from tests.audio_files import SUFFIXES, melody, write_audio

PLENTY = 100_000_000


def _encode(
    source: Path, path: Path, format_name: str = "opus", bits: int = 96_000, most_bytes: int = PLENTY
) -> tuple[int, str]:
    """The exit code, and the code of what is told."""
    with source.open("rb") as given, path.open("xb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "service.audio_encoder", format_name, str(bits), str(most_bytes)],
            stdin=given,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            env={},
            cwd=Path(__file__).parents[3],
        )
    return done.returncode, json.loads(done.stderr)["code"] if done.stderr else ""


@pytest.mark.parametrize(
    ("suffix", "format_name"), [*((suffix, "opus") for suffix in SUFFIXES), ("flac", "mp3"), ("opus", "mp3")]
)
def test_every_format_is_encoded_whole_at_the_asked_bits(
    tmp_path: Path, suffix: str, format_name: str
) -> None:
    source = write_audio(tmp_path / f"a.{suffix}", melody(6.0))
    result = _encode(source, tmp_path / f"b.{format_name}", format_name, 64_000)

    with DecoderPool() as pool:
        probe = pool.probe(tmp_path / f"b.{format_name}")
    assert result == (0, "")
    assert (probe.codec, probe.channels) == (format_name, 2)
    assert probe.duration_seconds == pytest.approx(6.0, abs=0.15)
    assert probe.bit_rate < 80_000


@pytest.mark.parametrize(
    ("sample_rate", "channels", "format_name"), [(8_000, 1, "mp3"), (22_050, 1, "opus"), (96_000, 2, "mp3")]
)
def test_other_rates_and_mono_are_encoded(
    tmp_path: Path, sample_rate: int, channels: int, format_name: str
) -> None:
    samples = melody(5.0, sample_rate=sample_rate, channels=channels)
    source = write_audio(tmp_path / "a.flac", samples, sample_rate)

    assert _encode(source, tmp_path / f"b.{format_name}", format_name) == (0, "")
    with DecoderPool() as pool:
        assert pool.probe(tmp_path / f"b.{format_name}").channels == channels


def test_no_more_is_written_than_may_be(tmp_path: Path) -> None:
    source = write_audio(tmp_path / "a.flac", melody(20.0))

    assert _encode(source, tmp_path / "b.opus", bits=320_000, most_bytes=50_000) == (1, "storage_full")
    assert (tmp_path / "b.opus").stat().st_size <= 50_000


@pytest.mark.parametrize("content", [b"", b"#EXTM3U\nfile:///etc/passwd\n", b"RIFF" + bytes(200)])
def test_what_is_no_audio_is_told_of(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.flac").write_bytes(content)

    assert _encode(tmp_path / "a.flac", tmp_path / "b.opus") == (1, "unreadable_audio")
    assert (tmp_path / "b.opus").stat().st_size == 0
