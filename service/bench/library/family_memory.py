"""What a process and all those it started hold in memory while something runs, and at which share of the work."""

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

SECONDS_BETWEEN_LOOKS = 1.0
HOW = (
    "Proportional set size (PSS: what is shared counts once) of this process and all below it, looked at once a second; "
    "the sum of each process's own highest resident size, which counts shared memory many times, stands beside it."
)
_SHARES = {"at_a_quarter_mb": 0.25, "at_half_mb": 0.5, "at_the_end_mb": 1.0}


class FamilyMemory:
    """Looks while it is open; tell it by `at` how far the work is. Megabytes are 10^6 bytes."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0
        self.samples: list[dict[str, float]] = []
        self._share = 0.0
        self._highest_kb: dict[int, int] = {}
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def at(self, share: float) -> None:
        """So much of the work is done, 0 to 1."""
        self._share = share

    def to_json(self) -> dict[str, Any]:
        """The highest sum so far at a quarter, a half and all of the work, and of the whole time."""
        points = {
            name: max((each["pss_mb"] for each in self.samples if each["share"] <= share), default=None)
            for name, share in _SHARES.items()
        }
        return {
            "peak_mb": max((each["pss_mb"] for each in self.samples), default=None),
            **points,
            "processes": max((round(each["processes"]) for each in self.samples), default=0),
            "sum_of_peaks_mb": round(sum(self._highest_kb.values()) * 1024 / 1e6, 1),
            "how": HOW,
        }

    def _watch(self) -> None:
        while True:
            self._look()
            self.cpu_seconds = time.thread_time()
            if self._is_over.wait(SECONDS_BETWEEN_LOOKS):
                return

    def _look(self) -> None:
        share, pss_kb, processes = self._share, 0, 0
        own = psutil.Process()
        for process in [own, *own.children(recursive=True)]:
            try:
                folder = Path(f"/proc/{process.pid}")
                pss_kb += _number(folder / "smaps_rollup", "Pss:")
                highest = _number(folder / "status", "VmHWM:")
            except (OSError, StopIteration):
                continue  # it has ended meanwhile
            processes += 1
            self._highest_kb[process.pid] = max(highest, self._highest_kb.get(process.pid, 0))
        self.samples.append(
            {
                "seconds": round(time.monotonic() - self._began, 2),
                "share": round(share, 4),
                "pss_mb": round(pss_kb * 1024 / 1e6, 1),
                "processes": processes,
            }
        )


def _number(path: Path, name: str) -> int:
    """The kibibytes that a line of a file in /proc tells."""
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
