import subprocess
import sys

import pytest
from apiflask import APIFlask

from service.http.authentication import access_of
from tests.service.clients import browser_of, client_of

# What makes the web process slow to start and large; the worker's alone.
HEAVY = ["torch", "diffusers", "transformers", "sklearn", "generator", "service.jobs"]


def test_every_route_says_who_may_call_it(web_app: APIFlask) -> None:
    with web_app.app_context():
        assert [name for name in web_app.view_functions if access_of(name) is None] == []


def test_the_three_entrances_are_there(web_app: APIFlask) -> None:
    owner = browser_of(web_app, "ada", owner=True)

    for path in ("/", "/review", "/sign-in", "/api/v1/server", "/api/v1/openapi.json"):
        assert owner.get(path, headers={"Accept": "text/html"}).status_code in (200, 303), path


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_is_not_there_is_told_to_everybody(web_app: APIFlask, accept: str) -> None:
    for client in (web_app.test_client(), client_of(web_app), browser_of(web_app)):
        answer = client.get("/nowhere", headers={"Accept": accept})
        assert answer.status_code == 404
        assert ("html" in answer.mimetype) == ("html" in accept)


def test_a_stranger_is_shown_a_page_of_what_went_wrong(web_app: APIFlask) -> None:
    answer = web_app.test_client().post("/sign-in", data={}, headers={"Accept": "text/html"})

    assert (answer.status_code, answer.mimetype) == (403, "text/html")


def test_pages_hold_nothing_that_the_policy_forbids(web_app: APIFlask) -> None:
    browser = browser_of(web_app, owner=True)

    for path in ("/", "/review", "/setup", "/sign-in", "/nowhere"):
        page = browser.get(path, headers={"Accept": "text/html"}).text
        for forbidden in ("<style", "style=", "onclick=", "javascript:", "<script>"):
            assert forbidden not in page, (path, forbidden)


def test_the_web_process_loads_nothing_that_only_workers_need() -> None:
    script = "import sys, service.wsgi; print([name for name in sys.argv[1:] if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", script, *HEAVY], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
