"""``.scrobbler.log``, as Rockbox and other portable players write it: ``#AUDIOSCROBBLER/1.1``, then lines with tabs.

Columns: artist, album, title, track number, length in seconds, rating, time, MusicBrainz id. The rating says L for a
track that was listened to and S for one that was skipped. ``#TZ/UTC`` says that times are UTC; with ``#TZ/UNKNOWN``
they are what the player's clock showed, and the person has to say where that was.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from functools import partial

from service.listening.history_files.archive import DAMAGE
from service.listening.history_files.entries import Entry
from service.listening.history_files.fields import (
    MBID,
    OLDEST,
    RowProblem,
    album_text,
    code,
    in_utc,
    moment,
    optional_seconds,
    parsed,
    required_text,
)
from service.listening.history_files.lines import Line, lines_of
from service.listening.history_files.rows import (
    FailedRow,
    HistoryRow,
    ListenRow,
    ReadingOptions,
    SkippedRow,
)
from service.listening.listens import ListenEvent

SOURCE = "scrobbler_log"
_FIRST_LINE = "#AUDIOSCROBBLER/"
_UNTAGGED = "<untagged>"


def recognises(entry: Entry) -> bool:
    """Whether it begins as such a log does."""
    return entry.head.removeprefix(b"\xef\xbb\xbf").startswith(_FIRST_LINE.encode())


def lacks_time_zone(entry: Entry) -> bool:
    """Whether its times are in a zone that it does not name."""
    return not any(line.strip().upper() == b"#TZ/UTC" for line in entry.head.splitlines()[:10])


def read(entries: Sequence[Entry], options: ReadingOptions) -> Iterator[HistoryRow]:
    """The rows of all files; times without a zone are of ``options.time_zone``, or else of UTC."""
    for entry in entries:
        zone = (options.time_zone or UTC) if lacks_time_zone(entry) else UTC
        for line in _lines(entry):
            if line.text is None:
                yield FailedRow(entry.name, line.number, line.problem)
            elif not line.text.startswith("#"):
                yield parsed(partial(_parse, zone=zone), line.text, entry.name, line.number)


def _lines(entry: Entry) -> Iterator[Line]:
    number = 0
    try:
        with entry.open() as stream:
            for line in lines_of(stream):
                number = line.number
                yield line
    except DAMAGE:
        yield Line(number + 1, None, "the archive is damaged from here to the end of this file")


def _parse(text: str, zone: tzinfo) -> HistoryRow:
    cells = [cell.strip() for cell in text.split("\t")]
    # Some players leave the last column out.
    if not 7 <= len(cells) <= 8:
        raise RowProblem(f"{len(cells)} columns instead of 8")
    artist, album, title, _, length, rating, time = cells[:7]
    if rating not in ("L", "S"):
        raise RowProblem("a rating other than L and S")
    shown = moment(time, "its time")
    began_at = in_utc(shown.replace(tzinfo=None), "its time", zone)
    if began_at < OLDEST:
        return SkippedRow("clock_not_set")
    if _UNTAGGED in (artist.lower(), title.lower()):
        return SkippedRow("untagged")
    return ListenRow(
        ListenEvent(
            listened_at=began_at,
            title=required_text(title, "title"),
            artist=required_text(artist, "artist"),
            source=SOURCE,
            album=album_text(album),
            track_seconds=optional_seconds(length) or None,
            skipped=rating == "S",
            recording_mbid=code(cells[7], MBID) if len(cells) == 8 else None,
        )
    )
