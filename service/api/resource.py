"""One resource's blueprint."""

from apiflask import APIBlueprint
from werkzeug.routing import BaseConverter

import service.api.strict_reading  # noqa: F401 - from here on every request is read strictly
from service.api.shapes import ID_PATTERN


class IdConverter(BaseConverter):
    """``<id:track_id>`` in a route: a ULID; an address with anything else in its place does not exist."""

    regex = ID_PATTERN.strip("^$")
    part_isolating = True


def resource(name: str, description: str) -> APIBlueprint:
    """A blueprint whose operations carry the tag ``name``, described in the OpenAPI document."""
    return APIBlueprint(name, f"service.api.v1.{name}", tag={"name": name, "description": description})
