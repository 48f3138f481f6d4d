"""``python -m service.worker``: do the queue's jobs until told to end."""

import logging
import sys

from service.errors import HomespunError
from service.settings import load_settings
from service.worker.job_kinds import JOB_MODULES
from service.worker.loop import run_worker


def main() -> int:
    """Run a worker with the settings of the environment; gives the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s worker[%(process)d] %(name)s: %(message)s")
    try:
        settings = load_settings()
        logging.getLogger("service").setLevel(settings.log_level.upper())
        run_worker(settings, JOB_MODULES)
    except HomespunError as error:
        logging.getLogger(__name__).error("%s (%s)", error, error.code)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
