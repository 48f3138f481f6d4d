from pathlib import Path

import pytest
import torch

from generator.checkpoint import save_tensors
from service.bench.ear.shift_fitting import fit_anchors_shift
from service.errors import HomespunError, InvalidRequest, NotPrepared


def fit(anchors_file: Path) -> None:
    folder = anchors_file.parent
    fit_anchors_shift(folder, folder, anchors_file, folder, 1, lambda *_: None)


@pytest.mark.parametrize(
    ("encoder", "damaged", "error", "said"),
    [
        (None, False, NotPrepared, "no anchors"),
        ("another-ear", False, InvalidRequest, "heard by another-ear"),
        ("another-ear", True, InvalidRequest, "checksum"),
    ],
)
def test_a_table_that_cannot_be_corrected_is_refused_before_the_long_work(
    tmp_path: Path, encoder: str | None, damaged: bool, error: type[HomespunError], said: str
) -> None:
    path = tmp_path / "anchors.safetensors"
    if encoder is not None:
        save_tensors(path, {"vectors": torch.zeros(2, 3)}, {"encoder": encoder})
    if damaged:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(error, match=said):
        fit(path)
