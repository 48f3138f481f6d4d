"""How a house hears emotion: a line for valence and one for arousal, fitted to what its listeners corrected.

Each line is ridge regression towards "as estimated" (A. E. Hoerl and R. W. Kennard, "Ridge regression", Technometrics 12,
1970), with the loss of P. J. Huber ("Robust estimation of a location parameter", 1964), so that one correction far from
all others hardly counts. A slope is never less than a fifth: a track that was estimated as calmer than another stays so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class CalibrationConfig:
    """How much corrections count.

    "As estimated" counts like ``prior_corrections`` corrections whose estimates vary by ``prior_spread`` and which
    change nothing. A correction that is further than ``far`` from the line pulls no more than one that is so far.
    """

    prior_corrections: float = 10.0
    prior_spread: float = 0.5
    far: float = 0.4
    least_slope: float = 0.2


@dataclass(frozen=True)
class Calibration:
    """From what was estimated to what this house would say; ``corrections`` is how many it was fitted to."""

    valence_slope: float = 1.0
    valence_offset: float = 0.0
    arousal_slope: float = 1.0
    arousal_offset: float = 0.0
    corrections: int = 0

    def apply(
        self, valence: ArrayLike, arousal: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both calibrated, each in [-1, 1]; of any shape. The order along each axis stays."""
        return (
            np.clip(self.valence_slope * np.asarray(valence, dtype=np.float64) + self.valence_offset, -1, 1),
            np.clip(self.arousal_slope * np.asarray(arousal, dtype=np.float64) + self.arousal_offset, -1, 1),
        )


def fit_calibration(
    estimated: NDArray[np.float64], corrected: NDArray[np.float64], config: CalibrationConfig | None = None
) -> Calibration:
    """The house's calibration; without corrections it changes nothing.

    Both float64 (n, 2), valence and arousal in [-1, 1]; NaN in ``corrected`` where nothing was said. The same rows in
    the same order give the same numbers, bit for bit. Raises ValueError for other shapes and numbers.
    """
    config = config or CalibrationConfig()
    if estimated.ndim != 2 or estimated.shape[1] != 2 or estimated.shape != corrected.shape:
        raise ValueError(f"pairs are needed, not {estimated.shape} and {corrected.shape}")
    given = ~np.isnan(corrected)
    if not (np.abs(estimated) <= 1).all() or not (np.abs(corrected[given]) <= 1).all():
        raise ValueError("valence and arousal lie in [-1, 1]")
    (valence_slope, valence_offset), (arousal_slope, arousal_offset) = (
        _fit_line(estimated[given[:, axis], axis], corrected[given[:, axis], axis], config) for axis in (0, 1)
    )
    corrections = int(given.any(axis=1).sum())
    return Calibration(valence_slope, valence_offset, arousal_slope, arousal_offset, corrections)


def mean_and_spread(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Weighted mean and standard deviation of the values (n,); the weights (n,) are above 0."""
    # Around the first: values that are all alike have themselves as their mean, whatever they weigh.
    mean = float(values[0] + np.average(values - values[0], weights=weights))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


_MOST_ROUNDS = 100
_NO_CHANGE = 1e-12


def _fit_line(
    estimated: NDArray[np.float64], corrected: NDArray[np.float64], config: CalibrationConfig
) -> tuple[float, float]:
    """Slope and offset, by least squares weighted anew each round; the loss is convex, so there is one answer."""
    slope, offset = 1.0, 0.0
    for _ in range(_MOST_ROUNDS if len(estimated) else 0):
        residuals = np.abs(corrected - slope * estimated - offset)
        weights = np.minimum(1.0, config.far / np.maximum(residuals, config.far))
        before = slope, offset
        slope, offset = _weighted_line(estimated, corrected - estimated, weights, config)
        if max(abs(slope - before[0]), abs(offset - before[1])) < _NO_CHANGE:
            break
    return slope, offset


def _weighted_line(
    estimated: NDArray[np.float64],
    moved: NDArray[np.float64],
    weights: NDArray[np.float64],
    config: CalibrationConfig,
) -> tuple[float, float]:
    """Minimises sum w (moved - (slope - 1) estimated - offset)^2 + prior (spread^2 (slope - 1)^2 + offset^2)."""
    squares = float(weights @ estimated**2) + config.prior_corrections * config.prior_spread**2
    count = float(weights.sum()) + config.prior_corrections
    crossed, along, up = (
        float(weights @ estimated),
        float(weights @ (estimated * moved)),
        float(weights @ moved),
    )
    steeper = (along * count - crossed * up) / (squares * count - crossed**2)
    steeper = max(steeper, config.least_slope - 1.0)
    return 1.0 + steeper, (up - crossed * steeper) / count
