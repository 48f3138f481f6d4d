"""A house that is served on loopback, for programs that other people wrote."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from apiflask import APIFlask

from service.accounts.app_passwords import issue_app_password
from service.settings import load_settings
from service.store.database import open_database
from tests.acceptance.clients_page import PAGE, ClientsPage
from tests.acceptance.schema_check import SchemaCheck
from tests.service.api.served import furnished_house, served
from tests.service.clients import parts_of
from tests.service.conftest import web_app_of


@dataclass(frozen=True)
class AppHouse:
    """Where the house answers, and what ada types into her app."""

    app: APIFlask
    address: str
    port: int
    user_name: str
    app_password: str


@pytest.fixture(scope="session")
def clients_page(pytestconfig: pytest.Config) -> Iterator[ClientsPage]:
    """What was found of clients; written to the committed page with ``--write-clients-page``."""
    page = ClientsPage()
    yield page
    if pytestconfig.getoption("write_clients_page"):
        page.write(PAGE)


@pytest.fixture(scope="session")
def app_house(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[AppHouse]:
    """One house for all clients: each is to leave it as it found it."""
    folder: Path = tmp_path_factory.mktemp("house")
    settings = load_settings(data_dir=folder / "data", threads=1)
    open_database(settings).close()
    with web_app_of(settings) as app:
        schema = pytestconfig.getoption("opensubsonic_schema")
        check = SchemaCheck.of_file(Path(schema)) if schema else None
        if check is not None:
            app.after_request(check.look)
        house = furnished_house(app, folder / "music")
        parts = parts_of(app)
        with parts.database.session() as db_session:
            issued = issue_app_password(db_session, parts.app_password_keys, house.ids["user_id"], "a client")
        with served(app) as url:
            address = url.removesuffix("/api/v1")
            yield AppHouse(app, address, int(address.rpartition(":")[2]), "ada", issued.secret)
    shutil.rmtree(folder)
    if check is not None:
        assert check.looked_at > 0
        assert check.faults == []
