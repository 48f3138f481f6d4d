"""Version 1 of the REST interface."""

from typing import cast

from apiflask import APIBlueprint, APIFlask

from service.api.openapi import describe_api
from service.api.resource import IdConverter
from service.api.strict_reading import refuse_what_is_not_read
from service.api.v1 import (
    admin,
    app_passwords,
    compositions,
    edits,
    elsewhere,
    imports,
    jobs,
    libraries,
    listens,
    me,
    media,
    mutes,
    playback,
    recommendations,
    review,
    search,
    server,
    sessions,
    sound,
    stations,
    taste,
    thumbs,
    tokens,
    tracks,
)

blueprint = APIBlueprint("api_v1", __name__, enable_openapi=False)
blueprint.record(lambda state: state.app.url_map.converters.update(id=IdConverter))
blueprint.record(lambda state: describe_api(cast(APIFlask, state.app), state.url_prefix or ""))
blueprint.before_request(refuse_what_is_not_read)
for _resource in (
    server,
    sessions,
    me,
    tokens,
    app_passwords,
    recommendations,
    stations,
    tracks,
    media,
    search,
    thumbs,
    mutes,
    sound,
    listens,
    imports,
    playback,
    libraries,
    compositions,
    edits,
    taste,
    jobs,
    review,
    elsewhere,
    admin,
):
    blueprint.register_blueprint(_resource.blueprint)
