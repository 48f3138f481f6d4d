"""The pages of listeners."""

from flask import Blueprint, render_template

from service.http.authentication import public

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/sign-in")
@public
def sign_in() -> str:
    """Where name and password are asked for."""
    return render_template("sign_in.html")
