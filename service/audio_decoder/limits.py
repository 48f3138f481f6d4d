"""What the operating system holds a decoder process to."""

import resource
import signal
from pathlib import Path

# Decoding needs some ten megabytes; a gigabyte leaves room for long packets and large cover pictures in tags.
MEMORY_BYTES = 1 << 30
OPEN_FILES = 32


def hold_down(*, most_written_bytes: int = 0) -> None:
    """Cap memory beyond what is mapped already and the size of files, dump no core; leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Writing more is then an error that can be told, instead of the end.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    mapped_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = mapped_pages * resource.getpagesize() + MEMORY_BYTES
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, most_written_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def allow_cpu_seconds(seconds: int) -> None:
    """Let this process use ``seconds`` more of processor time; the kernel ends it (SIGXCPU) when they are spent."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + 1 + seconds, hard))


def peak_memory_kb() -> int:
    """The most resident memory this program has had, in kibibytes.

    Not ``ru_maxrss``, which also remembers what the process that started this one held at the time.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
