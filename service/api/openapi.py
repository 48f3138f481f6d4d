"""The OpenAPI document: what APIFlask gathers from the views, and what holds for all of them."""

import json
import re
from typing import Any, cast

from apiflask import APIFlask

from service.api.shapes import ID_PATTERN
from service.http.authentication import Access, access_of
from service.http.login_cookie import cookie_name
from service.http.parts import parts
from service.http.problems import PROBLEM_TYPE

_METHODS = {"get", "post", "put", "patch", "delete"}
# A secret is told once; a station's own memory of what it gave is moved on by every request.
_TAKE_NO_KEY = {"post_app-passwords_make_app_password", "post_stations_play_on", "post_tokens_make_token"}
_WITHOUT_BODY = ("204", "304")

_DESCRIPTION = """
The REST interface of a Homespun server. Paths below are relative to its root, `/api/v1`.

Programs send a token, `Authorization: Bearer hst_...`; browsers their session's cookie, and with every write the header
`X-CSRF-Token`. Everything is one listener's: what belongs to another does not exist.

Requests are read strictly: unknown parameters and fields, repeated parameters and wrong types are refused with 400.
Errors are `application/problem+json` (RFC 9457) with a `code` that never changes. Lists come in pages: `next_cursor` and
the `Link` header say where to go on. A POST with an `Idempotency-Key` acts once, however often it is sent. Long work is
answered with 202 and a job at `Location`. Times are RFC 3339, in UTC.
""".strip()

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for the person."},
        "code": {"type": "string", "description": "For the program; never changes."},
    },
    "required": ["type", "title", "status", "detail", "code"],
    "examples": [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no such track.",
            "code": "unknown_track",
        }
    ],
}

_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any name for this request: sent again with it, it acts no second time and is answered alike.",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}


def describe_api(app: APIFlask, prefix: str) -> None:
    """Give the application's document what is common to all operations; ``prefix`` is where the API is mounted."""
    app.config.update(
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_SERVERS=False,
        AUTO_200_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        INFO={"description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    )
    app.spec_processor(lambda spec: _completed(app, cast("dict[str, Any]", spec), prefix))


def openapi_text(app: APIFlask) -> str:
    """The document as it is committed: JSON in the order of its names."""
    with app.app_context():
        return json.dumps(app.spec, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _completed(app: APIFlask, spec: dict[str, Any], prefix: str) -> dict[str, Any]:
    access = _access_by_operation(app)
    settings = parts().settings
    spec["servers"] = [{"url": settings.url_path + prefix}]
    schemas = spec["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    schemas.pop("HTTPError", None)
    spec["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token's secret, `hst_...`."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(settings, "session"),
            "description": "A browser's session; set by `POST /sessions`.",
        },
    }
    spec["paths"] = {path.removeprefix(prefix): item for path, item in spec["paths"].items()}
    for path, item in spec["paths"].items():
        for method in _METHODS & item.keys():
            _complete(item[method], method, path, access[method, prefix + path])
    return _with_plain_names(spec)


def _with_plain_names(spec: dict[str, Any]) -> dict[str, Any]:
    """Shapes inside others are called ``Outer.Inner`` by APIFlask, and are there once for each; here once for all."""
    schemas = spec["components"]["schemas"]
    text = json.dumps(spec)
    for name in schemas:
        text = text.replace(
            f'"#/components/schemas/{name}"', f'"#/components/schemas/{name.rpartition(".")[2]}"'
        )
    plain: dict[str, Any] = json.loads(text)
    merged: dict[str, Any] = {}
    for name, schema in plain["components"]["schemas"].items():
        if merged.setdefault(name.rpartition(".")[2], schema) != schema:
            raise RuntimeError(f"two different shapes are called {name.rpartition('.')[2]}")
    plain["components"]["schemas"] = merged
    return plain


def _access_by_operation(app: APIFlask) -> dict[tuple[str, str], Access]:
    found: dict[tuple[str, str], Access] = {}
    for rule in app.url_map.iter_rules():
        access = access_of(rule.endpoint)
        if access is not None:
            path = re.sub(r"<(?:[^<:>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            found |= {(method.lower(), path): access for method in rule.methods or ()}
    return found


def _complete(operation: dict[str, Any], method: str, path: str, access: Access) -> None:
    operation["operationId"] = operation["operationId"].replace("api_v1_", "")
    responses = operation["responses"]
    for status, response in responses.items():
        if status in _WITHOUT_BODY:
            response.pop("content", None)
        elif status[0] in "45":
            responses[status] = _problem_response(response["description"])
    _add_problem(responses, 400, "The request is not what is expected here.")
    _tell_access(operation, access)
    if "{" in path or any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
        _add_problem(responses, 404, "There is no such thing, or it is somebody else's.")
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        is_form = "multipart/form-data" in operation["requestBody"]["content"]
        _add_problem(responses, 415, f"The body is not called {'a form' if is_form else 'JSON'}.")
        _add_problem(responses, 413, "The body is larger than is taken.")
    _complete_parameters(operation, is_post=method == "post" and access.kind != "public")


def _tell_access(operation: dict[str, Any], access: Access) -> None:
    if access.kind == "public":
        operation["security"] = []
        return
    operation["security"] = [{"token": []}, {"session": []}]
    owners = " Owners only." if access.owners_only else ""
    operation["description"] = (
        f"{operation.get('description', '')}\n\nScope: `{access.scope}`.{owners}".strip()
    )
    _add_problem(operation["responses"], 401, "Nobody is signed in, or the token is not good any more.")
    _add_problem(
        operation["responses"], 403, f"The scope `{access.scope}` is missing, or the page is out of date."
    )


def _complete_parameters(operation: dict[str, Any], *, is_post: bool) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter |= {"schema": {"type": "string", "pattern": ID_PATTERN}, "required": True}
        else:
            parameter["schema"] = _without_null(parameter["schema"])
    responses = operation["responses"]
    if is_post and operation["operationId"] not in _TAKE_NO_KEY:
        operation["parameters"].append(_IDEMPOTENCY_KEY)
        _add_problem(responses, 409, "The `Idempotency-Key` came with another request before.")


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is text or not there."""
    kinds: list[dict[str, Any]] = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return kinds[0] | rest


def _add_problem(responses: dict[str, Any], status: int, description: str) -> None:
    responses.setdefault(str(status), _problem_response(description))


def _problem_response(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
