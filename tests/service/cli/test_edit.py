import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.store.ids import new_id
from tests.generator.pieces import small_band
from tests.service.compositions.written_pieces import keep_written
from tests.service.jobs.test_compose_music import annas_id, annas_store


def edit(data_dir: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["--data-dir", str(data_dir), "edit", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["stems"], "unknown_composition"),
        (["regenerate", "--rows", "drums,kazoo"], "no_such_row"),
        (["regenerate", "--bars", "9-3"], "no_such_bars"),
        (["regenerate", "--bars", "0"], "no_such_bars"),
        (["transpose", "-3", "--out", "/no/such/folder/track.flac"], "no_such_folder"),
    ],
)
def test_what_cannot_be_edited_is_said_in_one_sentence_with_a_code(
    tmp_path: Path, arguments: list[str], code: str
) -> None:
    exit_code, told = edit(tmp_path, new_id(), *arguments)
    assert (exit_code, told["error"]["code"]) == (1, code)
    assert told["error"]["message"].endswith(".")


def test_stems_are_unpacked_into_a_folder(tmp_path: Path) -> None:
    with annas_store(tmp_path / "data") as store:
        piece = keep_written(store.database, store.settings, annas_id(store), small_band(1, tempo_bpm=180.0))
    out = tmp_path / "stems"
    exit_code, told = edit(tmp_path / "data", piece, "stems", "--out", str(out))
    assert (exit_code, told["files"]["out"]) == (0, str(out))
    assert {path.name for path in out.iterdir()} == {
        "lead.flac", "comp.flac", "pad.flac", "bass.flac", "drums.flac", "notes.mid",
    }  # fmt: skip
    with zipfile.ZipFile(told["files"]["stems"]) as archive:
        assert archive.read("notes.mid") == (out / "notes.mid").read_bytes()
