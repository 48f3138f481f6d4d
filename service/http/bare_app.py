"""A web application with everything but views."""

from importlib.metadata import version

from apiflask import APIFlask

from service.accounts.app_password_keys import load_app_password_keys
from service.accounts.last_used import LastUsed
from service.accounts.secret_key import load_secret_key
from service.http.address import install_address
from service.http.authentication import check_access, public
from service.http.body_limit import install_body_limit
from service.http.csrf import check_csrf, install_csrf
from service.http.login_cookie import cookie_name, cookie_path, install_login_cookie
from service.http.parts import EXTENSION, WebParts
from service.http.problems import install_problems
from service.http.received_files import request_class_for
from service.http.security_headers import install_security_headers
from service.settings import Settings
from service.store.database import Database

API_PATH = "/api/v1"


def bare_app(settings: Settings, database: Database) -> APIFlask:
    """Secrets, cookies, who may call what, errors, headers and limits; the OpenAPI document below ``API_PATH``.

    Raises what `load_secret_key` and `load_app_password_keys` raise.
    """
    app = APIFlask(
        "service.web",
        title="Homespun",
        version=version("homespun"),
        spec_path="/openapi.json",
        # Its pages would load their scripts from elsewhere.
        docs_path=None,
        openapi_blueprint_url_prefix=API_PATH,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # as Flask's own, which takes None
    )
    app.config.update(
        SECRET_KEY=load_secret_key(settings),
        SESSION_COOKIE_NAME=cookie_name(settings, "form"),
        SESSION_COOKIE_PATH=cookie_path(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=400,
    )
    app.request_class = request_class_for(settings)
    app.extensions[EXTENSION] = WebParts(
        settings, database, LastUsed(database, settings), load_app_password_keys(settings)
    )
    install_problems(app)
    install_security_headers(app, settings)
    install_login_cookie(app)
    install_body_limit(app, settings)
    app.before_request(check_access)
    app.before_request(check_csrf)
    install_csrf(app)
    install_address(app, settings)
    public(app.view_functions["openapi.spec"])
    return app
