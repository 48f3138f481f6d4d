import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from service.cli import main
from tests.audio_files import melody, write_audio


def test_the_bench_of_a_small_folder_tells_speed_cost_and_what_was_left_out(
    tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("encoder")
    music = tmp_path / "music"
    music.mkdir()
    for number in range(2):
        write_audio(music / f"{number}.wav", melody(6.0, sample_rate=8_000, seed=number), 8_000)
    write_audio(music / "effect.wav", melody(1.0, sample_rate=8_000), 8_000)
    out = tmp_path / "out"
    arguments = ["bench", "library", "--library", str(music), "--json", "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["library"]["tracks"] == told["listening"]["heard"] == 2
    assert told["library"]["skipped"]["audio_too_short"]["files"] == 1
    costs = told["listening"]["cpu_seconds_a_track"]
    assert costs["encode"] > costs["decode"] > 0
    assert costs["all"] >= sum(costs[stage] for stage in ("decode", "encode", "features", "measure"))
    assert told["memory"]["peak_mb"] > 100
    # Whether it is held says nothing here: this process holds all that other tests imported.
    assert told["bars"]["peak_memory_mb"]["found"] == told["memory"]["peak_mb"]
    assert len((out / "tracks.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_a_folder_without_music_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "library", "--library", str(tmp_path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "nothing_to_hear"
