"""How far the listening to a library is, in words people use, with the time that is left for all of it."""

import time
from collections import deque

from service.operations.job_queue import Report

# The rate is that of the last tracks: files differ, and what else the machine does changes.
TRACKS_IN_RATE = 40
TRACKS_BEFORE_ESTIMATE = 5


class ListeningProgress:
    """Reports the share of a job's tracks that was heard; its words tell of the whole library.

    The job has so many `tracks`, `left` more wait after it, and of all tracks so many are `present`.
    """

    def __init__(self, report: Report, tracks: int, left: int, present: int) -> None:
        self._report = report
        self._tracks, self._waiting = tracks, tracks + left
        self._present = max(present, self._waiting)
        self._heard = 0
        self._heard_at: deque[float] = deque(maxlen=TRACKS_IN_RATE)
        self._stored_at = time.monotonic()
        self.tell()

    def heard_one(self) -> None:
        """One more track was heard, or could not be."""
        self._heard += 1
        self._heard_at.append(time.monotonic())

    def stored(self) -> None:
        """All that was heard so far is stored."""
        self._stored_at = time.monotonic()

    def seconds_since_stored(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self._stored_at

    def tell(self) -> None:
        """Report it now."""
        done = self._present - self._waiting + self._heard
        words = f"listened to {done:,} of {self._present:,} tracks"
        seconds = self._seconds_left()
        self._report(
            self._heard / self._tracks, words if seconds is None else f"{words}, {in_words(seconds)}"
        )

    def _seconds_left(self) -> float | None:
        if len(self._heard_at) < TRACKS_BEFORE_ESTIMATE or self._heard == self._waiting:
            return None
        seconds_a_track = (self._heard_at[-1] - self._heard_at[0]) / (len(self._heard_at) - 1)
        return (self._waiting - self._heard) * seconds_a_track


def in_words(seconds: float) -> str:
    """So much time, as one says it: "about 1 h 20 min left"."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return "about a minute left"
    if minutes < 60:
        return f"about {minutes} min left"
    # Nobody can tell to the minute what takes hours.
    hours, minutes = divmod(round(minutes / 10) * 10, 60)
    return f"about {hours} h {minutes} min left" if minutes and hours < 10 else f"about {hours} h left"
