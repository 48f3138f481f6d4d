"""Model files: configuration and weights in one file that carries its own checksum."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from service.errors import CorruptArtifact, NotPrepared
from service.store.media import write_atomically

_ENTRY = "homespun"


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_weights(path: Path, tensors: Mapping[str, np.ndarray[Any, Any]], config: Mapping[str, Any]) -> None:
    """Write weights (safetensors) with their configuration as JSON in the header, whole or not at all.

    Raises StorageFull.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    config_json = json.dumps(config, sort_keys=True)
    # One entry, because safetensors writes several in an order that differs from run to run.
    entry = json.dumps({"config": config_json, "sha256": _digest(arrays, config_json)})
    write_atomically(path, save(arrays, metadata={_ENTRY: entry}))


def load_weights(path: Path) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """The weights by name, and their configuration, as they were saved.

    Raises CorruptArtifact when the checksum or the format is wrong, NotPrepared when there is no such file.
    """
    if not path.is_file():
        raise NotPrepared(f"The weights {path} are missing.", code="weights_missing")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        entry = json.loads(metadata[_ENTRY])
        config_json, expected = entry["config"], entry["sha256"]
        config: dict[str, Any] = json.loads(config_json)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CorruptArtifact(f"The weights {path} cannot be read; fetch or train them again.") from error
    if _digest(tensors, config_json) != expected:
        raise CorruptArtifact(f"The weights {path} do not match their checksum; fetch or train them again.")
    return tensors, config


def _digest(tensors: Mapping[str, np.ndarray[Any, Any]], config_json: str) -> str:
    digest = hashlib.sha256(config_json.encode())
    for name, array in sorted(tensors.items()):
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
