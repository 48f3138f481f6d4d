"""What was heard, kept file by file, so that a bench that was stopped goes on where it was and nothing is heard twice."""

import ast
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import recommender
from service.library import hearing
from service.store.media import write_atomically


@dataclass(frozen=True)
class HeardTrack:
    """What the bench keeps of one track, all float32.

    `raw` (400,) is what the two networks give before any correction (the first 200 are MSD's penultimate features),
    `vector` (d,) the embedding, `tags` (100,); `facts` are the rest: descriptors, emotion, loudness, whether it is
    music, warnings, CPU-seconds by stage.
    """

    raw: np.ndarray
    vector: np.ndarray
    tags: np.ndarray
    facts: dict[str, Any]


class HeardStore:
    """A folder of what one encoder heard, by one state of the code; what another heard lies beside it."""

    def __init__(self, folder: Path, encoder_name: str, encoder_sha256: str) -> None:
        self.key = hearing_key(encoder_name, encoder_sha256)
        self._folder = folder / self.key

    def get(self, content_hash: str) -> HeardTrack | None:
        """What was heard of a recording, or None."""
        try:
            arrays = self.get_arrays(content_hash)
        except FileNotFoundError:
            return None
        return HeardTrack(facts=json.loads(str(arrays.pop("facts"))), **arrays)

    def put(self, content_hash: str, heard: HeardTrack) -> None:
        """Keep it."""
        self.put_arrays(content_hash, vars(heard) | {"facts": np.array(json.dumps(heard.facts))})

    def get_rows(self, name: str) -> dict[str, Any] | None:
        """Rows of another kind that were kept under this name."""
        try:
            rows: dict[str, Any] = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return rows

    def put_rows(self, name: str, rows: dict[str, Any]) -> None:
        """Keep rows of another kind."""
        write_atomically(self._folder / f"{name}.json", json.dumps(rows, indent=1).encode())

    def get_arrays(self, name: str) -> dict[str, np.ndarray]:
        """Arrays that were kept under this name; raises FileNotFoundError."""
        with np.load(self._folder / f"{name}.npz") as kept:
            return dict(kept)

    def put_arrays(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep arrays."""
        write_atomically(self._folder / f"{name}.npz", arrays_file(arrays))


def arrays_file(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of an npz file of these arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs take the arrays for its one flag
    return file.getvalue()


def hearing_key(encoder_name: str, encoder_sha256: str) -> str:
    """What a hearing rests on: the encoder, its weights, the code that hears, and the tables beside it."""
    digest = hashlib.sha256(f"{encoder_name} {encoder_sha256}".encode())
    root = Path(recommender.__file__).parent
    tables = {path for path in root.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    for path in sorted(tables | _imported(Path(hearing.__file__), root)):
        digest.update(path.relative_to(root.parent).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{encoder_name}-{digest.hexdigest()[:12]}"


def _imported(path: Path, root: Path) -> set[Path]:
    """The file and every module of the package at ``root`` that it imports, directly or not."""
    found, left = set[Path](), [path]
    while left:
        found.add(path := left.pop())
        names = [
            node.module
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.ImportFrom) and node.module
        ]
        modules = [root.parent.joinpath(*name.split(".")).with_suffix(".py") for name in names]
        left += [
            each for each in modules if each.is_relative_to(root) and each.is_file() and each not in found
        ]
    return found
