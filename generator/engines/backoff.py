"""What follows which history: counts for every length of history at once, blended from the longest to none.

The blend is Witten and Bell's (1991, method C, interpolated), close kin of PPM: P(x | h) = (count(h, x) + kinds(h) * P(x |
shorter h)) / (count(h) + kinds(h)), down to equal chances. Counts lie in sorted arrays, so that learning a whole corpus
is a few sorts.
"""

from dataclasses import dataclass

import numpy as np

_MIX = np.uint64(0x9E3779B97F4A7C15)

FEWEST_SEEN = 2
"""A history must have been seen so often for what followed it to be drawn."""


@dataclass(frozen=True)
class _Level:
    """One length of history: sorted keys of histories, what followed each, sorted keys of both together, and kinds."""

    history: np.ndarray
    symbol: np.ndarray
    pair: np.ndarray
    kinds: np.ndarray


class BackOff:
    """Chances of a symbol after a history of up to `order` tokens and under given facts.

    Histories are rows (examples, order) int64, latest token last; facts are (examples, facts) int64, the more telling first:
    once the history is forgotten they are forgotten from the last to the first.
    """

    def __init__(self, facts: np.ndarray, history: np.ndarray, symbol: np.ndarray, alphabet: int) -> None:
        """Learn from examples; `symbol` (examples,) int64 out of `alphabet` symbols that are thought possible."""
        self.alphabet = alphabet
        self.levels = [_level(keys, symbol) for keys in _keys(facts, history)]

    def bits(self, facts: np.ndarray, history: np.ndarray, symbol: np.ndarray) -> np.ndarray:
        """Return (examples,) float64: the bits that each symbol costs after its history."""
        chance = np.full(len(symbol), 1.0 / self.alphabet)
        for level, keys in zip(self.levels[::-1], _keys(facts, history)[::-1], strict=True):
            low, high = _span(level.history, keys)
            begin, end = _span(level.pair, _mixed(keys, symbol))
            kinds = level.kinds[high] - level.kinds[low]
            seen = high > low
            blended = ((end - begin) + kinds * chance) / np.maximum((high - low) + kinds, 1)
            chance = np.where(seen, blended, chance)
        return np.asarray(-np.log2(chance))

    def draw(self, facts: np.ndarray, history: np.ndarray, rng: np.random.Generator) -> int:
        """Draw what followed the longest known history; `facts` (facts,), `history` (order,). Known is seen twice."""
        for level, keys in zip(self.levels, _keys(facts[None], history[None]), strict=True):
            low, high = (int(edge[0]) for edge in _span(level.history, keys))
            if high - low >= FEWEST_SEEN:
                break
        return int(level.symbol[rng.integers(low, high)])


def _level(keys: np.ndarray, symbol: np.ndarray) -> _Level:
    order = np.lexsort((symbol, keys))
    history, followed = keys[order], symbol[order]
    new = np.r_[True, (history[1:] != history[:-1]) | (followed[1:] != followed[:-1])]
    return _Level(history, followed, np.sort(_mixed(keys, symbol)), np.r_[0, np.cumsum(new)])


def _keys(facts: np.ndarray, history: np.ndarray) -> list[np.ndarray]:
    """Return a key (examples,) uint64 for each length: all history and facts first, nothing at all last."""
    nothing = np.zeros(len(facts), np.uint64)
    by_fact = [nothing]
    for column in facts.T:
        by_fact.append(_mixed(by_fact[-1], column))
    by_history = [by_fact[-1]]
    for column in history.T[::-1]:
        by_history.append(_mixed(by_history[-1], column))
    return by_history[:0:-1] + by_fact[::-1]


def _mixed(keys: np.ndarray, more: np.ndarray) -> np.ndarray:
    mixed = (keys ^ (more.astype(np.int64).view(np.uint64) + np.uint64(1))) * _MIX
    return np.asarray((mixed ^ (mixed >> np.uint64(29))) * _MIX + np.uint64(1))


def _span(sorted_keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.searchsorted(sorted_keys, wanted, "left"), np.searchsorted(sorted_keys, wanted, "right")
