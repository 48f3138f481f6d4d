import importlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def demo_extra(require: Callable[[str], None]) -> None:
    require("demo")


def _text(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return path.read_text(encoding="utf-8", errors="replace")
    with zipfile.ZipFile(path) as archive:
        return " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_every_score_states_in_its_own_file_on_which_terms_it_may_be_used() -> None:
    scores = importlib.import_module("service.demo.scores").SCORES
    corpus = Path(importlib.import_module("music21").__file__).parent / "corpus"
    for score in scores:
        assert score.stated in _text(corpus / score.corpus_path), score.slug


def test_the_scores_are_many_distinct_and_of_several_sounds() -> None:
    scores = importlib.import_module("service.demo.scores").SCORES
    assert len(scores) >= 14
    assert len({score.slug for score in scores}) == len(scores)
    assert len({score.composer for score in scores}) >= 10
    assert len({program for score in scores for _, program in score.parts}) >= 10
