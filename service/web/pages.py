"""The player page, and the parts of it that are fetched anew."""

from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from service.compositions.review_items import count_waiting
from service.http.authentication import page, public, viewer
from service.http.parts import parts
from service.http.security_headers import style_nonce
from service.http.texts import language, script_texts, translate_templates
from service.web import about_track, compose_page, entrance, piece_page
from service.web.bundle import built_names
from service.web.how_it_came import how_it_came
from service.web.player_facts import composed_for, doings, tastes_of, your_list

_YEAR_SECONDS = 31_536_000


class _BuiltFiles(Blueprint):
    """The names of built files hold a hash of what is in them: a browser need never ask again."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        return None if filename == "manifest.json" else _YEAR_SECONDS


blueprint = _BuiltFiles(
    "pages", __name__, static_folder="static", static_url_path="/static", template_folder="templates"
)
entrance.add_routes(blueprint)
compose_page.add_routes(blueprint)
piece_page.add_routes(blueprint)
about_track.add_routes(blueprint)


@blueprint.record_once
def _mark_texts(state: BlueprintSetupState) -> None:
    """Templates mark what they say in English with ``_("...")``."""
    translate_templates(cast(Flask, state.app), Path(__file__).parent / "locale")


@blueprint.app_context_processor
def _said_by_every_page() -> dict[str, Any]:
    return {
        "api": f"{request.script_root}/api/v1",
        "built": _built,
        "language": language,
        "script_texts": script_texts,
        "style_nonce": style_nonce,
        "viewer": viewer,
        "waiting_count": _waiting_count,
    }


@blueprint.get("/")
@page
def player() -> str:
    """The music."""
    return render_template("player.html", **_list_facts(), **_made_facts(), **_doing_facts())


@blueprint.get("/fragments/list")
@page
def list_fragment() -> str:
    """The list alone."""
    return render_template("_list.html", **_list_facts())


@blueprint.get("/fragments/made")
@page
def made_fragment() -> str:
    """What was composed, alone."""
    return render_template("_made.html", **_made_facts())


@blueprint.get("/fragments/doings")
@page
def doings_fragment() -> str:
    """What is going on, alone."""
    return render_template("_doings.html", **_doing_facts())


@blueprint.get("/tracks/<track_id>/how")
@page
def how(track_id: str) -> str:
    """How a composed track came to be, as a page of its own."""
    return render_template("how.html", how=_how(track_id))


@blueprint.get("/fragments/how/<track_id>")
@page
def how_fragment(track_id: str) -> str:
    """The same, for the dialog."""
    return render_template("_how.html", how=_how(track_id))


@blueprint.get("/icon.svg")
@public
def icon() -> Response:
    """The mark, for a browser's tab."""
    return Response(
        render_template("icon.svg"), mimetype="image/svg+xml", headers={"Cache-Control": "max-age=86400"}
    )


def _built(name: str) -> str:
    return url_for("pages.static", filename=built_names()[name])


def _list_facts() -> dict[str, Any]:
    return {"listed": your_list(parts().database, parts().settings, viewer())}


def _made_facts() -> dict[str, Any]:
    with parts().database.session(read_only=True) as db_session:
        return {"made": composed_for(db_session, viewer()), "tastes": tastes_of(db_session, viewer().user_id)}


def _doing_facts() -> dict[str, Any]:
    with parts().database.session(read_only=True) as db_session:
        return {"doings": doings(db_session, viewer())}


def _how(track_id: str) -> Any:
    with parts().database.session(read_only=True) as db_session:
        return how_it_came(db_session, viewer().user_id, track_id)


def _waiting_count() -> int:
    with parts().database.session(read_only=True) as db_session:
        return count_waiting(db_session)
