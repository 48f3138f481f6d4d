"""What a form did is told on the page that comes after it, so that reloading that page does nothing twice."""

from collections.abc import Callable

from flask import flash, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.errors import HomespunError
from service.http.parts import parts


def do_and_tell(target: str, act: Callable[[Session], str]) -> Response:
    """Do what was asked for in one transaction, and go to ``target`` with the sentence it gives, or with what went wrong."""
    try:
        with parts().database.session() as db_session:
            sentence = act(db_session)
    except HomespunError as error:
        flash(str(error), "trouble")
    else:
        flash(sentence, "done")
    return redirect(target, 303)
