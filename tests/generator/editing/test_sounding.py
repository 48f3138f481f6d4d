import numpy as np
import pytest

from generator.editing.sounding import loop_samples, master_piece, render_piece, render_row_by_row, wrap
from generator.sound.rendering import SYNTHESIS_RATE
from tests.generator.editing.tiny import written_band


@pytest.fixture(scope="module")
def loop() -> np.ndarray:
    piece = written_band(2, loops=True)
    return master_piece(piece, render_piece(piece, np.random.default_rng(1)))


def test_a_loop_is_exactly_as_long_as_its_bars(loop: np.ndarray) -> None:
    assert loop.shape == (2, 4 * SYNTHESIS_RATE)


def test_a_loop_joins_without_a_click(loop: np.ndarray) -> None:
    """Value, slope and bend at the seam are no larger than within the piece, and so is the energy above 8 kHz."""
    twice = np.concatenate([loop, loop], axis=1)
    seam = loop.shape[1]
    for order in (1, 2, 3):
        steps = np.abs(np.diff(twice, order, axis=1))
        at_seam = steps[:, seam - order : seam].max()
        assert at_seam <= np.quantile(steps[:, : seam - order], 0.999)
    spectrum = np.abs(np.fft.rfft(twice[0].reshape(-1, 480) * np.hanning(480), axis=1))[:, 80:] ** 2
    shifted = np.roll(twice[0], 240).reshape(-1, 480)
    across = np.abs(np.fft.rfft(shifted[seam // 480] * np.hanning(480)))[80:] ** 2
    assert across.sum() <= spectrum.sum(1).max()


def test_a_loop_begins_with_what_rings_on_from_its_end(loop: np.ndarray) -> None:
    piece = written_band(2)
    ends = master_piece(piece, render_piece(piece, np.random.default_rng(1)))
    opening = slice(0, 48)
    assert np.square(loop[:, opening]).mean() > 10 * np.square(ends[:, opening]).mean()


def test_a_sound_that_goes_on_is_folded_over_its_own_beginning() -> None:
    ramp = np.arange(10, dtype=np.float32)[None].repeat(2, axis=0)
    assert wrap(ramp[:, :4], 4).tolist() == ramp[:, :4].tolist()
    long = np.zeros((2, 48000 * 3), np.float32)
    long[:, 0] = long[:, 48000] = long[:, 96000] = 1.0
    assert wrap(long, 48000)[0, 0] == 3.0


def test_stems_are_as_long_as_the_piece_and_sum_to_it() -> None:
    piece = written_band(1)
    stems = render_row_by_row(piece, np.random.default_rng(1))
    assert list(stems) == ["lead", "comp", "pad", "bass", "drums"]
    assert {sound.shape for sound in stems.values()} == {(2, round(4.5 * SYNTHESIS_RATE))}
    together, whole = sum(stems.values()), render_piece(piece, np.random.default_rng(1))
    gain = np.abs(together).max() / np.abs(whole).max()
    assert np.abs(together).max() <= 0.91
    assert np.allclose(together, gain * whole, atol=1e-4)
    assert all(np.abs(sound).max() > 0.01 for sound in stems.values())


def test_a_loop_counts_whole_samples_at_any_tempo() -> None:
    piece = written_band(3, loops=True)
    assert loop_samples(piece) == 6 * SYNTHESIS_RATE
