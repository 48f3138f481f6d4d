"""The web server: gunicorn on the socket its supervisor opened. Run as ``python -m service.serving.web_server FD``."""

import gc
import signal
import sys
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker

from service.operations.parent_death import die_with_parent
from service.serving.request_log import RequestLog
from service.settings import Settings, load_settings
from service.store.database import open_database
from service.wsgi import create_web_app

GRACEFUL_SECONDS = 3
"""What is answered then is answered to its end; open streams are cut, and their players ask for the rest."""


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn is published without types
    """Gunicorn, configured from the settings alone."""

    def __init__(self, settings: Settings, listener_fd: int) -> None:
        self._settings, self._listener_fd = settings, listener_fd
        super().__init__(prog="homespun")

    def load_config(self) -> None:
        """Set gunicorn's options; nothing of gunicorn's own files or environment is read."""
        for name, value in options(self._settings, self._listener_fd).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each process.

        Connections and locks do not survive a fork. The modules above do, and their memory is shared.
        """
        return create_web_app(self._settings, open_database(self._settings))


def options(settings: Settings, listener_fd: int) -> dict[str, Any]:
    """What gunicorn is told."""
    return {
        "bind": f"fd://{listener_fd}",
        "proc_name": "homespun",
        "worker_class": "gthread",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        # Beyond its threads a process keeps connections that rest between two requests.
        "worker_connections": settings.web_threads + 1_000,
        "keepalive": 20,
        # A process says that it lives from a thread of its own; a machine that composes can be slow.
        "timeout": 60,
        "graceful_timeout": GRACEFUL_SECONDS,
        "limit_request_line": 8_190,
        "limit_request_fields": 64,
        "limit_request_field_size": 8_190,
        "sendfile": True,
        # Proxies are believed in one place, which is the application's.
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "loglevel": settings.log_level,
        "logger_class": RequestLog,
        # RequestLog writes the lines; gunicorn only asks whether there are any.
        "accesslog": "-",
        "errorlog": "-",
        "post_fork": _end_with_master,
    }


def _end_with_master(_arbiter: Any, worker: Worker) -> None:
    die_with_parent(worker.ppid, signal.SIGKILL)


def main(listener_fd: int) -> None:
    """Serve until SIGTERM."""
    server = WebServer(load_settings(), listener_fd)
    # What was loaded until now is left alone by the collector, so that the processes go on sharing it.
    gc.collect()
    gc.freeze()
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
