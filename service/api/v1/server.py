"""What this server is, and whether it works."""

from importlib.metadata import version
from typing import Literal

from pydantic import Field

from service.api.resource import resource
from service.api.shapes import Answer
from service.compositions.requests import LONGEST_SECONDS, SHORTEST_SECONDS
from service.errors import NotPrepared
from service.http.authentication import public
from service.http.parts import parts
from service.listening.playback import MOST_EVENTS
from service.store.answering import is_answering

blueprint = resource("server", "What this server is, and whether it works.")


class Limits(Answer):
    """What is taken at most."""

    page_items: int = Field(examples=[200])
    playback_events: int = Field(examples=[200])
    shortest_composition_seconds: float
    longest_composition_seconds: float
    daily_compositions: int


class ServerAnswer(Answer):
    """What this server is."""

    name: Literal["homespun"]
    version: str = Field(examples=["0.1.0"])
    api: Literal["v1"]
    capabilities: list[str] = Field(examples=[["compositions", "transcoding", "job_events"]])
    auth: list[Literal["bearer", "cookie"]]
    limits: Limits


class Health(Answer):
    """It works."""

    status: Literal["ok"]


@blueprint.get("/server")
@blueprint.output(ServerAnswer)
@public
def show_server() -> ServerAnswer:
    """What this server is

    Its version, what it can do, what it takes at most, and how to prove who you are. Open to everybody.
    """
    return ServerAnswer(
        name="homespun",
        version=version("homespun"),
        api="v1",
        capabilities=["compositions", "idempotency", "job_events", "stations", "transcoding"],
        auth=["bearer", "cookie"],
        limits=Limits(
            page_items=200,
            playback_events=MOST_EVENTS,
            shortest_composition_seconds=SHORTEST_SECONDS,
            longest_composition_seconds=LONGEST_SECONDS,
            daily_compositions=parts().settings.daily_compositions,
        ),
    )


@blueprint.get("/healthz")
@blueprint.output(Health)
@public
def show_health() -> Health:
    """Whether the process lives

    Answers without asking the store, for whoever restarts what is dead. Open to everybody.
    """
    return Health(status="ok")


@blueprint.get("/readyz")
@blueprint.output(Health)
@blueprint.doc(responses={503: "The store does not answer."})
@public
def show_readiness() -> Health:
    """Whether requests can be served

    Asks the store, for whoever directs requests to servers. Open to everybody.
    """
    if not is_answering(parts().database):
        raise NotPrepared("The store does not answer at present.", code="store_unavailable")
    return Health(status="ok")
