"""Who asks, and what they settle for themselves."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response, request
from pydantic import Field

from service.accounts.changing_password import change_password
from service.accounts.erasing import erase, remove_erased
from service.accounts.exporting import export_of
from service.accounts.preferences import MOST_FRESH_PER_TASTE, change_preferences
from service.api.resource import Answers, described, resource
from service.api.shapes import Answer, Body, Id, Whole
from service.http.authentication import requires, viewer, with_given_password
from service.http.parts import parts
from service.store.tables import User
from service.store.texts import NO_NUL

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
    familiar_share: float = Field(
        description="How much of your list you know already: 0 is all new, 1 all familiar, as far as the library goes."
    )
    created_at: datetime


class Preferences(Body):
    """What to change; what is left out stays."""

    composed_policy: ComposedPolicy | None = None
    fresh_per_taste: Annotated[int, Field(ge=0, le=MOST_FRESH_PER_TASTE), Whole] | None = None
    familiar_share: Annotated[float, Field(ge=0, le=1)] | None = None


class PasswordChange(Body):
    """The password you have now, and the one you choose."""

    old: str = Field(min_length=1, max_length=1_000, pattern=NO_NUL)
    new: str = Field(min_length=8, max_length=1_000, pattern=NO_NUL)


class ErasureAsked(Body):
    """Your name, typed, so that it does not happen by a slip."""

    name: str = Field(min_length=1, max_length=64, pattern=NO_NUL, examples=["Ana Maria"])


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
@blueprint.input(Preferences, example={"composed_policy": "mix", "fresh_per_taste": 2, "familiar_share": 0.3})
@blueprint.output(Person)
@requires("profile:write")
def change_me(json_data: Preferences) -> Person:
    """Change your settings

    Only what is given changes. A changed policy or share shows in the next list.
    """
    with parts().database.session() as db_session:
        user = change_preferences(
            db_session,
            viewer().user_id,
            composed_policy=json_data.composed_policy,
            fresh_per_taste=json_data.fresh_per_taste,
            familiar_share=json_data.familiar_share,
        )
        return Person.model_validate(user)


@blueprint.put("/me/password")
@blueprint.input(
    PasswordChange, example={"old": "given by somebody else", "new": "correct horse battery staple"}
)
@blueprint.doc(
    responses={204: "It is your password from now on.", 429: "Too many wrong passwords."},
)
@with_given_password
@requires("profile:write")
def change_own_password(json_data: PasswordChange) -> tuple[str, int]:
    """Choose your password

    All browsers but the one that asks are signed out; keys and app passwords stay. Wrong passwords are counted, and after some of
    them nothing is tried for a few minutes.
    """
    who = viewer()
    change_password(
        parts().database,
        who.user_id,
        json_data.old,
        json_data.new,
        address=request.remote_addr or "",
        session_id=who.session_id,
    )
    return "", 204


_ARCHIVE: dict[str, dict[str, Any]] = {"application/zip": {}}
_EXPORTED: Answers = {200: described("The archive, made while it is sent.", _ARCHIVE)}


@blueprint.get("/me/export")
@blueprint.doc(responses=_EXPORTED)
@requires("profile:read")
def export_me() -> Response:
    """All that is kept of you

    A zip archive: every row as JSON, your listens in the shape of a ListenBrainz export, and what was composed for you. Passwords
    and keys are left out.
    """
    archive = export_of(parts().database, parts().settings, viewer().user_id)
    return Response(
        archive,
        mimetype="application/zip",
        headers={"Content-Disposition": 'attachment; filename="homespun.zip"'},
    )


@blueprint.delete("/me")
@blueprint.input(ErasureAsked, example={"name": "Ana Maria"})
@blueprint.doc(
    responses={
        204: "You are not known here any more.",
        409: "That is not your name, or you own the house alone and others live in it.",
    }
)
@requires("profile:write")
def erase_me(json_data: ErasureAsked) -> tuple[str, int]:
    """Erase yourself

    Everything of yours is deleted, and what the house learnt from you is fitted anew. It cannot be undone. Copies of the store
    that were made before hold you until they are replaced.
    """
    settings = parts().settings
    with parts().database.session() as db_session:
        files = erase(db_session, settings, viewer().user_id, typed_name=json_data.name)
    remove_erased(files)
    return "", 204
