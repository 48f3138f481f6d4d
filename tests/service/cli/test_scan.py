import json
from pathlib import Path

import pytest
import soundfile

from service.cli import main
from tests.audio_files import melody


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return int(end.value.code or 0)


def _scan(tmp_path: Path, *options: str) -> int:
    return _run("--data-dir", str(tmp_path / "data"), "scan", str(tmp_path / "music"), *options)


def test_a_scan_says_in_words_and_in_json_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "text.mp3").write_text("no music\n")
    soundfile.write(tmp_path / "music" / "a.flac", melody(6, sample_rate=8_000).T, 8_000)
    assert _scan(tmp_path) == 0
    words = capsys.readouterr().out
    assert "2 files found; tracks: 1 added" in words
    assert "text.mp3: It is not audio that can be decoded." in words
    assert _scan(tmp_path, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["found"], result["added"], result["unchanged"]) == (2, 0, 1)
    assert [entry["code"] for entry in result["failed"]] == ["unreadable_audio"]


def test_tracks_that_are_all_gone_are_not_marked_missing_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "music").mkdir()
    soundfile.write(tmp_path / "music" / "a.flac", melody(6, sample_rate=8_000).T, 8_000)
    assert _scan(tmp_path) == 0
    (tmp_path / "music" / "a.flac").unlink()
    assert _scan(tmp_path) == 1
    assert "1 of 1 tracks are gone" in capsys.readouterr().err
    assert _scan(tmp_path, "--accept-missing") == 0


def test_a_missing_folder_is_one_sentence_and_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _scan(tmp_path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "folder_not_found"
