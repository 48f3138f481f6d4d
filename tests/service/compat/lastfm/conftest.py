"""An app of Ada's that is signed in at Last.fm's door."""

import pytest
from apiflask import APIFlask

from tests.service.compat.apps import app_password
from tests.service.compat.lastfm.app import App


@pytest.fixture
def secret(web_app: APIFlask) -> str:
    return app_password(web_app)


@pytest.fixture
def ada(web_app: APIFlask, secret: str) -> App:
    return App(web_app.test_client(), secret).sign_in(username="ada", password=secret)
