"""What was composed, changed: another piece made of it, its notes, its stems, its layers."""

from pathlib import Path
from typing import Annotated, Literal

from flask import Response
from pydantic import Field, RootModel

from service.api.resource import Answers, described, resource
from service.api.shapes import Body, Whole, WholeNumber
from service.api.v1.jobs import JobAnswer, job_accepted
from service.compositions.edits import file_of, request_edit
from service.http.authentication import requires, viewer
from service.http.idempotency import answered_once
from service.http.media_responses import send_composed
from service.http.parts import parts
from service.operations.job_requests import LARGEST_SEED

blueprint = resource("edits", "Music composed for you, changed.")

_LAST_BAR = 10_000
Row = Literal["lead", "comp", "pad", "bass", "drums"]
Bar = Annotated[int, Field(ge=1, le=_LAST_BAR), Whole]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED), Whole]


class _Drawn(Body):
    """An edit that comes out differently with another seed."""

    seed: Seed | None = Field(default=None, description="The same seed, the same notes.")


class Regenerate(_Drawn):
    """Rows or bars written anew; everything else stays, note by note."""

    kind: Literal["regenerate"]
    rows: list[Row] = Field(
        default=[], max_length=5, description="All where none are named, with new chords."
    )
    first_bar: Bar | None = Field(default=None, description="Counted from 1; else the first.")
    last_bar: Bar | None = Field(default=None, description="Else the last.")


class Continue(_Drawn):
    """More bars at the end."""

    kind: Literal["continue"]
    bars: WholeNumber = Field(default=8, ge=1, le=64)


class Vary(_Drawn):
    """The same harmony, played otherwise."""

    kind: Literal["vary"]
    amount: float = Field(default=0.3, ge=0.05, le=1, description="How far it may go; 1 forgets the notes.")


class Loop(_Drawn):
    """The last bar leads back to the first, without a seam."""

    kind: Literal["loop"]


class Reharmonise(_Drawn):
    """Other chords under the same tune."""

    kind: Literal["reharmonise"]


class Transpose(Body):
    """Higher or lower."""

    kind: Literal["transpose"]
    semitones: WholeNumber = Field(ge=-24, le=24)


class Tempo(Body):
    """Faster or slower."""

    kind: Literal["tempo"]
    tempo_bpm: float = Field(ge=50, le=190)


class Layers(Body):
    """The piece calm, as it is, and lively: three sounds of equal bars, in one archive. No piece is made."""

    kind: Literal["layers"]


class Stems(Body):
    """A sound for each row, in one archive. No piece is made."""

    kind: Literal["stems"]


class EditWish(
    RootModel[
        Annotated[
            Regenerate | Continue | Vary | Loop | Reharmonise | Transpose | Tempo | Layers | Stems,
            Field(discriminator="kind"),
        ]
    ]
):
    """What is to be done."""


@blueprint.post("/compositions/<id:composition_id>/edits")
@blueprint.input(EditWish, example={"kind": "regenerate", "rows": ["drums"], "first_bar": 9, "last_bar": 16})
@blueprint.output(JobAnswer, status_code=202)
@blueprint.doc(
    responses={
        409: "The piece cannot be changed, or not so.",
        429: "That was today's last piece, or some are being composed already.",
    }
)
@requires("compose")
def edit_composition(composition_id: str, json_data: EditWish) -> Response:
    """Change a piece

    The piece stays; another is made of it, screened and listed like any other. It takes a while: follow the job at
    `Location`. Its result names the new composition. `stems` and `layers` make archives instead, which are then at these
    names below the piece. What the notes do not allow, such as bars they have not, the job tells.
    """
    edit = json_data.root.model_dump(exclude_none=True)
    seed = edit.pop("seed", None)
    return answered_once(
        lambda db_session: job_accepted(
            request_edit(db_session, parts().settings, viewer().user_id, composition_id, edit, seed=seed)
        )
    )


def _sent(mimetype: str, what: str) -> Answers:
    return {
        200: described(what, {mimetype: {}}),
        206: described("The part of it that `Range` asks for.", {mimetype: {}}),
        304: described("It is what `If-None-Match` says."),
        409: described("It was not made yet, or the piece was not let through to you."),
        416: described("There is no such range."),
    }


def _file(composition_id: str, kind: str, mimetype: str) -> Response:
    with parts().database.session(read_only=True) as db_session:
        path = file_of(db_session, viewer().user_id, composition_id, kind)
    return send_composed(parts().settings, Path(path), mimetype, kind)


@blueprint.get("/compositions/<id:composition_id>/midi")
@blueprint.doc(responses=_sent("audio/midi", "The notes."))
@requires("stream")
def show_notes(composition_id: str) -> Response:
    """A piece's notes

    As a MIDI file: a named track for each row, on the exact grid.
    """
    return _file(composition_id, "midi", "audio/midi")


@blueprint.get("/compositions/<id:composition_id>/stems")
@blueprint.doc(responses=_sent("application/zip", "The archive."))
@requires("stream")
def show_stems(composition_id: str) -> Response:
    """A piece row by row

    An archive of FLAC files that are heard together as the piece, and its notes. An edit of the kind `stems` makes it.
    """
    return _file(composition_id, "stems", "application/zip")


@blueprint.get("/compositions/<id:composition_id>/layers")
@blueprint.doc(responses=_sent("application/zip", "The archive."))
@requires("stream")
def show_layers(composition_id: str) -> Response:
    """A piece at three intensities

    An archive of FLAC files whose bars are equally long, calm, even and lively, and their notes. An edit of the kind
    `layers` makes it.
    """
    return _file(composition_id, "layers", "application/zip")
