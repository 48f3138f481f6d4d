"""What browsers are told not to do with our answers."""

import secrets

from flask import Flask, g
from werkzeug.wrappers import Response

from service.http.request_ids import request_id
from service.settings import Settings

_POLICY = (
    ("default-src", "'self'"),
    ("script-src", "'self'"),
    ("style-src", "'self'"),
    ("img-src", "'self' data:"),
    ("media-src", "'self'"),
    ("connect-src", "'self'"),
    ("object-src", "'none'"),
    ("base-uri", "'none'"),
    ("frame-ancestors", "'none'"),
    ("form-action", "'self'"),
)
_POLICY_OF_ALL = "; ".join(f"{name} {sources}" for name, sources in _POLICY)
_NOT_ASKED_FOR = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_TWO_YEARS_SECONDS = 63_072_000
_NONCE_BYTES = 16


def style_nonce() -> str:
    """What a style that a page's script makes is let in by; it is another one with each answer, and none has it unasked."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return str(g.style_nonce)


def install_security_headers(app: Flask, settings: Settings) -> None:
    """Put them on every answer. What says nothing of caching is not stored by anybody."""
    fixed = headers(settings)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(fixed)
        nonce = g.get("style_nonce")
        response.headers["Content-Security-Policy"] = _policy(nonce) if nonce else _POLICY_OF_ALL
        response.headers["X-Request-Id"] = request_id()
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _policy(nonce: str) -> str:
    added = {"style-src": f" 'nonce-{nonce}'"}
    return "; ".join(f"{name} {sources}{added.get(name, '')}" for name, sources in _POLICY)


def headers(settings: Settings) -> list[tuple[str, str]]:
    """Those that do not differ between answers."""
    fixed = [
        ("X-Content-Type-Options", "nosniff"),
        # Not "no-referrer": browsers then send "Origin: null" with our own forms.
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", ", ".join(f"{name}=()" for name in _NOT_ASKED_FOR)),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    if settings.is_https:
        fixed.append(("Strict-Transport-Security", f"max-age={_TWO_YEARS_SECONDS}"))
    return fixed
