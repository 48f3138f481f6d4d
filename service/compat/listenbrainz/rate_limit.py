"""How often one listener's programs may ask: counted in each process, told in every answer."""

import threading
import time
from dataclasses import dataclass

REQUESTS = 100
WINDOW_SECONDS = 10


@dataclass(frozen=True)
class Allowance:
    """What is left at present, and until when."""

    limit: int
    remaining: int
    reset_in_seconds: int
    is_exceeded: bool

    def headers(self, now: float) -> dict[str, str]:
        """As ListenBrainz tells it; its clients wait by themselves."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset-In": str(self.reset_in_seconds),
            "X-RateLimit-Reset": str(int(now) + self.reset_in_seconds),
        }


class RateLimit:
    """Counts in windows of a few seconds; what was counted in former windows is forgotten."""

    def __init__(self, requests: int = REQUESTS, window_seconds: int = WINDOW_SECONDS) -> None:
        self._requests, self._window_seconds = requests, window_seconds
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def count(self, who: str, now: float | None = None) -> Allowance:
        """One more request by them."""
        now = time.time() if now is None else now
        window = int(now // self._window_seconds)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            count = self._counts[who] = self._counts.get(who, 0) + 1
        until_reset = max(1, int((window + 1) * self._window_seconds - now))
        return Allowance(self._requests, max(0, self._requests - count), until_reset, count > self._requests)
