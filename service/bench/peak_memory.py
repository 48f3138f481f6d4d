"""The most memory that this process held."""

from pathlib import Path


def peak_memory_mb() -> float:
    """Resident, in megabytes of 10^6 bytes, since the process was begun.

    Not ``ru_maxrss``, which also remembers what the process that started this one held at the time.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    held = next(line for line in lines if line.startswith("VmHWM:"))
    return int(held.split()[1]) * 1024 / 1e6
