"""A bare Flask route under the web server's own settings, which the bench compares with."""

import sys

from flask import Flask

from service.serving.web_server import WebServer
from service.settings import load_settings


class BareServer(WebServer):
    """As the service's, with an application that does nothing."""

    def load(self) -> Flask:
        """One view."""
        app = Flask("hello", static_folder=None)
        app.add_url_rule("/", view_func=lambda: "Hello, World!")
        return app


if __name__ == "__main__":
    BareServer(load_settings(), int(sys.argv[1])).run()
