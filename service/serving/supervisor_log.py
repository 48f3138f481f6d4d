"""What the supervisor itself has to say, on standard error."""

import logging

LOG = logging.getLogger("homespun.supervisor")


def log_to_standard_error(level: str) -> None:
    """Write lines of this level and above, in the form the web server's have."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s supervisor[%(process)d] %(message)s"))
    LOG.handlers[:] = [handler]
    LOG.setLevel(level.upper())
    LOG.propagate = False
