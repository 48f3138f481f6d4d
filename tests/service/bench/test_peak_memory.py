import subprocess
import sys

import numpy as np

SCRIPT = "from service.bench.peak_memory import peak_memory_mb; print(peak_memory_mb())"


def test_what_the_starting_process_held_does_not_count() -> None:
    held = np.ones(40_000_000)
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert 5 < float(told.stdout) < held.nbytes / 1e6
