"""Pairs of one content, real and rendered, of the tracks that this bench hears."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.embedding import TrackEncoder
from service.bench.ear.heard_store import HeardStore
from service.bench.ear.library import LibraryTrack
from service.bench.ear.pairs import measure_pairs
from service.errors import InvalidRequest, NotFound, NotPrepared
from service.operations.encoder_weights import load_encoder_weights


def pair_recall(
    tracks: Sequence[LibraryTrack],
    corpus: Path | None,
    models_dir: Path,
    store: HeardStore,
    report: Callable[[float, str], None],
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, np.ndarray]]:
    """Figures, a row a pair and the vectors of both sides, or why there are none.

    Pairs that were gathered once are not gathered again.
    """
    if corpus is None:
        return {"not_measured": "Pairs need --corpus."}, [], {}
    hashes = "".join(track.content_hash for track in tracks)
    name = f"pairs-{hashlib.sha256(hashes.encode()).hexdigest()[:12]}"
    if (kept := store.get_rows(name)) is not None:
        return kept["figures"], kept["rows"], store.get_arrays(name)
    encoder = TrackEncoder.from_weights(load_encoder_weights(models_dir))
    with tempfile.TemporaryDirectory(prefix="homespun-bench-") as folder:
        _link(tracks, Path(folder))
        try:
            found = measure_pairs(Path(folder), corpus, encoder.encode, report)
        except (NotPrepared, NotFound, InvalidRequest, ValueError) as error:
            return {"not_measured": str(error)}, [], {}
    figures, rows = found.to_json(), found.rows()
    vectors = {"pairs_real": found.pairs.real, "pairs_rendered": found.pairs.rendered}
    store.put_arrays(name, vectors)
    store.put_rows(name, {"figures": figures, "rows": rows})
    return figures, rows, vectors


def _link(tracks: Sequence[LibraryTrack], folder: Path) -> None:
    """A folder of these tracks alone: pairs are chosen among what is there, and a jingle makes none."""
    for track in tracks:
        link = folder / track.told.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path(track.file_name).resolve())
