import subprocess
import sys
import time

import numpy as np

from service.bench.library.family_memory import FamilyMemory

HOLD_60_MB = "import sys; held = bytearray(b'x' * 60_000_000); sys.stdout.write('.'); sys.stdout.flush(); sys.stdin.read()"


def test_the_memory_of_processes_that_were_started_counts_and_what_came_before_does_not() -> None:
    with FamilyMemory() as memory:
        until_samples(memory, 1)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_60_MB], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.read(1)
            memory.at(0.5)
            until_samples(memory, len(memory.samples) + 2)
            child.communicate()
        memory.at(1.0)
        until_samples(memory, len(memory.samples) + 2)
    told = memory.to_json()
    assert told["at_half_mb"] - told["at_a_quarter_mb"] > 55
    assert told["at_the_end_mb"] == told["peak_mb"]
    assert memory.samples[-1]["pss_mb"] < told["peak_mb"] - 50
    assert told["processes"] >= 2
    assert np.isfinite(memory.cpu_seconds)


def until_samples(memory: FamilyMemory, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(memory.samples) < count:
        assert time.monotonic() < deadline, "nobody looks"
        time.sleep(0.05)
