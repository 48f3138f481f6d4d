"""Rectified flow over latents: the training loss and the sampler (Liu et al. 2023; Esser et al. 2024).

A latent at level t is (1 - t) * data + t * noise; the denoiser predicts the velocity noise - data. Given tokens stay clean.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from generator.denoiser import Condition, Denoiser


@dataclass(frozen=True)
class SamplerConfig:
    """Steps of the sampler, guidance, and the shift of its noise schedule towards high levels."""

    steps: int = 24
    guidance_scale: float = 2.5
    shift: float = 1.5


def flow_loss(
    denoiser: Denoiser,
    latent: torch.Tensor,
    given: torch.Tensor,
    weight: torch.Tensor,
    condition: Condition,
    rng: torch.Generator,
) -> torch.Tensor:
    """Return the mean squared velocity error over tokens that are not given, weighted by `weight`.

    `latent` (batch, bars, rows, channels), `given` and `weight` (batch, bars, rows). Levels are logit-normal, one a
    window, so that middle levels, where melodies are decided, come most often.
    """
    batch = len(latent)
    level = torch.sigmoid(torch.randn(batch, generator=rng, device=rng.device) + 0.3).to(latent.device)
    levels = torch.where(given, 0.0, level[:, None, None].expand(given.shape))
    noise = torch.randn(latent.shape, generator=rng, device=rng.device).to(latent.device)
    noisy = torch.lerp(latent, noise, levels[..., None])
    error = (denoiser(noisy, level, given, condition).float() - (noise - latent)).square().mean(-1)
    counted = weight * ~given
    return torch.as_tensor((error * counted).sum() / counted.sum().clamp(min=1.0))


@torch.inference_mode()
def sample_latent(
    denoiser: Denoiser,
    known: torch.Tensor,
    given: torch.Tensor,
    condition: Condition,
    config: SamplerConfig,
    rng: torch.Generator,
    *,
    from_level: float = 1.0,
    on_step: Callable[[], None] | None = None,
) -> torch.Tensor:
    """Return latents (batch, bars, rows, channels) in which tokens that are not `given` have been composed.

    `known` holds the given tokens; with `from_level` below 1 its other tokens are noised to that level only, so that a
    return of a section varies it instead of inventing it anew. Guidance follows Ho and Salimans 2022; a scale of 1 needs no
    unconditional half, and takes half the time.
    """
    schedule = FlowMatchEulerDiscreteScheduler(shift=config.shift)
    steps = torch.linspace(1.0, 1.0 / config.steps, config.steps)
    sigmas = steps[steps <= from_level + 1e-6] if from_level < 1.0 else steps
    schedule.set_timesteps(sigmas=sigmas.tolist())
    noise = torch.randn(known.shape, generator=rng)
    start = float(schedule.sigmas[0])
    latent = torch.where(given[..., None], known, (1 - start) * known + start * noise)
    guided = config.guidance_scale != 1.0
    copies = 2 if guided else 1
    told, shown = (_twice(condition) if guided else condition), given.repeat(copies, 1, 1)
    for number, timestep in enumerate(schedule.timesteps):
        level = torch.full((copies * len(latent),), float(schedule.sigmas[number]))
        velocity = denoiser(latent.repeat(copies, 1, 1, 1), level, shown, told).float()
        if guided:
            asked, unasked = velocity.chunk(2)
            velocity = unasked + config.guidance_scale * (asked - unasked)
        moved = schedule.step(velocity, timestep, latent).prev_sample
        latent = torch.where(given[..., None], known, moved)
        if on_step:
            on_step()
    return latent


def _twice(condition: Condition) -> Condition:
    plain = condition.without_style()
    return Condition(
        *(
            torch.cat([getattr(condition, name), getattr(plain, name)])
            for name in condition.__dataclass_fields__
        )
    )
