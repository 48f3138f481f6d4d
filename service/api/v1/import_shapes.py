"""Shapes of what is asked and answered about histories that are handed in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, WithJsonSchema
from werkzeug.datastructures import FileStorage

from service.api.shapes import Answer, Body, Id
from service.store.texts import ONE_LINE

ImportState = Literal["reading", "ready", "importing", "done", "failed"]


class HistoryFormatAnswer(Answer):
    """One kind of file that is known."""

    key: str = Field(examples=["spotify_extended"])
    service: str = Field(examples=["Spotify"])
    files: str = Field(description="Which files they are.")
    by_the_minute: bool = Field(description="Its times have no seconds.")
    warning: str | None


class HistoryFormats(Answer):
    """What can be handed in. A file is known by what is in it, whatever its name."""

    items: list[HistoryFormatAnswer]
    most_bytes: int = Field(description="The largest file that is taken.")


class HistoryUpload(Body):
    """A history file, as the service that wrote it gave it: zip archives need not be unpacked."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: Annotated[FileStorage, WithJsonSchema({"type": "string", "format": "binary"})]


class PreviewAnswer(Answer):
    """What a file holds. `listens` with their skips, `thumbs`, the `skipped` and `failed` make up its `rows`."""

    rows: int
    listens: int
    skips: int = Field(description="How many of the listens were skips.")
    thumbs: int
    failed: int
    skipped: dict[str, int] = Field(description="Rows that are not wanted, by reason.")
    by_year: dict[str, int] = Field(description="Listens by year.")
    failures: list[str] = Field(description="Where rows cannot be read and why; the first hundred.")
    files: list[str]
    passed_over: list[str] = Field(description="Files of the archive that hold nothing for us.")
    warnings: list[str]
    needs_time_zone: bool = Field(description="Say with `commit` in which zone its times were written.")


class ImportAnswer(Answer):
    """A history file that was handed in."""

    id: Id
    state: ImportState = Field(description="`ready` waits for your `commit`; a `failed` one's job says why.")
    source: str
    file_name: str
    job_id: Id | None = Field(description="The job that reads it.")
    created_at: datetime
    finished_at: datetime | None
    preview: PreviewAnswer | None


class Imports(Answer):
    """A page of imports, newest first."""

    items: list[ImportAnswer]
    next_cursor: str | None


class ImportReportAnswer(Answer):
    """What became of each row: `imported`, `duplicate`, the `skipped` and `failed` make up `rows`."""

    source: str
    rows: int
    imported: int
    duplicate: int = Field(description="Told before, by this file or through another door.")
    skipped: dict[str, int] = Field(description="By reason.")
    failed: int
    listens: int = Field(description="How many of the imported were listens.")
    thumbs: int
    skips: int = Field(description="How many of the listens were skips.")
    matched: int = Field(description="How many of the listens are of tracks in the library.")
    by_year: dict[str, int]
    failures: list[str]


class CommitWish(Body):
    """What the file leaves open."""

    time_zone: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        pattern=ONE_LINE,
        examples=["Europe/Berlin"],
        description="Where times were written that name no zone.",
    )
    include_private: bool = Field(default=False, description="Take what was heard in private sessions, too.")


class UnmatchedAnswer(Answer):
    """What you played and the library has not."""

    title: str
    artist: str
    plays: int
    skips: int
    last_listened_at: datetime


class Unmatched(Answer):
    """A page of it, the most played first."""

    items: list[UnmatchedAnswer]
    next_cursor: str | None
