"""A small application to ask."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

from service.settings import Settings
from tests.service.http.small_app import small_app


@pytest.fixture
def app(web_settings: Settings) -> Iterator[APIFlask]:
    with small_app(web_settings) as app:
        yield app
