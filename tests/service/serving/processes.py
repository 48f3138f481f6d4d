"""Watching processes come and go."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 20.0


def wait_until(true: Callable[[], bool]) -> None:
    """Ask until the answer is yes; fail when it never is."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < patience, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether this process runs; one that has ended and that nobody asked about yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int, *, deep: bool = True) -> list[int]:
    """The processes that this one started, and with `deep` those that these started."""
    try:
        children = [
            int(child)
            for path in Path(f"/proc/{pid}/task").glob("*/children")
            for child in path.read_text(encoding="ascii").split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return children + [each for child in children if deep for each in descendants(child)]
