"""Training the emotion estimator: what people say of music, heard by our encoder, weighed, and written to one file."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator.corpus import corpus_hash
from recommender.embedding import ENCODER_NAME, TrackEncoder
from recommender.emotion_training import HeardExample, fit_emotion
from service.audio import DecoderPool
from service.errors import InvalidRequest
from service.jobs.emotion_examples import corpus_examples, library_examples, library_hash
from service.operations.encoder_weights import load_encoder_weights
from service.operations.job_queue import Report
from service.store.media import write_atomically

LIBRARY_SHARE = 0.6  # of the time


@dataclass(frozen=True)
class EmotionTrainingRequest:
    """Where the corpus and the library of music lie, and where the weights are written."""

    corpus: Path
    library: Path
    out: Path
    models_dir: Path
    seed: int


def train(request: EmotionTrainingRequest, report: Report) -> dict[str, Any]:
    """Hear, fit, write and return what was measured; the same inputs and seed give the same file.

    Raises InvalidRequest (corpus_unusable, library_empty, too_few_words), NotPrepared (models_not_prepared).
    """
    # More threads would add up in another order, and to another last digit.
    torch.set_num_threads(1)
    encoder = TrackEncoder.from_weights(load_encoder_weights(request.models_dir))
    with DecoderPool(1) as pool:
        usual = list(library_examples(request.library, encoder, pool, _part(report, 0.0, LIBRARY_SHARE)))
    rendered = list(
        corpus_examples(
            request.corpus,
            encoder,
            np.random.default_rng(request.seed),
            _part(report, LIBRARY_SHARE, 1.0),
        )
    )
    fitted = fitted_weights(usual, rendered, request.seed)
    provenance = {
        "command": f"homespun train emotion --corpus CORPUS --library LIBRARY --out FILE --seed {request.seed}",
        "corpus_sha256": corpus_hash(request.corpus),
        "library_sha256": library_hash(request.library),
        "encoder": ENCODER_NAME,
        "library_tracks": len(usual),
        "rendered_pieces": len(rendered),
        "weights_sha256": hashlib.sha256(json.dumps(fitted, sort_keys=True).encode()).hexdigest(),
    }
    document = {"name": "emotion-1", "provenance": provenance, **fitted}
    write_atomically(request.out, (json.dumps(document, indent=1) + "\n").encode())
    measured: dict[str, Any] = {"provenance": provenance, "metrics": fitted["metrics"]}
    return measured


def fitted_weights(usual: list[HeardExample], rendered: list[HeardExample], seed: int) -> dict[str, Any]:
    """The fitted weights; raises InvalidRequest (too_few_words)."""
    labelled = [*usual, *rendered]
    try:
        return fit_emotion(usual, labelled, np.random.default_rng(seed))
    except ValueError as error:
        raise InvalidRequest(f"There are too few mood words: {error}.", code="too_few_words") from error


def _part(report: Report, start: float, end: float) -> Report:
    return lambda share, words: report(start + share * (end - start), words)
