"""Who asks, and what they settle for themselves."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from service.accounts.preferences import MOST_FRESH_PER_TASTE, change_preferences
from service.api.resource import resource
from service.api.shapes import Answer, Body, Id, Whole
from service.http.authentication import requires, viewer
from service.http.parts import parts
from service.store.tables import User

blueprint = resource("me", "Who you are, and what you settle for yourself.")

ComposedPolicy = Literal["mix", "shelf", "never"]


class Person(Answer):
    """Who you are."""

    id: Id
    name: str
    is_owner: bool
    composed_policy: ComposedPolicy = Field(
        description="Whether composed music is mixed into your list, stays on its shelf, or is never made."
    )
    fresh_per_taste: int = Field(
        description="How many unheard pieces are kept ready for each of your tastes."
    )
    created_at: datetime


class Preferences(Body):
    """What to change; what is left out stays."""

    composed_policy: ComposedPolicy | None = None
    fresh_per_taste: Annotated[int, Field(ge=0, le=MOST_FRESH_PER_TASTE), Whole] | None = None


@blueprint.get("/me")
@blueprint.output(Person)
@requires("profile:read")
def show_me() -> Person:
    """Who you are

    The listener to whom the token or the session belongs, with their settings.
    """
    with parts().database.session(read_only=True) as db_session:
        return Person.model_validate(db_session.get_one(User, viewer().user_id))


@blueprint.patch("/me")
@blueprint.input(Preferences, example={"composed_policy": "mix", "fresh_per_taste": 2})
@blueprint.output(Person)
@requires("profile:write")
def change_me(json_data: Preferences) -> Person:
    """Change your settings

    Only what is given changes. A changed policy shows in the next list.
    """
    with parts().database.session() as db_session:
        user = change_preferences(
            db_session,
            viewer().user_id,
            composed_policy=json_data.composed_policy,
            fresh_per_taste=json_data.fresh_per_taste,
        )
        return Person.model_validate(user)
