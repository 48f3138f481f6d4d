"""The web application: what listens, put together."""

from apiflask import APIFlask

from service.admin.rooms import mount_rooms
from service.api.v1 import blueprint as api_v1
from service.compat.opensubsonic.entrance import blueprint as opensubsonic
from service.compat.scrobbling import mount_scrobbling
from service.http.authentication import check_every_view_is_marked
from service.http.bare_app import API_PATH, bare_app
from service.settings import Settings
from service.store.database import Database
from service.web.about_me_page import blueprint as about_me
from service.web.account_page import blueprint as account
from service.web.elsewhere_forms import blueprint as account_elsewhere
from service.web.import_page import blueprint as imports
from service.web.library_page import blueprint as library
from service.web.pages import blueprint as pages
from service.web.taste_page import blueprint as taste


def create_web_app(settings: Settings, database: Database) -> APIFlask:
    """The application of one process, over an open store.

    Each process makes its own, after it was forked. Raises what `bare_app` raises, and RuntimeError for a
    view that does not say who may call it.
    """
    app = bare_app(settings, database)
    app.register_blueprint(api_v1, url_prefix=API_PATH)
    app.register_blueprint(opensubsonic, url_prefix="/rest")
    app.register_blueprint(pages)
    for listeners_own in (library, taste, imports, account, account_elsewhere, about_me):
        app.register_blueprint(listeners_own)
    mount_rooms(app)
    mount_scrobbling(app, settings.url_path)
    check_every_view_is_marked(app)
    return app
