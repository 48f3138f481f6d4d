"""A set of keys in twenty bits a key: it never denies a member, and takes a stranger for one once in 65,536 times.

Xor filter with fingerprints of sixteen bits: Graf and Lemire, "Xor Filters: Faster and Smaller Than Bloom and Cuckoo
Filters" (2020). Each key has a slot in each of three blocks; the fingerprints in them, xored, give its own.
"""

from dataclasses import dataclass

import numpy as np

from generator.copying.passages import mixed

FINGERPRINT_BITS = 16
FALSE_POSITIVE_RATE = 2.0**-FINGERPRINT_BITS
_SLOTS_PER_KEY, _SPARE_SLOTS = 1.23, 32
_BLOCKS = 3
_ATTEMPTS = 64


@dataclass(frozen=True)
class XorFilter:
    """`fingerprints` (slots,) uint16, a multiple of three; `salt` is what the keys were mixed with."""

    fingerprints: np.ndarray
    salt: int

    @classmethod
    def of(cls, keys: np.ndarray) -> "XorFilter":
        """Return the filter of keys (n,) uint64; doubles are taken once."""
        keys = np.unique(keys)
        for salt in range(_ATTEMPTS):
            slots, fingerprint = _placed(keys, salt, _slot_count(len(keys)))
            peeled = _peel(slots, _slot_count(len(keys)))
            if sum(len(found) for found, _ in peeled) == len(keys):
                return cls(_filled(peeled, slots, fingerprint, _slot_count(len(keys))), salt)
        raise RuntimeError(f"no arrangement of {len(keys)} keys was found in {_ATTEMPTS} attempts")

    def __contains__(self, key: int) -> bool:
        return bool(self.holds(np.array([key], np.uint64))[0])

    def holds(self, keys: np.ndarray) -> np.ndarray:
        """Return (n,) bool: whether each of the keys (n,) uint64 is in the set."""
        slots, fingerprint = _placed(keys, self.salt, len(self.fingerprints))
        return np.asarray(np.bitwise_xor.reduce(self.fingerprints[slots], axis=1) == fingerprint)


def _slot_count(keys: int) -> int:
    return -(-(int(_SLOTS_PER_KEY * keys) + _SPARE_SLOTS) // _BLOCKS) * _BLOCKS


def _placed(keys: np.ndarray, salt: int, slot_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each key's three slots (n, 3) and its fingerprint (n,)."""
    block = slot_count // _BLOCKS
    bits = mixed(keys ^ mixed(np.array([salt], np.uint64)))
    parts = [bits >> np.uint64(43), (bits >> np.uint64(22)), bits]
    # 21 bits reach two million slots a block; the product spreads them evenly over any number of slots
    spread = [((part & np.uint64(0x1FFFFF)) * np.uint64(block)) >> np.uint64(21) for part in parts]
    slots = np.stack([part.astype(np.int64) + block * number for number, part in enumerate(spread)], axis=1)
    return slots, (mixed(bits) & np.uint64(0xFFFF)).astype(np.uint16)


def _peel(slots: np.ndarray, slot_count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rounds of (keys, the slot that only this key still uses), first peeled first."""
    degree = np.bincount(slots.ravel(), minlength=slot_count)
    users = np.zeros(slot_count, np.int64)
    for block in slots.T:
        np.bitwise_xor.at(users, block, np.arange(len(slots)))
    rounds = []
    single = np.flatnonzero(degree == 1)
    while len(single):
        keys, first = np.unique(users[single], return_index=True)
        rounds.append((keys, single[first]))
        for block in slots[keys].T:
            np.subtract.at(degree, block, 1)
            np.bitwise_xor.at(users, block, keys)
        touched = np.unique(slots[keys])
        single = touched[degree[touched] == 1]
    return rounds


def _filled(
    rounds: list[tuple[np.ndarray, np.ndarray]], slots: np.ndarray, fingerprint: np.ndarray, slot_count: int
) -> np.ndarray:
    table = np.zeros(slot_count, np.uint16)
    for keys, own in reversed(rounds):
        # the own slot is still empty, so that xoring all three gives what the two others hold
        table[own] = fingerprint[keys] ^ np.bitwise_xor.reduce(table[slots[keys]], axis=1)
    return table
