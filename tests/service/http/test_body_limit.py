import io
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ, run_wsgi_app

from tests.service.clients import client_of

GIGABYTE = 1_000_000_000


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        raise AssertionError("the body was read")


def _post(app: APIFlask, path: str, body: io.IOBase, **environ: Any) -> tuple[str, Headers, bytes]:
    told = create_environ(path, method="POST", content_type="application/json")
    told.update({"wsgi.input": body, **environ})
    parts, status, headers = run_wsgi_app(app, told)
    return status, headers, b"".join(parts)


@pytest.mark.parametrize("path", ["/api/v1/anybody", "/api/v1/library", "/form", "/nowhere"])
@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_a_gigabyte_is_refused_without_being_read(app: APIFlask, path: str, who: str) -> None:
    secret = client_of(app, who).environ_base["HTTP_AUTHORIZATION"] if who == "ada" else ""
    status, headers, answer = _post(
        app, path, Unread(), CONTENT_LENGTH=str(GIGABYTE), HTTP_AUTHORIZATION=secret
    )

    assert status.startswith("413")
    assert b'"too_large"' in answer
    # What was not read would otherwise be taken for the next request.
    assert headers["Connection"] == "close"


def test_a_body_of_untold_length_is_refused_without_being_read(app: APIFlask) -> None:
    untold = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    status, headers, answer = _post(app, "/api/v1/anybody", Unread(), **untold)

    assert status.startswith("411")
    assert b'"length_required"' in answer
    assert headers["Connection"] == "close"


def test_what_is_small_is_taken(app: APIFlask) -> None:
    answer = app.test_client().post("/api/v1/anybody", data=b"{}", content_type="application/json")

    assert answer.json == {"body": 2}
