"""Training the generator: the engine's recipe with our encoder as its ear, in one process or in several shards."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import distributed, multiprocessing

from generator.training.anchor_stages import Ear
from generator.training.loop import Report
from generator.training.recipe import train_generator
from generator.training.stages import RecipeConfig
from recommender.embedding import ENCODER_NAME, TrackEncoder, unit_vectors
from service.errors import InvalidRequest
from service.operations.encoder_weights import load_encoder_weights


@dataclass(frozen=True)
class TrainingRequest:
    """Where the corpus lies, where checkpoints and finished weights go; `recipe` as in `RecipeConfig`."""

    corpus: Path
    work_dir: Path
    weights_dir: Path
    models_dir: Path
    threads: int
    shards: int
    recipe: Mapping[str, Any]


def train(request: TrainingRequest, report: Report) -> dict[str, Any]:
    """Train and return what was measured; started again with the same folders, it goes on where it was.

    With several shards each is a process of its own that draws other examples, and all step by their mean gradient.
    Raises InvalidRequest (corpus_unusable), NotPrepared (models_not_prepared).
    """
    if request.shards == 1:
        return _train_shard(request, report, 0)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as meeting:
        others = [
            context.Process(target=_join_and_train, args=(request, Path(meeting), shard), daemon=True)
            for shard in range(1, request.shards)
        ]
        for process in others:
            process.start()
        try:
            return _join_and_train(request, Path(meeting), 0, report)
        finally:
            for process in others:
                process.join(timeout=30)
                process.kill()


def _join_and_train(
    request: TrainingRequest, meeting: Path, shard: int, report: Report | None = None
) -> dict[str, Any]:
    distributed.init_process_group(
        "gloo",
        init_method=(meeting / "shards").as_uri(),
        rank=shard,
        world_size=request.shards,
        timeout=timedelta(days=1),
    )
    try:
        return _train_shard(request, report or _say_nothing, shard)
    finally:
        distributed.destroy_process_group()


def _train_shard(request: TrainingRequest, report: Report, shard: int) -> dict[str, Any]:
    torch.set_num_threads(max(request.threads // request.shards, 1))
    encoder = TrackEncoder.from_weights(load_encoder_weights(request.models_dir))
    ear = Ear(ENCODER_NAME, encoder.encode_raw, unit_vectors)
    try:
        return train_generator(
            request.corpus,
            request.work_dir,
            request.weights_dir,
            ear,
            RecipeConfig(**request.recipe),
            report,
            shard,
        )
    except ValueError as error:
        raise InvalidRequest(f"The corpus cannot be trained on: {error}.", code="corpus_unusable") from error


def _say_nothing(share: float, words: str) -> None:
    del share, words
