"""The files in which a house's collaborative models last, and the one that lists are ranked by.

A version of the ranker names its file by checksum. What is open is given again until another version is promoted.
"""

import hashlib
import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from recommender.collaborative.model import CollaborativeModel, FoldIn, Neighbours
from service.errors import CorruptArtifact, NotPrepared
from service.operations.model_versions import in_use
from service.settings import Settings
from service.store.artifacts import load_weights, save_weights, sha256_of

WEIGHTS = "collaborative_sha256"
"""In a version's configuration: the checksum of its file."""

_ID_BYTES = 26  # of a ULID
_log = logging.getLogger(__name__)


def write_learnt(folder: Path, model: CollaborativeModel, encoder_id: str) -> str:
    """Writes the model, and gives the checksum it is found by. Raises StorageFull."""
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "track_ids": np.frombuffer("".join(model.track_ids).encode("ascii"), dtype=np.uint8),
        "vectors": model.vectors,
        "neighbour_starts": model.neighbours.starts,
        "neighbours": model.neighbours.tracks,
        "neighbour_weights": model.neighbours.weights,
    }
    if model.audio_map is not None:
        tensors["audio_map"] = model.audio_map
    config = {
        "unobserved": model.fold_in.unobserved,
        "regularisation": model.fold_in.regularisation,
        "neighbour_weight": model.neighbour_weight,
        "listeners": model.listeners,
        "encoder_id": encoder_id,
    }
    unnamed = folder / "learning.safetensors"
    save_weights(unnamed, tensors, config)
    sha256 = sha256_of(unnamed)
    unnamed.replace(_path(folder, sha256))
    return sha256


def read_learnt(folder: Path, sha256: str, encoder_id: str) -> CollaborativeModel:
    """The model of this checksum; of another encoder's sound it keeps everything but the place of new tracks.

    Raises NotPrepared (weights_missing) and CorruptArtifact.
    """
    tensors, config = load_weights(_path(folder, sha256))
    names = tensors["track_ids"].tobytes().decode("ascii")
    model = CollaborativeModel(
        tuple(names[start : start + _ID_BYTES] for start in range(0, len(names), _ID_BYTES)),
        tensors["vectors"],
        Neighbours(tensors["neighbour_starts"], tensors["neighbours"], tensors["neighbour_weights"]),
        FoldIn(config["unobserved"], config["regularisation"]),
        config["neighbour_weight"],
        config["listeners"],
        tensors.get("audio_map"),
    )
    return model if config["encoder_id"] == encoder_id else replace(model, audio_map=None)


def delete_all_but(folder: Path, kept: set[str]) -> None:
    """Deletes the files of versions that are not to be come back to; kept: their checksums."""
    names = {_path(folder, sha256).name for sha256 in kept}
    for path in folder.glob("learnt-*.safetensors"):
        if path.name not in names:
            path.unlink(missing_ok=True)


def learnt_in_use(db_session: Session, settings: Settings, encoder_id: str) -> CollaborativeModel | None:
    """What the ranker in use has learnt from the house's plays; None where it has none.

    A file that is missing or damaged, as after a backup was restored, is told of in the log, and lists are ranked
    without it until the next training.
    """
    version = in_use(db_session, "ranker")
    sha256 = None if version is None else version.config.get(WEIGHTS)
    if sha256 is None:
        return None
    key = hashlib.sha256(f"{settings.learnt_dir} {sha256} {encoder_id}".encode()).hexdigest()
    with _opening:
        if key not in _opened:
            while len(_opened) >= _MOST_OPEN:
                del _opened[next(iter(_opened))]
            try:
                _opened[key] = read_learnt(settings.learnt_dir, sha256, encoder_id)
            except (NotPrepared, CorruptArtifact) as error:
                _log.warning("Lists are ranked without what the house plays together: %s", error)
                _opened[key] = None
        return _opened[key]


def _path(folder: Path, sha256: str) -> Path:
    return folder / f"learnt-{sha256[:16]}.safetensors"


_MOST_OPEN = 2
_opening = threading.Lock()
_opened: dict[str, CollaborativeModel | None] = {}
