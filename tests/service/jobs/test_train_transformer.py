import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from generator.corpus import read_corpus
from generator.dataset import build_dataset
from generator.engines.transformer import TRANSFORMER_FILE, TransformerEngine
from generator.taste.style import StyleEncoder
from service.cli.train import command
from service.errors import InvalidRequest
from service.jobs.train_transformer import TransformerTrainingRequest, train
from tests.generator.corpora import write_tables


def nobody(share: float, words: str) -> None:
    del share, words


def test_a_folder_in_which_nothing_was_trained_is_told(tmp_path: Path) -> None:
    request = TransformerTrainingRequest(tmp_path, tmp_path / "weights", 1, {"steps": 1})
    with pytest.raises(InvalidRequest, match="train the generator there first") as told:
        train(request, nobody)
    assert told.value.code == "generator_not_trained"


def test_the_command_leaves_weights_that_judge(tmp_path: Path) -> None:
    dataset = build_dataset(read_corpus(write_tables(tmp_path / "corpus", pieces=36, bars=17)))
    dataset.save(tmp_path / "dataset.npz")
    torch.save({"encoder": StyleEncoder().state_dict()}, tmp_path / "style.pt")
    folders = ["--work", str(tmp_path), "--out", str(tmp_path / "weights")]
    result = CliRunner().invoke(
        command, ["transformer", *folders, "--steps", "1", "--threads", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    measured = json.loads(result.stdout.strip().splitlines()[-1])
    assert measured["recipe"]["steps"] == 1
    engine = TransformerEngine.load(tmp_path / "weights" / TRANSFORMER_FILE)
    assert engine.typical_bits == tuple(measured["bits_a_note"]["valid"])
