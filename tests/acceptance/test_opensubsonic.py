import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.clients_page import PAGE, ClientsPage, read_table
from tests.acceptance.conftest import AppHouse
from tests.acceptance.opensonic_tour import OpensonicTour
from tests.acceptance.sonic_tour import SonicTour
from tests.acceptance.tours import FEATURES, Tour, step_of
from tests.npm_clients import SUBSONIC_API, node_path

TOUR = Path(__file__).with_name("subsonic_api_tour.mjs")
NOT_OFFERED = "not offered by it"
CLIENTS: dict[str, Callable[[AppHouse], Tour]] = {
    "py-opensonic, POST": OpensonicTour,
    "py-opensonic, GET": lambda house: OpensonicTour(house, get=True),
    "py-opensonic, encoded password": lambda house: OpensonicTour(house, legacy=True),
    "py-opensonic, API key": lambda house: OpensonicTour(house, by_key=True),
    "py-sonic": SonicTour,
}


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, app_house: AppHouse) -> Iterator[tuple[str, Tour]]:
    tour = CLIENTS[request.param](app_house)
    yield request.param, tour
    tour.close()


@pytest.mark.parametrize("feature", FEATURES)
def test_a_client_can_do(client: tuple[str, Tour], feature: str, clients_page: ClientsPage) -> None:
    name, tour = client
    step = step_of(tour, feature)
    if step is not None:
        step()
    clients_page.record(name, feature, "yes" if step is not None else NOT_OFFERED)


@pytest.mark.parametrize("way", ["GET", "POST", "API key"])
def test_the_client_on_npm_can_do_all_of_it(
    way: str, app_house: AppHouse, clients_page: ClientsPage, require: Callable[[str], None]
) -> None:
    require("npm")
    named = {"username": app_house.user_name, "password": app_house.app_password}
    told = {
        "module": SUBSONIC_API.as_uri(),
        "url": app_house.address,
        "auth": {"apiKey": app_house.app_password} if way == "API key" else named,
        "post": way == "POST",
    }
    answer = subprocess.run(
        [str(node_path()), TOUR],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    found = json.loads(answer.stdout)
    assert {feature: fault for feature, fault in found.items() if fault != "yes"} == {}
    assert found.keys() <= set(FEATURES)
    for feature in FEATURES:
        clients_page.record(f"subsonic-api (npm), {way}", feature, found.get(feature, NOT_OFFERED))


def test_the_page_of_clients_says_what_was_found(
    clients_page: ClientsPage, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("write_clients_page"):
        said = read_table(PAGE.read_text(encoding="utf-8"))
        for feature, row in clients_page.table().items():
            assert said.get(feature, {}).items() >= row.items(), feature
