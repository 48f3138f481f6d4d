"""Whether answers are what OpenSubsonic's own OpenAPI schema says, where a file with it is given."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Response, request
from jsonschema import Draft7Validator

_ANY_ANSWER = {"$ref": "#/components/schemas/SubsonicResponse"}


class SchemaCheck:
    """Looks at every JSON answer below ``/rest``; keeps what is not as the schema says."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = _as_json_schema(schema)
        self.looked_at = 0
        self.faults: list[str] = []

    @classmethod
    def of_file(cls, path: Path) -> "SchemaCheck":
        """With the bundled document in this file."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def look(self, response: Response) -> Response:
        """After a request: the answer, looked at."""
        method = request.path.removeprefix("/rest/").removesuffix(".view")
        if request.path.startswith("/rest/") and response.mimetype == "application/json":
            self.looked_at += 1
            validator = Draft7Validator(self._answer_of(method))
            self.faults += [
                f"{method}: {error.json_path}: {error.message[:200]}"
                for error in validator.iter_errors(json.loads(response.get_data()))
            ]
        return response

    def _answer_of(self, method: str) -> dict[str, Any]:
        """The schema of a method's answer, within the whole document, so that what it points to is found."""
        path = self._schema["paths"].get(f"/rest/{method}", {})
        found = self._followed(path.get("get", path.get("post", {})).get("responses", {}).get("200", {}))
        answer = found.get("content", {}).get("application/json", {}).get("schema", _ANY_ANSWER)
        return {"allOf": [answer], "paths": self._schema["paths"], "components": self._schema["components"]}

    def _followed(self, node: dict[str, Any]) -> dict[str, Any]:
        """What the node points to within the document, or itself."""
        while "$ref" in node:
            found: Any = self._schema
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[unquote(step).replace("~1", "/").replace("~0", "~")]
            node = found
        return node


def _as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` as a JSON Schema has it."""
    if isinstance(schema, list):
        return [_as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: _as_json_schema(value) for name, value in schema.items()}
    if read.pop("nullable", None) is True and isinstance(read.get("type"), str):
        read["type"] = [read["type"], "null"]
    return read
