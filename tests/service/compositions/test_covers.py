import colorsys
import io

import numpy as np
import pytest
from PIL import Image

from service.compositions.covers import SIDE_PIXELS, draw_cover


def latent(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((24, 5, 32)).cumsum(axis=0).astype(np.float32)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.float64) / 255.0


def test_a_cover_is_a_square_picture_and_always_the_same() -> None:
    once, again = (draw_cover(latent(1), 0.2, 0.4) for _ in range(2))
    assert once == again
    picture = Image.open(io.BytesIO(once))
    assert picture.format == "PNG"
    assert picture.size == (SIDE_PIXELS, SIDE_PIXELS)


def test_another_latent_draws_another_picture() -> None:
    difference = np.abs(pixels(draw_cover(latent(1), 0.0, 0.0)) - pixels(draw_cover(latent(2), 0.0, 0.0)))
    assert difference.mean() > 0.02


def test_valence_warms_the_sky_and_arousal_deepens_its_colour() -> None:
    def sky(valence: float, arousal: float) -> np.ndarray:
        return pixels(draw_cover(latent(3), valence, arousal))[:40].mean(axis=(0, 1))

    cold, warm = sky(-0.9, 0.5), sky(0.9, 0.5)
    assert warm[0] - warm[2] > cold[0] - cold[2] + 0.1
    pale, deep = (colorsys.rgb_to_hsv(*sky(0.3, arousal))[1] for arousal in (-0.9, 0.9))
    assert deep > pale + 0.1


@pytest.mark.parametrize("shape", [(1, 4), (2, 1), (16, 3), (7, 5, 2, 3), (40,)])
def test_a_latent_of_any_shape_will_do(shape: tuple[int, ...]) -> None:
    flat = draw_cover(np.random.default_rng(0).standard_normal(shape).astype(np.float32), 0.0, 0.0)
    assert pixels(flat).std() > 0.05


@pytest.mark.parametrize("broken", [np.zeros((0, 3)), np.full((4, 4), np.nan)])
def test_what_cannot_be_drawn_is_refused(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="latent"):
        draw_cover(broken, 0.0, 0.0)
