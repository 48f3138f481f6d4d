"""One resource's blueprint, and how its answers are described."""

from typing import Any

from apiflask import APIBlueprint
from werkzeug.routing import BaseConverter

import service.api.strict_reading  # noqa: F401 - from here on every request is read strictly
from service.api.shapes import ID_PATTERN

Described = dict[str, str | dict[str, dict[str, Any]]]
Answers = dict[int | str, Described]
"""Answers by status, as the OpenAPI document describes them."""


class IdConverter(BaseConverter):
    """``<id:track_id>`` in a route: a ULID; an address with anything else in its place does not exist."""

    regex = ID_PATTERN.strip("^$")
    part_isolating = True


def resource(name: str, description: str) -> APIBlueprint:
    """A blueprint whose operations carry the tag ``name``, described in the OpenAPI document."""
    return APIBlueprint(name, f"service.api.v1.{name}", tag={"name": name, "description": description})


def described(
    description: str,
    content: dict[str, dict[str, Any]] | None = None,
    headers: dict[str, dict[str, Any]] | None = None,
) -> Described:
    """One answer: its media types, each with its schema, and its headers."""
    answer: Described = {"description": description, "content": content or {}}
    if headers is not None:
        answer["headers"] = headers
    return answer
