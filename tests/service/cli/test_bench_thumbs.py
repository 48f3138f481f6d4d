import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from service.cli import main


def test_the_bench_replays_ratings_and_presses_thumbs_in_a_small_library(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    lines = [
        f"{listener}\t{track}\t{rng.integers(1, 5)}\t0"
        for listener in range(8)
        for track in rng.permutation(50)[:30]
    ]
    (tmp_path / "data.txt").write_text("\n".join(lines), encoding="utf-8")
    command = ["bench", "thumbs", "--data", str(tmp_path), "--seeds", "1", "--tracks", "2000"]
    done = CliRunner().invoke(main, [*command, "--thumbs", "4", "--draws", "120", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told.keys() >= {
        "likes_in_40",
        "ucb_likes_in_40",
        "random_likes_in_40",
        "standard_error",
        "effect_ms_p95",
        "repeats_after_down",
        "undo_exact",
        "lost_elsewhere",
    }
    assert told["undo_exact"] is True
    assert told["gone_from_the_next_list"] is True
    assert (told["repeats_after_down"], told["thumbs"]) == (0, 4)


def test_a_folder_without_ratings_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["bench", "thumbs", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "[ratings_missing]" in done.stderr
