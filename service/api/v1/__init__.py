"""Version 1 of the REST interface, mounted at /api/v1."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("v1", __name__)
