"""How strictly requests are read: unknown, repeated and mistyped things are refused, never mended."""

import json
from typing import Any

from apiflask.schema_adapters import registry
from apiflask.schema_adapters.pydantic import PydanticAdapter
from flask import Request, current_app, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import UnsupportedMediaType

from service.errors import InvalidRequest

_MOST_FAULTS_NAMED = 3
_UNKNOWN = "extra_forbidden"


class StrictAdapter(PydanticAdapter):
    """APIFlask's reader of pydantic models, reading bodies from their bytes and each parameter once."""

    def validate_input(self, request: Request, location: str, **_kwargs: Any) -> BaseModel:
        """The body (``json``), a form's files (``files``) or the query as the model has it.

        Raises InvalidRequest (``invalid_body``, ``invalid_query``, ``unknown_field``, ``unknown_parameter``,
        ``repeated_parameter``) and UnsupportedMediaType for a body that is not called what it
        should be.
        """
        try:
            if location == "json":
                return self.model_class.model_validate_json(_body(request))
            if location == "files":
                return self.model_class.model_validate(_files(request))
            return self.model_class.model_validate(_parameters(request))
        except ValidationError as error:
            raise _explained(error.errors(include_url=False, include_context=False), location) from None

    def get_openapi_schema(self, **_kwargs: Any) -> dict[str, Any]:
        """As APIFlask's; an answer's fields are always all there."""
        return super().get_openapi_schema(
            mode="serialization" if _is_answer(self.model_class) else "validation"
        )


registry.register("pydantic", StrictAdapter)


def refuse_what_is_not_read() -> None:
    """Before a view runs: what it does not read must not be there.

    Raises InvalidRequest (``unknown_parameter``, ``unexpected_body``).
    """
    view = current_app.view_functions.get(request.endpoint or "")
    described: dict[str, Any] = getattr(view, "_spec", {})
    if request.args and not described.get("args"):
        name = next(iter(request.args))
        raise InvalidRequest(f"Nothing is known of a parameter {name!r} here.", code="unknown_parameter")
    if request.method in ("GET", "HEAD", "OPTIONS") or described.get("body") is not None:
        return
    if request.get_data().strip() not in (b"", b"{}"):
        raise InvalidRequest("No body is expected here.", code="unexpected_body")


def _is_answer(model: type[BaseModel]) -> bool:
    return bool(model.model_config.get("json_schema_serialization_defaults_required"))


def _body(request: Request) -> bytes:
    if not request.is_json:
        raise UnsupportedMediaType("The body must be application/json.")
    return request.get_data()


def _files(request: Request) -> dict[str, Any]:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("The body must be multipart/form-data.")
    for name, values in request.files.lists():
        if len(values) > 1:
            raise InvalidRequest(f"The file {name!r} is given twice.", code="repeated_parameter")
    # A field that is no file is as unknown as any other.
    return {**request.form.to_dict(), **request.files.to_dict()}


def _parameters(request: Request) -> dict[str, str]:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest(f"The parameter {name!r} is given twice.", code="repeated_parameter")
    return request.args.to_dict()


def _explained(faults: list[ErrorDetails], location: str) -> InvalidRequest:
    """The first faults in one sentence; the code says whether all that is wrong is something unknown."""
    named = [
        f"{_place(fault)}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in faults[:_MOST_FAULTS_NAMED]
    ]
    only_unknown = all(fault["type"] == _UNKNOWN for fault in faults)
    if location in ("json", "files"):
        code = "unknown_field" if only_unknown else "invalid_body"
    else:
        code = "unknown_parameter" if only_unknown else "invalid_query"
    return InvalidRequest("; ".join(named) + ".", code=code)


def _place(fault: ErrorDetails) -> str:
    # A name that was sent may be anything, and is shown as JSON would write it.
    return (
        ".".join(json.dumps(part)[1:-1] if isinstance(part, str) else str(part) for part in fault["loc"])
        or "body"
    )
