"""One line a request, on standard error. Secrets ride in query strings and bodies: neither is written anywhere."""

import logging
import sys
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from service.http.authentication import USER_ID_IN_ENVIRON
from service.http.log_redaction import SecretsLeftOut


class RequestLog(Logger):  # type: ignore[misc]  # gunicorn is published without types
    """Gunicorn's log, with lines of our own for requests."""

    def setup(self, cfg: Any) -> None:
        """Have all lines go to standard error, in one form."""
        super().setup(cfg)
        formatter = logging.Formatter("%(asctime)s %(levelname)s web[%(process)d] %(message)s")
        for log in (self.error_log, self.access_log):
            handler = self._get_gunicorn_handler(log)
            handler.addFilter(SecretsLeftOut())
            handler.setFormatter(formatter)
            handler.setStream(sys.stderr)
        ours = logging.getLogger("service")
        ours.handlers, ours.propagate = [self._get_gunicorn_handler(self.error_log)], False
        ours.setLevel(self.loglevel)
        self.access_log.setLevel(self.loglevel)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:  # noqa: ARG002  # gunicorn's signature
        """Write method, path, status, bytes, duration, the listener's id, address and request id."""
        headers = {name.lower(): value for name, value in resp.headers}
        self.access_log.info(
            "%s %s %s %d bytes %.0f ms by %s from %s id %s",
            environ["REQUEST_METHOD"],
            # As it was sent: what is percent-encoded there cannot begin a new line here.
            environ.get("RAW_URI", "").partition("?")[0].encode("unicode_escape").decode(),
            str(resp.status).split(maxsplit=1)[0],
            resp.sent,
            request_time.total_seconds() * 1000,
            environ.get(USER_ID_IN_ENVIRON, "-"),
            environ.get("REMOTE_ADDR") or "-",
            headers.get("x-request-id", "-"),
        )
