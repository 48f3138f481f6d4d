"""The training of the ranker, killed when it has all but finished; and ``python -m`` a worker that knows this job only."""

import logging
import os
import signal
import sys
from collections.abc import Generator
from typing import Any

from service.jobs import train_ranker
from service.jobs.train_ranker import load_inputs, store_result
from service.operations.job_queue import Report
from service.settings import load_settings
from service.worker.loop import run_worker

__all__ = ["compute", "load_inputs", "store_result"]


def compute(inputs: Any, report: Report) -> Generator[Any, None, None]:
    for output in train_ranker.compute(inputs, report):
        os.kill(os.getpid(), signal.SIGKILL)
        yield output


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run_worker(
        load_settings(data_dir=sys.argv[1]),
        {"train_ranker": "tests.service.worker.stopped_training"},
        repeating=False,
    )
