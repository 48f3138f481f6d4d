from pathlib import Path

import numpy as np
import pytest

from service.bench.ear.metric_fitting import train_metric
from service.errors import InvalidRequest, NotFound


def fit(folder: Path, renders: Path) -> None:
    train_metric(
        folder,
        renders,
        folder / "work",
        folder / "metric.safetensors",
        folder,
        1,
        report=lambda _share, _words: None,
    )


def test_a_file_without_renders_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "renders.npz", something=np.zeros(3))
    with pytest.raises(InvalidRequest) as refused:
        fit(tmp_path, tmp_path / "renders.npz")
    assert refused.value.code == "renders_unusable"


def test_a_folder_without_music_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "renders.npz", embeddings=np.zeros((2, 2, 400)))
    with pytest.raises(NotFound) as refused:
        fit(tmp_path, tmp_path / "renders.npz")
    assert refused.value.code == "no_music"
    assert not (tmp_path / "metric.safetensors").exists()
