"""What the worker's processes say while they run."""

import logging

from service.settings import Settings


def write_log(settings: Settings) -> None:
    """Write log lines to standard error, ours from the configured level on, those of libraries from warnings on."""
    logging.basicConfig(format="%(asctime)s %(levelname)s worker[%(process)d] %(name)s: %(message)s")
    logging.getLogger("service").setLevel(settings.log_level.upper())
