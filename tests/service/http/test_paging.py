from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from apiflask import APIFlask
from flask import jsonify, request
from pydantic import ValidationError

from service.http.authentication import requires
from service.http.paging import Page, cursor_for, next_link
from tests.service.clients import client_of

NUMBERS = list(range(7))


def _with_listing(app: APIFlask, path: str = "/api/v1/numbers") -> APIFlask:
    def numbers() -> Any:
        page = Page.model_validate(request.args.to_dict())
        after = page.after()
        rest = [number for number in NUMBERS if after is None or number > after]
        shown = rest[: page.limit]
        cursor = cursor_for(shown[-1]) if len(rest) > page.limit else None
        return jsonify(numbers=shown, next_cursor=cursor), 200, next_link(cursor)

    app.add_url_rule(path, path, requires("library:read")(numbers))
    return app


def test_following_the_links_shows_everything_once(app: APIFlask) -> None:
    client, seen = client_of(_with_listing(app)), []
    path = "/api/v1/numbers?limit=3"
    while path:
        answer = client.get(path)
        seen += answer.json["numbers"]
        link = answer.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<")

    assert seen == NUMBERS


def test_the_link_keeps_what_was_asked_and_carries_the_cursor(app: APIFlask) -> None:
    answer = client_of(_with_listing(app)).get("/api/v1/numbers?limit=2")

    query = parse_qs(urlsplit(answer.headers["Link"].partition(">")[0]).query)
    assert query == {"limit": ["2"], "cursor": [answer.json["next_cursor"]]}


@pytest.mark.parametrize("spoil", [lambda cursor: cursor[:-1], lambda _: "5", lambda cursor: "\0" + cursor])
def test_a_cursor_that_we_did_not_make_is_refused(app: APIFlask, spoil: Any) -> None:
    client = client_of(_with_listing(app))
    cursor = client.get("/api/v1/numbers?limit=2").json["next_cursor"]

    refused = client.get("/api/v1/numbers", query_string={"cursor": spoil(cursor)})

    assert (refused.status_code, refused.json["code"]) == (404, "bad_cursor")


def test_a_cursor_is_good_for_its_listener_and_its_list_only(app: APIFlask) -> None:
    _with_listing(_with_listing(app), "/api/v1/others")
    ada, bea = client_of(app, "ada"), client_of(app, "bea")
    query = {"cursor": ada.get("/api/v1/numbers?limit=2").json["next_cursor"]}

    assert ada.get("/api/v1/numbers", query_string=query).status_code == 200
    assert bea.get("/api/v1/numbers", query_string=query).status_code == 404
    assert ada.get("/api/v1/others", query_string=query).status_code == 404


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 201}, {"offset": 3}])
def test_pages_have_a_size_and_nothing_else_is_asked_for(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Page.model_validate(asked)


def test_a_page_may_end_at_names_as_long_as_they_are_kept(app: APIFlask) -> None:
    place = [
        "".join(chr(0x4E00 + 37 * number % 20_000) for number in range(600)),
        "01JD9K3V5T8W2XQ4Z6N7M8P9RS",
    ]

    def long_names() -> Any:
        after = Page.model_validate(request.args.to_dict()).after()
        return jsonify(after=after, next_cursor=cursor_for(place))

    app.add_url_rule("/api/v1/long", "long_names", requires("library:read")(long_names))
    client = client_of(app)
    cursor = client.get("/api/v1/long").json["next_cursor"]
    assert client.get("/api/v1/long", query_string={"cursor": cursor}).json["after"] == place
