"""The owner's house, furnished once and copied for each test that asks for it, and a browser of its owner's."""

import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from service.settings import Settings, load_settings
from tests.service.admin.owned_house import OwnedHouse, furnish
from tests.service.clients import browser_of, parts_of
from tests.service.conftest import web_app_of


class Furnished(NamedTuple):
    data_dir: Path
    house: OwnedHouse


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Furnished:
    settings = load_settings(data_dir=tmp_path_factory.mktemp("furnished") / "data")
    settings.data_dir.mkdir(mode=0o700)
    shutil.copy(empty_store, settings.database_file)
    with web_app_of(settings) as app:
        house = furnish(parts_of(app), np.random.default_rng(20))
    return Furnished(settings.data_dir, house)


@pytest.fixture
def web_settings(web_settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Those of an empty store, or of the furnished house where a test asks for that."""
    if "owned" in request.fixturenames:
        source = request.getfixturevalue("furnished").data_dir
        shutil.copytree(source, web_settings.data_dir, dirs_exist_ok=True)
    return web_settings


@pytest.fixture
def owned(furnished: Furnished) -> OwnedHouse:
    return furnished.house


@pytest.fixture
def owner(web_app: APIFlask, owned: OwnedHouse) -> FlaskClient:
    """A browser in which Ada, whose house it is, is signed in."""
    assert owned.held
    return browser_of(web_app, "ada")
