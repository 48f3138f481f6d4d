"""Programs and browsers that talk to a web application under test."""

from collections.abc import Iterable
from typing import cast

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.api_tokens import issue
from service.accounts.login_sessions import open_session
from service.accounts.people import add_user
from service.accounts.scopes import scopes_of
from service.http.login_cookie import cookie_name, cookie_path
from service.http.parts import EXTENSION, WebParts
from service.store.tables import User

ALL = None
"""All scopes that the person may have."""


def parts_of(web_app: Flask) -> WebParts:
    return cast(WebParts, web_app.extensions[EXTENSION])


def listener(db_session: Session, name: str, *, owner: bool = False) -> User:
    """The person of this name, made when there is none."""
    user = db_session.scalar(select(User).where(User.name == name))
    if user is None:
        user = add_user(db_session, name)
        user.is_owner = owner
    return user


def client_of(
    web_app: Flask, name: str = "ada", *, owner: bool = False, scopes: Iterable[str] | None = ALL
) -> FlaskClient:
    """A program that sends a token of this listener's."""
    with parts_of(web_app).database.session() as db_session:
        user = listener(db_session, name, owner=owner)
        wanted = scopes_of(is_owner=user.is_owner) if scopes is None else scopes
        secret = issue(db_session, user.id, "a test", wanted).secret
    client = web_app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def browser_of(web_app: Flask, name: str = "ada", *, owner: bool = False) -> FlaskClient:
    """A browser in which this listener is signed in; it sends a good CSRF token with everything."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        user = listener(db_session, name, owner=owner)
        secret = open_session(db_session, parts.settings, user.id).secret
    browser = web_app.test_client()
    browser.set_cookie(cookie_name(parts.settings, "session"), secret, path=cookie_path(parts.settings))
    with web_app.test_request_context():
        browser.environ_base["HTTP_X_CSRF_TOKEN"] = generate_csrf()
        raw = session["csrf_token"]
    with browser.session_transaction() as kept:
        kept["csrf_token"] = raw
    return browser
