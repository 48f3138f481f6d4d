"""The process whose memory and time are measured: ``python -m service.bench.recommender.retraining_process``."""

import json
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.collaborative.plays import play_matrix
from service.bench.peak_memory import peak_memory_mb
from service.bench.recommender.retraining import HouseSize, draw_plays
from service.bench.recommender.shipped_ranker import fit_shipped


def main() -> None:
    """Reads the house's size from standard input, and writes seconds and megabytes to standard output."""
    wanted = json.load(sys.stdin)
    seed = wanted.pop("seed")
    size = HouseSize(**wanted)
    listener, track, plays = draw_plays(size, np.random.default_rng(seed))
    began, worked = time.perf_counter(), time.process_time()
    with threadpool_limits(1):
        matrix = play_matrix(listener, track, plays, (size.listeners, size.tracks))
        fit_shipped(matrix, seed)
    told = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - worked, 2),
        "memory_mb": round(peak_memory_mb()),
        "distinct_plays": int(matrix.nnz),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
