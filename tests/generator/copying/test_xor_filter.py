import numpy as np
import pytest

from generator.copying.xor_filter import FALSE_POSITIVE_RATE, XorFilter


def draw_keys(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


@pytest.mark.parametrize("count", [0, 1, 2, 100, 30_000])
def test_every_member_is_held_whatever_the_size_of_the_set(count: int) -> None:
    keys = draw_keys(1, count)
    assert XorFilter.of(keys).holds(keys).all()


def test_doubles_and_neighbouring_keys_are_no_obstacle() -> None:
    keys = np.arange(5_000, dtype=np.uint64)
    found = XorFilter.of(np.concatenate([keys, keys]))
    assert found.holds(keys).all()
    assert found.fingerprints.nbytes < 2.6 * 5_000


def test_strangers_are_taken_for_members_as_rarely_as_is_stated() -> None:
    found = XorFilter.of(draw_keys(1, 30_000))
    strangers = 1_000_000
    mistaken = int(found.holds(draw_keys(2, strangers)).sum())
    expected = strangers * FALSE_POSITIVE_RATE
    assert abs(mistaken - expected) < 5 * expected**0.5


def test_a_single_key_can_be_asked_for() -> None:
    found = XorFilter.of(np.array([7], np.uint64))
    assert 7 in found
    assert 8 not in found
