"""``python -m service.worker``: do the queue's jobs until told to end."""

import sys

from service.errors import HomespunError
from service.settings import load_settings
from service.worker.job_kinds import JOB_MODULES
from service.worker.log import write_log
from service.worker.loop import run_worker


def main() -> int:
    """Run a worker with the settings of the environment; gives the exit status."""
    try:
        settings = load_settings()
        write_log(settings)
        run_worker(settings, JOB_MODULES)
    except HomespunError as error:
        # Perhaps before there is a log to write to.
        sys.stderr.write(f"{error} ({error.code})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
