"""Weights on disk: safetensors with their configuration, halved in precision, verified when read."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

CHECKSUMS_FILE = "checksums.json"


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], config: Mapping[str, Any]) -> str:
    """Write tensors (floats in half precision) with a JSON configuration and return the file's SHA-256.

    The checksum is also entered in `checksums.json` beside the file; `load_tensors` refuses a file that differs from it.
    """
    halved = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous().cpu()
        for name, tensor in tensors.items()
    }
    content = save(halved, metadata={"config": json.dumps(config, sort_keys=True)})
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(path, content)
    digest = hashlib.sha256(content).hexdigest()
    sums = _read_sums(path.parent)
    sums[path.name] = digest
    _write_whole(path.parent / CHECKSUMS_FILE, json.dumps(sums, indent=1, sort_keys=True).encode())
    return digest


def load_tensors(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any], str]:
    """Return (tensors, configuration, SHA-256); half precision comes back as float32.

    Raises FileNotFoundError where the file is missing, ValueError where it is not the one in `checksums.json` or holds no
    configuration.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if _read_sums(path.parent).get(path.name) != digest:
        raise ValueError(f"{path.name} does not match its checksum; install Homespun again")
    try:
        with safe_open(path, framework="pt") as stored:
            config = json.loads((stored.metadata() or {})["config"])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # no mapping
    except SafetensorError as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    except KeyError as error:
        raise ValueError(f"{path.name} does not say what it was made with") from error
    return (
        {
            name: tensor.float() if tensor.dtype == torch.float16 else tensor
            for name, tensor in tensors.items()
        },
        config,
        digest,
    )


@contextmanager
def as_written(file_name: str) -> Iterator[None]:
    """Within it, tell of what is missing from a file's tensors or configuration, or is strange to it, as ValueError."""
    try:
        yield
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file_name} was written by another version: {error}") from error


def load_network(network: nn.Module, tensors: Mapping[str, torch.Tensor], file_name: str) -> None:
    """Give a network its weights. Raises ValueError where they do not fit it or are not all finite numbers."""
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise ValueError(f"{file_name} holds numbers that are not finite")
    try:
        network.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise ValueError(f"{file_name} does not hold the weights its own configuration asks for") from error


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside, then rename: who has the former file mapped keeps reading that."""
    part = path.with_name(f"part-{path.name}")
    part.write_bytes(content)
    part.replace(path)


def _read_sums(folder: Path) -> dict[str, str]:
    sums = folder / CHECKSUMS_FILE
    if not sums.is_file():
        return {}
    stored: dict[str, str] = json.loads(sums.read_text(encoding="utf-8"))
    return stored
