"""How long the ranker's training takes, and how much memory, on a made-up house of a million plays."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from service.errors import NotPrepared

_STYLES = 200
_STYLES_OF_A_LISTENER = 4


@dataclass(frozen=True)
class HouseSize:
    """How many there are of each."""

    listeners: int = 20_000
    tracks: int = 50_000
    interactions: int = 1_000_000


def measure_retraining(size: HouseSize, seed: int) -> dict[str, Any]:
    """Seconds and megabytes of a process that draws, tunes and fits, and of the fit alone; the same seed, the same house.

    Raises NotPrepared where the process ends badly, as for want of memory.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "service.bench.recommender.retraining_process"],
        input=json.dumps({**asdict(size), "seed": seed}),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise NotPrepared("Retraining did not come to its end.", code="retraining_failed")
    told: dict[str, Any] = json.loads(answer.stdout)
    return {**asdict(size), **told}


def draw_plays(size: HouseSize, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Listener, track and plays, each (interactions,): listeners keep to a few styles, and each has its favourites."""
    activity = rng.pareto(1.5, size.listeners) + 1.0
    listener = rng.choice(size.listeners, size=size.interactions, p=activity / activity.sum())
    own_styles = rng.integers(_STYLES, size=(size.listeners, _STYLES_OF_A_LISTENER))
    style = own_styles[listener, rng.integers(_STYLES_OF_A_LISTENER, size=size.interactions)]
    in_style = size.tracks // _STYLES
    # The square makes favourites: the first tracks of a style are played by many.
    place = (rng.random(size.interactions) ** 2 * in_style).astype(np.int64)
    return listener, style * in_style + place, rng.geometric(0.3, size.interactions).astype(np.float64)
