"""``python -m tests.service.worker.tiny_worker DATA_DIR``: a worker that knows the tiny job only."""

import logging
import sys

from service.settings import load_settings
from service.worker.loop import run_worker

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run_worker(
        load_settings(data_dir=sys.argv[1]), {"tiny": "tests.service.worker.tiny_job"}, repeating=False
    )
