import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from service.cli import main
from tests.audio_files import melody, write_audio

SECONDS = 5.5
STYLES = ("melody", "noise")


@pytest.fixture
def library(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Two styles that nobody could confuse."""
    folder = tmp_path / "library"
    for style in STYLES:
        (folder / style).mkdir(parents=True)
        for number in range(2):
            samples = melody(SECONDS, seed=number, sample_rate=16_000, channels=1)
            if style == "noise":
                bursts = np.arange(samples.shape[1]) % (2_000 + 500 * number) < 400
                samples = (0.3 * rng.standard_normal(samples.shape) * bursts).astype(np.float32)
            write_audio(folder / style / f"{number}.flac", samples, 16_000)
    return folder


def bench(library: Path, out: Path, *parts: str) -> dict[str, object]:
    wanted = [word for part in parts for word in ("--part", part)]
    arguments = [
        "bench",
        "ear",
        "--library",
        str(library),
        "--out",
        str(out),
        "--shortest",
        "5",
        "--json",
        *wanted,
    ]
    # One process hears, because starting it costs more than hearing so little.
    result = CliRunner().invoke(main, [*arguments, "--changed", "1"], env={"HOMESPUN_THREADS": "1"})
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout)
    return told


@pytest.mark.slow
def test_a_folder_is_heard_once_and_everything_is_left_for_other_judges(
    library: Path, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("encoder")
    out = tmp_path / "out"
    told = bench(library, out, "retrieval", "robustness", "pairs")
    figures = told["retrieval"]["album_disjoint"]["representations"]
    assert figures["embedding"]["recall_at_1"]["value"] == 1.0
    assert told["robustness"]["changes"]["heard_again"]["identical"] == 1
    assert told["robustness"]["changes"]["another_process"]["identical"] == 1
    assert told["robustness"]["changes"]["opus_96"]["n"] == 1
    assert "--corpus" in told["pairs"]["not_measured"]
    assert {each["bar"]: each["reached"] for each in told["bars"]}["heard again, least cosine"]
    with np.load(out / "vectors.npz") as vectors:
        assert vectors["raw"].shape == (4, 400)
        assert np.linalg.norm(vectors["vector"], axis=1) == pytest.approx(1.0, abs=1e-5)
    rows = (out / "tracks.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 5
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == told
    kept = {path: path.stat().st_mtime_ns for path in (out / "hearing").rglob("*.*")}
    again = bench(library, out, "retrieval", "robustness")
    assert again["retrieval"] == told["retrieval"]
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_folder_without_music_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "ear", "--library", str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "no_music"
