"""The loop, once, with the real models: from files and listens to a composed track in a list, and a thumb's answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile
from click.testing import CliRunner

from service.cli import main
from service.jobs import embed_tracks
from service.operations import job_requests
from service.operations.job_queue import run_inline
from service.settings import load_settings
from service.store.database import open_database
from tests.packaged_music import LOUD, NOT_HEARD, QUIET, lay_out_music, write_history


@pytest.fixture
def music(tmp_path: Path, require: Callable[[str], None]) -> Path:
    return lay_out_music(tmp_path / "music", require)


def test_files_and_listens_become_a_composed_track_in_a_list_that_answers_to_a_thumb(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine two threads that wait for each other are many times slower than one.
    monkeypatch.setenv("HOMESPUN_THREADS", "1")
    data_dir = tmp_path / "data"

    def homespun(*arguments: str | Path) -> Any:
        result = CliRunner().invoke(main, ["--data-dir", str(data_dir), *map(str, arguments), "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    # scan
    assert homespun("scan", music)["added"] == 10
    # listen
    homespun("user", "add", "ada")
    imported = homespun("history", "import", write_history(tmp_path / "history.jsonl"), "--user", "ada")
    assert imported["matched"] == imported["listens"] == 96
    # embed
    settings = load_settings(data_dir=data_dir)
    database = open_database(settings)
    heard = run_inline(
        database, settings, embed_tracks, job_requests.embed_tracks().payload, lambda _share, _words: None
    )
    database.close()
    assert (heard["embedded"], heard["failed"]) == (10, [])
    # cluster
    clusters = homespun("taste", "ada")["clusters"]
    assert sum(cluster["share"] for cluster in clusters) == pytest.approx(1.0, abs=0.01)
    assert {cluster["medoid"]["title"] for cluster in clusters} <= {*QUIET, *LOUD}
    # compose and index
    piece = homespun("compose", "--user", "ada", "--cluster", "0", "--seconds", "20", "--seed", "4")
    sound = soundfile.info(piece["files"]["flac"])
    assert sound.duration == pytest.approx(20.0, abs=3.0)
    # recommend
    listed = homespun("recommend", "ada")["recommendations"]
    by_id = {track["track_id"]: track for track in listed}
    assert by_id[piece["track_id"]]["origin"] == "composed"
    assert {track["origin"] for track in listed} == {"composed", "catalogue"}
    assert all(track["reason"] for track in listed)
    assert {track["title"] for track in listed} & set(NOT_HEARD)
    # thumb down
    disliked = listed[0]["track_id"]
    homespun("thumb", "ada", disliked, "down")
    after = [track["track_id"] for track in homespun("recommend", "ada")["recommendations"]]
    assert disliked not in after
    assert set(after) == by_id.keys() - {disliked}
    # and composed tracks answer as others do
    homespun("thumb", "ada", piece["track_id"], "down")
    assert piece["track_id"] not in {
        track["track_id"] for track in homespun("recommend", "ada")["recommendations"]
    }
