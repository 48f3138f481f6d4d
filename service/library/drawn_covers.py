"""A picture for a track that has none: soft colours and rings, always the same for the same name."""

import hashlib
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOBS = 5
RINGS = 7
GRAIN = 0.008
WEBP_QUALITY = 86

Picture = NDArray[np.float64]


def draw_cover(name: str, side_pixels: int) -> bytes:
    """A square WebP. Tracks of one album share it when ``name`` is the album's."""
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    line = (np.arange(side_pixels) + 0.5) / side_pixels
    across, down = np.meshgrid(line, line)
    hue = rng.uniform(0, 2 * np.pi)
    picture = _blended(across, down, hue, rng)
    picture = _with_rings(picture, across, down, hue, rng, side_pixels)
    picture = picture + rng.normal(0.0, GRAIN, (side_pixels, side_pixels, 1))
    file = io.BytesIO()
    pixels = (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    Image.fromarray(pixels).save(file, "WEBP", quality=WEBP_QUALITY)
    return file.getvalue()


def _blended(across: Picture, down: Picture, hue: float, rng: np.random.Generator) -> Picture:
    """Neighbouring hues and one from further round the wheel, running into each other."""
    turns = hue + np.array([0.0, 0.5, -0.6, 1.1, 2.6])[:BLOBS]
    lightness = np.array([0.30, 0.44, 0.56, 0.68, 0.72])[:BLOBS]
    places, widths = rng.uniform(-0.1, 1.1, (BLOBS, 2)), rng.uniform(0.28, 0.5, BLOBS)
    total = np.zeros((*across.shape, 3))
    shares = np.zeros((*across.shape, 1))
    for turn, light, (x, y), width in zip(turns, lightness, places, widths, strict=True):
        near = np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * width**2))[..., None] + 1e-6
        total += near * _colour(float(light), 0.13, float(turn))
        shares += near
    return total / shares


def _with_rings(
    picture: Picture, across: Picture, down: Picture, hue: float, rng: np.random.Generator, side_pixels: int
) -> Picture:
    """Rings around a point near a corner, each a little fainter, drawn with smooth edges."""
    x, y = rng.choice([-0.05, 0.2, 0.8, 1.05], 2)
    distance = np.hypot(across - x, down - y)
    radius = rng.uniform(0.10, 0.2)
    light = _colour(0.93, 0.04, hue + 0.8)
    for ring in range(RINGS):
        width = rng.uniform(0.004, 0.05)
        edge = np.clip((width / 2 - np.abs(distance - radius)) * side_pixels + 0.5, 0.0, 1.0)
        picture = picture + (light - picture) * (edge * 0.5 * 0.84**ring)[..., None]
        radius += width / 2 + rng.uniform(0.04, 0.16)
    return picture


def _colour(lightness: float, chroma: float, hue: float) -> Picture:
    """An sRGB colour (3,) from OKLCH, in which equal lightness looks equally light (Ottosson, 2020)."""
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.array(
        [
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        ]
    ).clip(0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
