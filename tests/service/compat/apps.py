"""Apps of listeners, and what they left behind."""

from apiflask import APIFlask
from sqlalchemy import select

from service.accounts.app_passwords import issue_app_password
from service.accounts.scopes import APP_SCOPES
from service.listening.thumbs import thumbs_in_force
from service.store.tables import Listen
from tests.service.clients import listener, parts_of
from tests.service.small_library import add_track


def app_password(web_app: APIFlask, name: str = "ada", *, without: str | None = None) -> str:
    """A new app password of this listener's, with all scopes of apps but one."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        user_id = listener(db_session, name).id
        return issue_app_password(
            db_session, parts.app_password_keys, user_id, "an app", APP_SCOPES - {without}
        ).secret


def listens_of(web_app: APIFlask, name: str = "ada") -> list[Listen]:
    """What this listener heard, earliest first."""
    with parts_of(web_app).database.session() as db_session:
        user_id = listener(db_session, name).id
        rows = select(Listen).where(Listen.user_id == user_id).order_by(Listen.listened_at, Listen.title)
        return list(db_session.scalars(rows))


def thumbs_of(web_app: APIFlask, name: str = "ada") -> dict[str, str]:
    """The thumbs in force, by the track's id."""
    with parts_of(web_app).database.session() as db_session:
        return thumbs_in_force(db_session, listener(db_session, name).id)


def track_of(web_app: APIFlask, title: str, artist: str, **columns: str) -> str:
    """The id of a track that the library now has."""
    with parts_of(web_app).database.session() as db_session:
        return add_track(db_session, title, artist, **columns).id
