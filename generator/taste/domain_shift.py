"""The shift between real audio and renders of the same notes, taken out before one is compared with the other.

Fitted on pairs with the same content, and only on those: the two domains hold different music, and whatever aligned
their marginals would land the mean rock track on the mean Chopin.
"""

from dataclasses import dataclass, replace

import numpy as np

MOST_DIRECTIONS = 64

GENTLE_FLOOR = 0.15
"""Pairs also differ by what a transcription loses: the sound itself, by which styles are told apart. Damped with a floor of
.01, recordings find more of their own renders, and metal and electronic music fewer anchors of their style."""


@dataclass(frozen=True)
class DomainShift:
    """What tells the domains apart: their means over pairs, and directions in which a render differs from its recording.

    `real_mean`, `rendered_mean` (dimensions,); `directions` (directions, dimensions) orthonormal; `gains` (directions,)
    in [0, 1], what is left of a vector along each; all float32.
    """

    real_mean: np.ndarray
    rendered_mean: np.ndarray
    directions: np.ndarray
    gains: np.ndarray

    def queries(self, real: np.ndarray) -> np.ndarray:
        """Return real audio's vectors (tracks, dimensions) as unit vectors that can be compared with `targets`."""
        return self._damped(real - self.real_mean)

    def targets(self, rendered: np.ndarray) -> np.ndarray:
        """Return renders' vectors (renders, dimensions) as unit vectors that can be compared with `queries`."""
        return self._damped(rendered - self.rendered_mean)

    def _damped(self, centred: np.ndarray) -> np.ndarray:
        along = centred @ self.directions.T
        left = centred - (along * (1.0 - self.gains)) @ self.directions
        lengths = np.linalg.norm(left, axis=1, keepdims=True)
        return np.asarray(left / np.maximum(lengths, 1e-9), np.float32)


def no_shift(dimensions: int) -> DomainShift:
    """Return the shift that leaves unit vectors as they are."""
    return DomainShift(
        np.zeros(dimensions, np.float32),
        np.zeros(dimensions, np.float32),
        np.zeros((0, dimensions), np.float32),
        np.zeros(0, np.float32),
    )


def mean_shift(real: np.ndarray, rendered: np.ndarray) -> DomainShift:
    """Return the shift of the means of pairs (pairs, dimensions) alone; raises ValueError as `damped_shift` does."""
    return removed_shift(real, rendered, 0)


def half_shift(real: np.ndarray, rendered: np.ndarray) -> DomainShift:
    """Return half of the shift of the means: the other half is the sound that a transcription loses, and with it style.

    Among the corrections that were tried it is the one that finds a recording's own render clearly more often, and keeps
    the anchors of metal, orchestral and electronic music in their style. Raises ValueError as `damped_shift` does.
    """
    whole = mean_shift(real, rendered)
    return replace(whole, rendered_mean=0.5 * (whole.real_mean + whole.rendered_mean))


def removed_shift(real: np.ndarray, rendered: np.ndarray, count: int) -> DomainShift:
    """Return the means of pairs and the removal of the `count` directions in which pairs differ most.

    Raises ValueError as `damped_shift` does.
    """
    real_mean, rendered_mean, directions, _ = _principal_differences(real, rendered)
    kept = directions[:count]
    return DomainShift(real_mean, rendered_mean, kept, np.zeros(len(kept), np.float32))


def damped_shift(real: np.ndarray, rendered: np.ndarray, floor: float = GENTLE_FLOOR) -> DomainShift:
    """Return the means of pairs, and directions damped by how much pairs differ along them.

    Within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006) with a pair as the class: the inverse square
    root of covariance + `floor` * its trace, scaled so that directions without differences stay as they are.
    Of the directions the first 64 are kept. Raises ValueError where the pairs do not match or are fewer than two.
    """
    real_mean, rendered_mean, directions, variances = _principal_differences(real, rendered)
    least = floor * float(variances.sum())
    gains = np.sqrt(least / (variances + least)) if least > 0 else np.ones_like(variances)
    return DomainShift(
        real_mean, rendered_mean, directions[:MOST_DIRECTIONS], gains[:MOST_DIRECTIONS].astype(np.float32)
    )


def _principal_differences(
    real: np.ndarray, rendered: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return both means, and directions of the centred differences with their variances, the largest first."""
    if real.shape != rendered.shape or real.ndim != 2 or len(real) < 2:
        raise ValueError(
            f"pairs must be two equal arrays (pairs, dimensions), got {real.shape} and {rendered.shape}"
        )
    real_mean, rendered_mean = real.mean(0), rendered.mean(0)
    differences = (rendered - rendered_mean) - (real - real_mean)
    _, lengths, directions = np.linalg.svd(differences.astype(np.float64), full_matrices=False)
    variances = lengths**2 / len(real)
    return (
        real_mean.astype(np.float32),
        rendered_mean.astype(np.float32),
        directions.astype(np.float32),
        variances,
    )
