"""Processes that end with the one that started them, however that one ended (prctl(2), Linux)."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
# Looked up on import: between fork and exec there is no time to load a library.
_LIBC = ctypes.CDLL(None)


def die_with_parent(parent_pid: int, by: signal.Signals) -> None:
    """Have this process sent the signal as soon as its parent ends, at once if that has happened already."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(by))
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), by)
