"""The cookie that holds the secret of a browser's session."""

from flask import Flask, g, request, session
from werkzeug.wrappers import Response

from service.http.parts import parts
from service.settings import Settings

_SECONDS_A_DAY = 86_400


def cookie_name(settings: Settings, name: str) -> str:
    """The name under which browsers keep other sites from setting our cookies, where https lets us ask for it."""
    if not settings.is_https:
        return f"homespun_{name}"
    prefix = "__Secure-" if settings.url_path else "__Host-"
    return f"{prefix}homespun_{name}"


def cookie_path(settings: Settings) -> str:
    """The path below which our cookies are sent."""
    return settings.url_path or "/"


def read_login_cookie() -> str | None:
    """The secret the browser holds, if it holds one."""
    return request.cookies.get(cookie_name(parts().settings, "session"))


def set_login_cookie(response: Response, secret: str) -> None:
    """Let the browser keep the secret of the session that was opened for it.

    Tokens of forms that were shown before are good no longer: somebody else may have seen them.
    """
    session.clear()
    _set(response, secret)


def _set(response: Response, secret: str) -> None:
    settings = parts().settings
    response.set_cookie(
        cookie_name(settings, "session"),
        secret,
        max_age=settings.session_days * _SECONDS_A_DAY,
        path=cookie_path(settings),
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def clear_login_cookie(response: Response) -> None:
    """Let the browser forget it."""
    session.clear()
    settings = parts().settings
    response.delete_cookie(
        cookie_name(settings, "session"),
        path=cookie_path(settings),
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def install_login_cookie(app: Flask) -> None:
    """Have browsers keep the cookie longer whenever the session's end is moved (see `LastUsed`)."""

    @app.after_request
    def renew(response: Response) -> Response:
        secret = g.get("session_to_renew")
        if secret is not None and "Set-Cookie" not in response.headers:
            _set(response, secret)
        return response
