import json
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from service.api.openapi import openapi_text

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(web_app: APIFlask) -> dict[str, Any]:
    return json.loads(openapi_text(web_app))


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_the_committed_document_is_what_the_service_says(web_app: APIFlask) -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_text(web_app), (
        "run `homespun openapi > docs/openapi.json`"
    )


def test_every_operation_says_what_it_does_and_what_it_answers(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert len(operation["description"]) > 20, name
        assert len(operation["tags"]) == 1, name
        assert "security" in operation, name
        assert [status for status in operation["responses"] if status.startswith("2")], name
        for status, response in operation["responses"].items():
            if status[0] in "45":
                assert "application/problem+json" in response["content"], (name, status)
            elif status not in ("204", "304"):
                assert response["content"], (name, status)


def test_every_operation_but_the_public_ones_tells_its_scope(document: dict[str, Any]) -> None:
    public = {name for name, operation in operations(document) if operation["security"] == []}
    assert public == {"get /server", "get /healthz", "get /readyz", "post /sessions"}
    for name, operation in operations(document):
        assert name in public or "Scope: `" in operation["description"], name


def test_names_of_operations_and_tags_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    described = [tag["name"] for tag in document["tags"]]
    assert {operation["tags"][0] for _, operation in operations(document)} <= set(described)


def test_whatever_a_document_refers_to_is_in_it(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"].keys()
    referred = {
        part.split('"')[0] for part in json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    }
    assert referred <= names
    assert document["openapi"].startswith("3.1")
