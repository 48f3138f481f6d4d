"""Fitting the style encoder on rendered anchors, and the conditions every training window gets from its neighbours."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from generator.conditioning import STYLE_DIMENSIONS
from generator.taste.style import StyleEncoder

NEIGHBOURS = 32


@dataclass(frozen=True)
class StyleFit:
    """The fitted encoder and the share of variance it explains on works it never saw, by style dimension (24,)."""

    encoder: StyleEncoder
    explained: np.ndarray


def fit_style_encoder(
    features: np.ndarray, style: np.ndarray, work: np.ndarray, *, seed: int = 0, epochs: int = 400
) -> StyleFit:
    """Fit counts (windows, FEATURES) to style (windows, 24); every tenth work is held out and measured, not refitted."""
    _, work_number = np.unique(work, return_inverse=True)
    held_out = work_number % 10 == 0
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        encoder = StyleEncoder()
        optimiser = torch.optim.AdamW(encoder.parameters(), lr=2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
        asked, wanted = torch.from_numpy(features[~held_out]), torch.from_numpy(style[~held_out])
        for _ in range(epochs):
            for chosen in torch.randperm(len(asked)).split(128):  # type: ignore[no-untyped-call]  # torch leaves it untyped
                if len(chosen) < 2:
                    continue
                loss = nn.functional.mse_loss(encoder(asked[chosen]), wanted[chosen])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
                optimiser.step()
            schedule.step()
    encoder.eval()
    with torch.inference_mode():
        predicted = encoder(torch.from_numpy(features[held_out])).numpy()
    error = ((predicted - style[held_out]) ** 2).sum(0)
    explained = 1.0 - error / ((style[held_out] - style[held_out].mean(0)) ** 2).sum(0)
    return StyleFit(encoder, explained)


def neighbour_means(
    style: np.ndarray, work: np.ndarray, pool: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return (windows, NEIGHBOURS, 24): row k holds the mean style of the k + 1 nearest pool windows of other works.

    Training conditions on such means with the own work left out, so that it looks exactly like use, where the means of
    retrieved anchors stand in. `pool` holds indices of windows; ties are broken by a little noise from `rng`.
    """
    result = np.empty((len(style), NEIGHBOURS, STYLE_DIMENSIONS), np.float16)
    around = style[pool]
    for start in range(0, len(style), 2048):
        block = style[start : start + 2048]
        distance = (block**2).sum(1)[:, None] - 2 * block @ around.T + (around**2).sum(1)[None]
        distance = distance + rng.normal(0, 1e-4, distance.shape)
        distance[work[start : start + 2048][:, None] == work[pool][None]] = np.inf
        nearest = np.argpartition(distance, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        order = np.take_along_axis(distance, nearest, 1).argsort(1)
        chosen = around[np.take_along_axis(nearest, order, 1)]
        result[start : start + 2048] = np.cumsum(chosen, axis=1) / np.arange(1, NEIGHBOURS + 1)[None, :, None]
    return result
