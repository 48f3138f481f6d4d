"""Identifiers: ULIDs that sort in the order this process made them."""

import os
import secrets
import threading
import time

from ulid import ULID

_RANDOM_BITS = 80
# A jump of up to 2**64 keeps ids of one millisecond unguessable from one another and cannot overflow 80 bits soon.
_STEP_BITS = 64


class _Sequence:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._random = 0

    def next(self) -> ULID:
        with self._lock:
            # Never backwards, so that a clock set back does not put new rows before old ones.
            millisecond = max(time.time_ns() // 1_000_000, self._millisecond)
            if millisecond > self._millisecond:
                self._random = secrets.randbits(_RANDOM_BITS - 1)
            else:
                self._random += 1 + secrets.randbits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    millisecond += 1
                    self._random = secrets.randbits(_RANDOM_BITS - 1)
            self._millisecond = millisecond
            return ULID.from_bytes(millisecond.to_bytes(6, "big") + self._random.to_bytes(10, "big"))


_sequence = _Sequence()


def _restart() -> None:
    global _sequence
    _sequence = _Sequence()


# A forked child would otherwise go on from its parent's last id, and might make the same next one.
os.register_at_fork(after_in_child=_restart)


def new_id() -> str:
    """A fresh 26-character ULID; within one process later ids always sort after earlier ones."""
    return str(_sequence.next())
