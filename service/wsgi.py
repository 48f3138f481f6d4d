"""The web application: what listens, put together."""

from apiflask import APIFlask

from service.admin.review_desk import blueprint as review_desk
from service.api.v1 import blueprint as api_v1
from service.http.authentication import check_every_view_is_marked
from service.http.bare_app import API_PATH, bare_app
from service.settings import Settings
from service.store.database import Database
from service.web.pages import blueprint as pages


def create_web_app(settings: Settings, database: Database) -> APIFlask:
    """The application of one process, over an open store.

    Each process makes its own, after it was forked. Raises what `load_secret_key` raises, and RuntimeError for a
    view that does not say who may call it.
    """
    app = bare_app(settings, database)
    app.register_blueprint(api_v1, url_prefix=API_PATH)
    app.register_blueprint(pages)
    app.register_blueprint(review_desk, url_prefix="/review")
    check_every_view_is_marked(app)
    return app
