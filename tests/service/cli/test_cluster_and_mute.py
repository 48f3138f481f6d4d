import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.settings import load_settings
from service.store.database import open_database
from tests.service.compositions.tastes import add_cluster, add_encoder, add_listener


@pytest.fixture
def annas_folder(tmp_path: Path) -> Path:
    """anna has two tastes, the first of 70 %."""
    database = open_database(load_settings(data_dir=tmp_path))
    encoder = add_encoder(database)
    anna = add_listener(database, encoder)
    add_cluster(database, anna, encoder, 0, 0.7)
    add_cluster(database, anna, encoder, 1, 0.3)
    database.close()
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *words])


def told(folder: Path, *words: str) -> Any:
    done = run(folder, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_cluster_is_corrected_merged_and_told_apart_again(annas_folder: Path) -> None:
    edited = told(annas_folder, "cluster", "edit", "anna", "2", "--name", "gym", "--weight", "0.5", "--mute")
    assert (edited["name"], edited["weight"], edited["muted"]) == ("gym", 0.5, True)
    assert told(annas_folder, "cluster", "edit", "anna", "2", "--name", "", "--unmute")["name"] is None
    assert (
        "[weight_out_of_range]" in run(annas_folder, "cluster", "edit", "anna", "1", "--weight", "nan").stderr
    )
    assert "[no_such_cluster]" in run(annas_folder, "cluster", "edit", "anna", "3", "--mute").stderr
    assert told(annas_folder, "cluster", "merge", "anna", "1", "2")["share"] == pytest.approx(1.0)
    (merge,) = told(annas_folder, "cluster", "merges", "anna")["merges"]
    assert "told apart" in run(annas_folder, "cluster", "split", "anna", merge["id"]).stdout
    assert "merged nothing" in run(annas_folder, "cluster", "merges", "anna").stdout
    drift = told(annas_folder, "cluster", "drift", "anna")
    assert (drift["since"], drift["tastes"][0]["change"]) == (None, "new")
    assert "No earlier taste" in run(annas_folder, "cluster", "drift", "anna").stdout


def test_what_is_muted_is_listed_and_taken_back(annas_folder: Path) -> None:
    assert "muted nothing" in run(annas_folder, "mute", "list", "anna").stdout
    muted = told(annas_folder, "mute", "add", "anna", "tag", "christmas")
    assert [row["id"] for row in told(annas_folder, "mute", "list", "anna")["mutes"]] == [muted["id"]]
    assert "christmas" in run(annas_folder, "mute", "list", "anna").stdout
    assert run(annas_folder, "mute", "remove", "anna", muted["id"]).stdout == "It is offered again.\n"
    assert "[unknown_mute]" in run(annas_folder, "mute", "remove", "anna", muted["id"]).stderr
    assert "[unknown_track]" in run(annas_folder, "mute", "add", "anna", "track", "nothing").stderr


def test_what_a_listener_settles_is_shown_and_changed(annas_folder: Path) -> None:
    before = told(annas_folder, "user", "prefer", "anna")
    assert before == {"composed_policy": "mix", "familiar_share": 0.5, "fresh_per_taste": 1}
    changed = told(annas_folder, "user", "prefer", "anna", "--composed", "shelf", "--familiar", "0.2")
    assert np.isclose(changed["familiar_share"], 0.2)
    assert "shelf; 20%" in run(annas_folder, "user", "prefer", "anna").stdout
    assert (
        "[familiar_share_out_of_range]"
        in run(annas_folder, "user", "prefer", "anna", "--familiar", "2").stderr
    )
