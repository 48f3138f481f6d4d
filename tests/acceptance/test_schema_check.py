from typing import Any

import pytest
from flask import Flask, jsonify

from tests.acceptance.schema_check import SchemaCheck

ANSWER = {
    "type": "object",
    "required": ["song"],
    "properties": {
        "song": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "note": {"$ref": "#/components/schemas/Note"}},
        }
    },
}
CONTENT = {"content": {"application/json": {"schema": ANSWER}}}
DOCUMENT = {
    "paths": {
        "/rest/getSong": {"get": {"responses": {"200": CONTENT}}},
        "/rest/getSame": {"get": {"responses": {"200": {"$ref": "#/components/responses/A~1Song"}}}},
    },
    "components": {
        "schemas": {"Note": {"type": "string", "nullable": True}},
        "responses": {"A/Song": {"$ref": "#/paths/~1rest~1getSong/get/responses/200"}},
    },
}


@pytest.mark.parametrize("method", ["getSong", "getSame"])
@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"song": {"id": "5", "note": None}}, 0),
        ({"song": {"id": 5}}, 1),
        ({"song": {"id": "5", "note": 5}}, 1),
        ({}, 1),
    ],
)
def test_an_answer_that_is_not_as_the_document_says_is_kept(
    body: dict[str, Any], faults: int, method: str
) -> None:
    check, app = SchemaCheck(DOCUMENT), Flask("answers")
    app.after_request(check.look)
    app.add_url_rule(f"/rest/{method}.view", view_func=lambda: jsonify(body))

    app.test_client().get(f"/rest/{method}.view")

    assert (check.looked_at, len(check.faults)) == (1, faults)
