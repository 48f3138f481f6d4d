from pathlib import Path

import pytest

from generator.copying.guard import PASSAGES_FILE, PassageFilter
from service.errors import InvalidRequest
from service.jobs.train_copy_guard import train
from tests.generator.corpora import write_tables
from tests.generator.pieces import small_band


def test_a_corpus_is_learnt_by_heart_and_the_same_corpus_gives_the_same_file(tmp_path: Path) -> None:
    told: list[float] = []
    corpus, out = write_tables(tmp_path / "corpus"), tmp_path / "weights" / PASSAGES_FILE
    made = train(corpus, out, lambda share, words: told.append(share))  # noqa: ARG005  # shares only
    again = train(corpus, tmp_path / "again" / PASSAGES_FILE, lambda *_: None)
    assert made["sha256"] == again["sha256"]
    assert made["provenance"]["corpus_sha256"]
    assert made["bytes"] == out.stat().st_size
    assert told == sorted(told)
    # four training works play the same tune, one work short of an idiom, and the test work repeats all of it
    guard = PassageFilter.load(out)
    assert guard.repeated(small_band(8))["tune"].share == 1.0
    assert made["threshold_beats"]["tune"] == {8: 31.0, 16: 63.0}


def test_a_folder_without_music_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as caught:
        train(tmp_path, tmp_path / PASSAGES_FILE, lambda *_: None)
    assert caught.value.code == "corpus_unusable"
    assert not (tmp_path / PASSAGES_FILE).exists()
