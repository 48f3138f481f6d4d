"""How much may be sent."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge

from service.settings import Settings

_MAX_BYTES = 1_000_000
# What a form puts around the file in it.
_AROUND_A_FILE_BYTES = 10_000
_MARKER, _UPLOAD = "most_bytes", "as large as the settings allow"

View = TypeVar("View", bound=Callable[..., object])


def takes_upload(view: View) -> View:
    """The view takes a file, as large as the settings allow."""
    setattr(view, _MARKER, _UPLOAD)
    return view


def takes_bytes(most: int) -> Callable[[View], View]:
    """A view that takes bodies of up to so many bytes."""

    def mark(view: View) -> View:
        setattr(view, _MARKER, most)
        return view

    return mark


def install_body_limit(app: Flask, settings: Settings) -> None:
    """Refuse a body of more than a megabyte, or of untold length, before any of it is read; some views take more."""
    largest_file = settings.import_megabytes * 1_000_000 + _AROUND_A_FILE_BYTES

    def refuse_large() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        marked = getattr(view, _MARKER, _MAX_BYTES)
        if (request.content_length or 0) > (largest_file if marked == _UPLOAD else marked):
            raise RequestEntityTooLarge
        # Werkzeug would cut it off at its limit, and say nothing.
        if "Transfer-Encoding" in request.headers:
            raise LengthRequired

    app.before_request(refuse_large)
