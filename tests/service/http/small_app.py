"""A web application with a few views of each kind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from apiflask import APIFlask
from flask import jsonify, request
from jinja2 import DictLoader

from service.errors import NotFound, TooManyRequests
from service.http.authentication import owner_only, owner_page, page, public, requires, viewer
from service.http.bare_app import bare_app
from service.settings import Settings
from service.store.database import open_database
from tests.service.clients import parts_of


@contextmanager
def small_app(settings: Settings) -> Iterator[APIFlask]:
    """Views that anybody, a listener, an owner, or their browsers may call, and some that fail."""
    database = open_database(settings)
    app = bare_app(settings, database)
    app.jinja_loader = DictLoader({"problem.html": "<h1>{{ status }} {{ title }}</h1>{{ detail }}"})
    for path, methods, view in VIEWS:
        app.add_url_rule(path, path.strip("/").replace("/", "_"), view, methods=methods)
    app.add_url_rule("/sign-in", "pages.sign_in", public(lambda: "sign in"))
    yield app
    parts_of(app).last_used.close()
    database.close()


def _hello() -> Any:
    return jsonify(name=viewer().name)


def _anybody() -> Any:
    return jsonify(body=len(request.get_data()))


def _bug() -> Any:
    raise RuntimeError("the password is hunter2")


def _not_there() -> Any:
    raise NotFound("There is no such track.", code="unknown_track")


def _too_often() -> Any:
    raise TooManyRequests("Slow down.", retry_after_seconds=7)


def _view(body: Callable[[], Any], marker: Callable[[Any], Any]) -> Any:
    # Each its own function: a marker marks the function it is given.
    return marker(lambda: body())


VIEWS = [
    ("/api/v1/anybody", ["GET", "POST"], _view(_anybody, public)),
    ("/api/v1/library", ["GET", "POST"], _view(_hello, requires("library:read"))),
    ("/api/v1/thumb", ["PUT"], _view(_hello, requires("feedback:write"))),
    ("/api/v1/review", ["GET", "POST"], _view(_hello, owner_only("admin:review"))),
    ("/player", ["GET", "POST"], _view(_hello, page)),
    ("/desk", ["GET", "POST"], _view(_hello, owner_page)),
    ("/form", ["GET", "POST"], _view(_anybody, public)),
    ("/api/v1/bug", ["GET"], _view(_bug, public)),
    ("/api/v1/not-there", ["GET"], _view(_not_there, public)),
    ("/api/v1/too-often", ["GET"], _view(_too_often, public)),
]
