"""Names of processes that stay theirs after they are gone, so that it can be told whether one is."""

import os
from pathlib import Path


def own_name() -> str:
    """This process: the machine since it was started, the process's namespace, its number and when it began."""
    return f"{_place()}/{os.getpid()}/{_began(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether the process of this name surely is gone: true only of one that ran here, where it would be seen."""
    place, number, began = name.rsplit("/", 2)
    return place == _place() and _began(int(number)) != began


def _place() -> str:
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot_id}/{Path('/proc/self/ns/pid').stat().st_ino}"


def _began(number: int) -> str | None:
    """When a process began, in ticks since the machine did; None for none, and for one that only waits to be buried."""
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # After the program's name, which may hold anything, come the state and, twentieth, the beginning.
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]
