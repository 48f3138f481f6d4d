"""The web application: what listens, put together."""

from importlib.metadata import version

from apiflask import APIFlask

from service.accounts.last_used import LastUsed
from service.accounts.secret_key import load_secret_key
from service.admin.review_desk import blueprint as review_desk
from service.api.v1 import blueprint as api_v1
from service.http.address import install_address
from service.http.authentication import check_access, check_every_view_is_marked, public
from service.http.body_limit import install_body_limit
from service.http.csrf import check_csrf, install_csrf
from service.http.login_cookie import cookie_name, cookie_path, install_login_cookie
from service.http.parts import EXTENSION, WebParts
from service.http.problems import install_problems
from service.http.security_headers import install_security_headers
from service.settings import Settings
from service.store.database import Database
from service.web.pages import blueprint as pages

_API_PATH = "/api/v1"


def create_web_app(settings: Settings, database: Database) -> APIFlask:
    """The application of one process, over an open store.

    Each process makes its own, after it was forked. Raises what `load_secret_key` raises, and RuntimeError for a
    view that does not say who may call it.
    """
    app = APIFlask(
        "service.web",
        title="Homespun",
        version=version("homespun"),
        spec_path="/openapi.json",
        # Its pages would load their scripts from elsewhere.
        docs_path=None,
        openapi_blueprint_url_prefix=_API_PATH,
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
    app.extensions[EXTENSION] = WebParts(settings, database, LastUsed(database, settings))
    install_problems(app)
    install_security_headers(app, settings)
    install_login_cookie(app)
    install_body_limit(app)
    app.before_request(check_access)
    app.before_request(check_csrf)
    install_csrf(app)
    app.register_blueprint(api_v1, url_prefix=_API_PATH)
    app.register_blueprint(pages)
    app.register_blueprint(review_desk, url_prefix="/review")
    public(app.view_functions["openapi.spec"])
    check_every_view_is_marked(app)
    install_address(app, settings)
    return app
