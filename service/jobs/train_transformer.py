"""Training the Transformer, the peer of the default engine: in the folder in which the generator was trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from generator.training.loop import Report
from generator.training.train_transformer import TransformerRecipe, train_transformer
from service.errors import InvalidRequest


@dataclass(frozen=True)
class TransformerTrainingRequest:
    """Where the generator was trained, where finished weights go; `recipe` as in `TransformerRecipe`."""

    work_dir: Path
    weights_dir: Path
    threads: int
    recipe: Mapping[str, Any]


def train(request: TransformerTrainingRequest, report: Report) -> dict[str, Any]:
    """Train and return what was measured; started again with the same folders, it goes on where it was.

    Raises InvalidRequest (generator_not_trained).
    """
    torch.set_num_threads(request.threads)
    try:
        return train_transformer(
            request.work_dir, request.weights_dir, TransformerRecipe(**request.recipe), report
        )
    except ValueError as error:
        raise InvalidRequest(
            f"The Transformer cannot be trained: {error}.", code="generator_not_trained"
        ) from error
