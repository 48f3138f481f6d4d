"""A cover drawn from what was composed: colours from the mood, hills and sky from the latent."""

import colorsys
import io
import zlib

import numpy as np
from PIL import Image

SIDE_PIXELS = 640

LAYERS = 5


def draw_cover(latent: np.ndarray, valence: float, arousal: float) -> bytes:
    """Return a PNG of 640 by 640 pixels, the same for the same arguments.

    `latent` has any shape with time first, such as (bars, rows, channels). Valence (-1 to 1) turns the hue from cold
    to warm, arousal (-1 to 1) raises saturation, contrast and the steepness of the hills. Raises ValueError for an
    empty latent and for numbers that are not finite.
    """
    if latent.size == 0 or not np.isfinite(latent).all():
        raise ValueError("a cover is drawn from a latent of finite numbers")
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(latent, dtype=np.float32).tobytes()))
    curves = _curves(latent, arousal)
    # From blue over violet to orange, the way of a sky before sunrise.
    sky_hue = (0.82 + 0.21 * valence + 0.04 * rng.standard_normal()) % 1.0
    turn = -0.34 + 0.10 * rng.standard_normal()
    saturation = 0.45 + 0.2 * arousal
    across, down = np.meshgrid(np.linspace(0.0, 1.0, SIDE_PIXELS), np.linspace(0.0, 1.0, SIDE_PIXELS))
    top = _colour(sky_hue, saturation, 0.30 + 0.10 * valence)
    low = _colour(sky_hue - 0.10, saturation * 0.75, 0.88 + 0.08 * valence)
    picture = top + (low - top) * (down[..., None] ** (1.3 - 0.4 * arousal))
    picture = _with_sun(
        picture, across, down, _colour(0.11 + 0.03 * valence, 0.25 + 0.3 * saturation, 1.0), rng
    )
    for layer, curve in enumerate(curves):
        nearness = (layer + 1) / LAYERS
        hue = sky_hue + turn * nearness
        ridge = 0.40 + 0.42 * nearness - (0.10 + 0.05 * arousal) * curve
        land = _colour(hue, saturation * (0.6 + 0.5 * nearness), 0.78 - 0.60 * nearness)
        # Mist: each layer is lighter towards its foot, as far hills are.
        depth = np.clip((down - ridge) / 0.35, 0.0, 1.0)[..., None]
        shade = land + (low - land) * 0.38 * depth * (1.0 - 0.6 * nearness)
        covered = np.clip((down - ridge) * SIDE_PIXELS, 0.0, 1.0)[..., None]
        picture = picture + (shade - picture) * covered
    picture = picture + rng.normal(0.0, 0.012, (SIDE_PIXELS, SIDE_PIXELS, 1))
    buffer = io.BytesIO()
    pixels = (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).quantize(255, method=Image.Quantize.MEDIANCUT).save(buffer, "PNG")
    return buffer.getvalue()


def _curves(latent: np.ndarray, arousal: float) -> np.ndarray:
    """Return one ridge a layer over the picture's width: (layers, pixels), mean 0, about -1.5 to 1.5.

    The layers are the latent's rows where it has them, else parts of its channels; each is summed up by the direction
    in which it varies most. Time runs from left to right.
    """
    steps = latent.reshape(latent.shape[0], -1).astype(np.float64)
    parts = np.array_split(steps, LAYERS, axis=1) if steps.shape[1] >= LAYERS else [steps] * LAYERS
    width = np.linspace(0.0, 1.0, SIDE_PIXELS)
    # Calm music has rounder hills: fewer knots, drawn through by cosines.
    knots = int(np.clip(round(9 + 5 * arousal), 4, 14))
    curves = []
    for layer, part in enumerate(parts):
        centred = part - part.mean(axis=0)
        direction = (
            np.linalg.svd(centred, full_matrices=False)[2][0] if len(part) > 1 else np.ones(part.shape[1])
        )
        # The sign of a singular vector is arbitrary; without this it could differ between machines.
        direction = direction * np.sign(direction[np.argmax(np.abs(direction))] or 1.0)
        course = part @ direction if len(part) > 1 else part[0]
        at_knots = np.interp(np.linspace(0.0, 1.0, knots + layer), np.linspace(0.0, 1.0, len(course)), course)
        spread = at_knots.std() or 1.0
        curves.append(_through(width, np.clip((at_knots - at_knots.mean()) / spread, -1.5, 1.5)))
    return np.stack(curves)


def _through(width: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Return a smooth line through equally spaced heights: between two of them, half a cosine."""
    place = width * (len(heights) - 1)
    left = np.minimum(place.astype(int), len(heights) - 2)
    share = 0.5 - 0.5 * np.cos(np.pi * (place - left))
    return np.asarray(heights[left] * (1.0 - share) + heights[left + 1] * share)


def _with_sun(
    picture: np.ndarray, across: np.ndarray, down: np.ndarray, colour: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    x, y, radius = rng.uniform(0.2, 0.8), rng.uniform(0.16, 0.36), rng.uniform(0.06, 0.12)
    distance = np.hypot(across - x, down - y)
    disc = np.clip((radius - distance) * SIDE_PIXELS, 0.0, 1.0)
    glow = 0.45 * np.exp(-np.maximum(distance - radius, 0.0) / 0.12)
    return np.asarray(picture + (colour - picture) * np.maximum(disc, glow)[..., None])


def _colour(hue: float, saturation: float, value: float) -> np.ndarray:
    return np.array(
        colorsys.hsv_to_rgb(hue % 1.0, float(np.clip(saturation, 0, 1)), float(np.clip(value, 0, 1)))
    )
