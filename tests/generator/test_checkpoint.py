from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from generator.checkpoint import load_tensors, save_tensors


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    digest = save_tensors(path, {"a": torch.tensor([0.5, 2.0]), "n": torch.tensor([3])}, {"width": 8})
    tensors, config, loaded_digest = load_tensors(path)
    assert tensors["a"].dtype == torch.float32
    assert tensors["a"].tolist() == [0.5, 2.0]
    assert tensors["n"].tolist() == [3]
    assert config == {"width": 8}
    assert loaded_digest == digest


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_tensors(path, {"a": torch.zeros(4)}, {})
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        load_tensors(path)


def test_weights_nobody_vouches_for_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_tensors(path, {"a": torch.zeros(4)}, {})
    (tmp_path / "checksums.json").unlink()
    with pytest.raises(ValueError, match="checksum"):
        load_tensors(path)


def test_who_reads_a_file_while_it_is_replaced_keeps_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    save_tensors(path, {"weight": torch.ones(4)}, {})
    with safe_open(path, "pt") as former:
        save_tensors(path, {"weight": torch.zeros(9)}, {})
        assert former.get_tensor("weight").tolist() == [1.0] * 4
    assert load_tensors(path)[0]["weight"].tolist() == [0.0] * 9
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checksums.json", "network.safetensors"]
