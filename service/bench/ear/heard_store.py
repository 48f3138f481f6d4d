"""What was heard, kept file by file, so that a bench that was stopped goes on where it was and nothing is heard twice."""

import ast
import hashlib
import io
import json
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
            content = self._path(content_hash).read_bytes()
        except FileNotFoundError:
            return None
        with np.load(io.BytesIO(content)) as kept:
            arrays = {name: kept[name] for name in ("raw", "vector", "tags")}
            return HeardTrack(**arrays, facts=json.loads(str(kept["facts"])))

    def put(self, content_hash: str, heard: HeardTrack) -> None:
        """Keep it."""
        file = io.BytesIO()
        arrays = {name: part for name, part in vars(heard).items() if name != "facts"}
        np.savez(file, facts=np.array(json.dumps(heard.facts)), **arrays)
        write_atomically(self._path(content_hash), file.getvalue())

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

    def _path(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}.npz"


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
