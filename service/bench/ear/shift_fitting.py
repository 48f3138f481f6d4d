"""What the anchors' table needs to serve real audio: the shift, fitted on all pairs of a library, measured before it ships."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.checkpoint import load_tensors
from generator.taste.anchors import ship_shift
from recommender.embedding import ENCODER_NAME, TrackEncoder
from service.bench.ear.pair_gathering import Report, gather_pairs
from service.bench.ear.pairs import figures_of_pairs
from service.errors import InvalidRequest, NotPrepared
from service.operations.encoder_weights import load_encoder_weights


def fit_anchors_shift(
    library_dir: Path, corpus_dir: Path, anchors_file: Path, models_dir: Path, threads: int, report: Report
) -> dict[str, Any]:
    """Gather pairs, measure them on packages left out, fit the shift on all, write it into the table; return what was measured.

    Raises what `measure_pairs` raises, NotPrepared (models_not_prepared, weights_missing), and InvalidRequest
    (anchors_unusable) where the table is another encoder's or damaged, (corpus_unusable) where there is no corpus.
    """
    torch.set_num_threads(threads)
    anchors = _anchor_vectors(anchors_file)
    encoder = TrackEncoder.from_weights(load_encoder_weights(models_dir))
    try:
        pairs = gather_pairs(library_dir, corpus_dir, encoder.encode, report)
    except ValueError as error:
        raise InvalidRequest(f"The corpus cannot be used: {error}.", code="corpus_unusable") from error
    figures = figures_of_pairs(pairs, np.random.default_rng(0), anchors=anchors)
    counted = Counter(f"{pair.package} ({pair.kind})" for pair in pairs.pairs)
    provenance = {"packages": dict(sorted(counted.items()))}
    digest = ship_shift(anchors_file, pairs.real, pairs.rendered, ENCODER_NAME, provenance)
    return {"encoder": ENCODER_NAME, "anchors_sha256": digest, **figures.to_json()}


def _anchor_vectors(anchors_file: Path) -> np.ndarray:
    try:
        tensors, config, _ = load_tensors(anchors_file)
    except FileNotFoundError as error:
        raise NotPrepared(f"There are no anchors in {anchors_file}.", code="weights_missing") from error
    except ValueError as error:
        raise InvalidRequest(f"The anchors cannot be used: {error}.", code="anchors_unusable") from error
    if config["encoder"] != ENCODER_NAME:
        raise InvalidRequest(
            f"The anchors were heard by {config['encoder']}, and {ENCODER_NAME} listens now: train the generator again.",
            code="anchors_unusable",
        )
    vectors: np.ndarray = tensors["vectors"].numpy()
    return vectors
