import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from generator.networks import ANCHORS_FILE
from generator.taste.anchors import AnchorTable
from recommender.embedding import ENCODER_NAME
from service.audio import DecoderPool
from service.bench.ear.heard_store import HeardStore
from service.bench.ear.library import read_tracks
from service.bench.generator.generator_bench import MINUTES, measure_generator
from service.bench.generator.pieces import requests_for
from service.bench.generator.workbench import GeneratorPlan
from service.cli import main
from service.cli.bench.generator import PARTS
from service.errors import NotPrepared
from service.operations.encoder_weights import WEIGHTS_SHA256
from service.settings import load_settings
from tests.audio_files import melody, write_audio
from tests.generator.corpora import write_tables
from tests.service.bench.generator.bench_things import bench_weights, heard_track, small_cluster

SECONDS = 32.0


def asked_nothing(_seconds: float, _seed: int) -> None:
    raise AssertionError("no part that is measured here asks the service")


def measure(tmp_path: Path, weights: Path, *only: str, requests: Path | None = None) -> dict[str, Any]:
    corpus = tmp_path / "corpus"
    if not corpus.exists():
        write_tables(corpus, pieces=6, bars=20)
    plan = GeneratorPlan(corpus, tmp_path, requests, "test", None, frozenset(only), 0, quick=True)
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


def test_pieces_of_a_file_of_requests_are_composed_once(tmp_path: Path) -> None:
    weights = bench_weights(tmp_path / "weights")
    asked = requests_for(
        [small_cluster("waltzes", 0), small_cluster("marches", 1)],
        AnchorTable.load(weights / ANCHORS_FILE),
        each=1,
        seconds=4.0,
        seed=0,
    )
    lines = [
        {"conditioning": json.loads(each.conditioning.to_json()), "seed": each.seed, "cluster": each.cluster}
        for each in asked
    ]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    told = measure(tmp_path, weights, "copying", requests=path)
    assert told["pieces"]["n"] == told["copying"]["ours"]["n"] == 2
    assert "copying, longest shared passage" in {each["bar"] for each in told["bars"]}
    made = {each: each.stat().st_mtime_ns for each in (tmp_path / "out" / "pieces").iterdir()}
    assert len(made) == 8
    again = measure(tmp_path, weights, "quality", requests=path)
    assert {each: each.stat().st_mtime_ns for each in made} == made
    assert again["copying"] == told["copying"]
    # Two pieces of a corpus of one work are too little to judge by, which ends nothing.
    assert set(again["not_measured"]) == {"quality"}


@pytest.mark.slow
def test_a_library_is_composed_for_and_its_compositions_are_heard(
    tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("encoder")
    write_tables(tmp_path / "corpus", pieces=6, bars=20)
    heard = HeardStore(tmp_path / "hearing", ENCODER_NAME, WEIGHTS_SHA256)
    for number in range(8):
        path = tmp_path / "library" / ("waltzes", "marches")[number % 2] / f"{number}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, melody(SECONDS, seed=number, sample_rate=16_000, channels=1), 16_000)
        with DecoderPool(1) as pool:
            (track,) = read_tracks(pool, [path]).values()
        # As if an earlier bench had heard it.
        heard.put(track.content_hash, heard_track(number % 2, np.random.default_rng(number)))
    arguments = ["bench", "generator", "--corpus", str(tmp_path / "corpus"), "--out", str(tmp_path / "out")]
    arguments += ["--library", str(tmp_path / "library"), "--heard", str(tmp_path / "hearing")]
    environment = {
        "HOMESPUN_THREADS": "1",
        "HOMESPUN_COMPOSER_DIR": str(bench_weights(tmp_path / "weights")),
    }
    result = CliRunner().invoke(main, [*arguments, "--only", "index", "--quick", "--json"], env=environment)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["pieces"]["n"], told["pieces"]["clusters"]) == (4, 2)
    assert (told["index"]["n"], told["index"]["recordings"]) == (4, 8)
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == told
    assert (tmp_path / "out" / "index.csv").is_file()
