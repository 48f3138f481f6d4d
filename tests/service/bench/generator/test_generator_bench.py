import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from service.bench.generator.generator_bench import MINUTES, measure_generator
from service.bench.generator.workbench import GeneratorPlan
from service.cli import main
from service.cli.bench.generator import PARTS
from service.errors import NotPrepared
from service.settings import load_settings
from tests.audio_files import melody, write_audio
from tests.generator.corpora import write_tables
from tests.service.bench.generator.bench_things import bench_weights

SECONDS = 32.0


def asked_nothing(_seconds: float, _seed: int) -> None:
    raise AssertionError("no part that is measured here asks the service")


def measure(tmp_path: Path, weights: Path, *only: str) -> dict[str, object]:
    corpus = tmp_path / "corpus"
    if not corpus.exists():
        write_tables(corpus, pieces=6, bars=20)
    plan = GeneratorPlan(corpus, tmp_path, None, "test", None, frozenset(only), 0, quick=True)
    settings = load_settings(data_dir=tmp_path / "data", threads=1)
    outcome = measure_generator(
        plan, settings, weights, tmp_path / "out", asked_nothing, lambda _share, _words: None
    )
    return outcome.report


def test_parts_can_be_named_alone_and_are_told_again_beside_later_ones(tmp_path: Path) -> None:
    weights = bench_weights(tmp_path / "weights")
    codec = measure(tmp_path, weights, "codec")
    both = measure(tmp_path, weights, "stable-audio")
    assert both["codec"] == codec["codec"]
    assert both["speed"]["vs_stable_audio_3_small"]["n"] == 1
    assert "codec, onset F1 of lead" in {each["bar"] for each in both["bars"]}
    assert (tmp_path / "out" / "stable_audio_3_small.json").is_file()


def test_missing_weights_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared, match="weights are missing"):
        measure(tmp_path, tmp_path / "nowhere", "codec")


def test_the_command_names_the_parts_there_are() -> None:
    assert set(PARTS) == set(MINUTES)
    result = CliRunner().invoke(
        main, ["bench", "generator", "--corpus", ".", "--library", ".", "--only", "charm"]
    )
    assert result.exit_code == 2
    assert "There is no part 'charm'" in result.output


@pytest.mark.slow
def test_a_quick_run_measures_everything_and_can_be_stopped(
    tmp_path: Path, rng: np.random.Generator, require: Callable[[str], None]
) -> None:
    require("encoder")
    corpus = write_tables(tmp_path / "corpus", pieces=30, bars=20)
    for number in range(8):
        samples = melody(SECONDS, seed=number % 4, sample_rate=16_000, channels=1)
        if number >= 4:
            bursts = np.arange(samples.shape[1]) % (2_000 + 500 * number) < 400
            samples = (0.3 * rng.standard_normal(samples.shape) * bursts).astype(np.float32)
        path = tmp_path / "library" / ("melody", "noise")[number // 4] / f"{number}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, samples, 16_000)
    weights, out = bench_weights(tmp_path / "weights"), tmp_path / "out"
    arguments = ["bench", "generator", "--corpus", str(corpus), "--library", str(tmp_path / "library")]
    arguments += ["--out", str(out), "--quick", "--json"]
    environment = {"HOMESPUN_THREADS": "1", "HOMESPUN_COMPOSER_DIR": str(weights)}
    result = CliRunner().invoke(main, [*arguments, "--only", "index,speed"], env=environment)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["pieces"]["n"] == 4
    assert told["speed"]["request_seconds_60s"]["value"] > 0
    assert told["memory_mb"]["value"] > 50
    assert told["index"]["n"] == 4
    made = {path: path.stat().st_mtime_ns for path in (out / "pieces").iterdir()}
    result = CliRunner().invoke(main, [*arguments, "--only", "style"], env=environment)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert set(told["style"]) >= {"ours", "floor", "ceiling", "fixed_instruments_p", "arms"}
    assert told["index"]["n"] == 4
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == told
    assert (out / "style.csv").is_file()
