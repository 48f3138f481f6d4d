from importlib.util import find_spec
from pathlib import Path

from service.bench.library.mel_comparison import compare_mels
from tests.audio_files import melody, write_audio


def test_librosas_mel_is_ours_or_what_to_install_is_told(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "a.flac", melody(4.0, sample_rate=16_000), 16_000)
    told = compare_mels([path, tmp_path / "missing.flac"])
    if find_spec("librosa") is None:
        assert told["librosa"] is None
        assert "pip install librosa" in told["why"]
    else:
        assert told["tracks"] == 1
        assert told["largest_difference"] < 0.01 < told["largest_value"]
