"""Which track of the library a listen was of, and how sure that is."""

from collections import defaultdict
from difflib import SequenceMatcher
from typing import NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from service.library.visibility import visible_to
from service.listening.names import bare_title, comparable, comparable_artist, comparable_title, first_artist
from service.store.search_text import folded
from service.store.tables import Listen, Track

DURATION_TOLERANCE_SECONDS = 3.0

# How sure a match is, by what was the same. A code names one recording; lengths tell recordings of one song apart.
BY_CODE = 1.0
BY_NAMES_AND_LENGTH = 0.95
BY_NAMES = 0.85
BY_FIRST_ARTIST_AND_LENGTH = 0.85
BY_FIRST_ARTIST = 0.75
BY_BARE_TITLE_AND_LENGTH = 0.75
BY_ALBUM_AND_TITLE = 0.7
BY_SPELLING_AND_LENGTH = 0.65
# Two spellings of one title share so much of their letters, by Ratcliff and Obershelp's measure.
_ALIKE = 0.85


class Match(NamedTuple):
    """A track, and how sure it is that it is the one, 0 to 1."""

    track_id: str
    confidence: float


class _Known(NamedTuple):
    track_id: str
    duration_seconds: float
    title: str = ""


class LibraryMatcher:
    """Finds tracks by ISRC, then by recording MBID, then by names within 3 s of the same length, then by likeness.

    It knows the catalogue and what was composed for this listener; nobody else's composed tracks.
    """

    def __init__(self, db_session: Session, user_id: str) -> None:
        self._by_isrc: dict[str, list[_Known]] = defaultdict(list)
        self._by_mbid: dict[str, list[_Known]] = defaultdict(list)
        self._by_names: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        self._by_first_artist: dict[str, list[_Known]] = defaultdict(list)
        self._by_album: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        columns = (
            Track.id,
            Track.duration_seconds,
            Track.isrc,
            Track.recording_mbid,
            Track.artist,
            Track.title,
            Track.album,
        )
        for row in db_session.execute(select(*columns).where(visible_to(user_id)).order_by(Track.id)):
            known = _Known(row.id, row.duration_seconds, comparable_title(row.title))
            if row.isrc:
                self._by_isrc[row.isrc.upper()].append(known)
            if row.recording_mbid:
                self._by_mbid[row.recording_mbid.lower()].append(known)
            if row.title:
                self._by_names[comparable_artist(row.artist), known.title].append(known)
                self._by_first_artist[first_artist(row.artist)].append(known)
                if row.album:
                    self._by_album[comparable(row.album), known.title].append(known)

    def find(
        self,
        *,
        title: str = "",
        artist: str = "",
        track_seconds: float | None = None,
        isrc: str | None = None,
        recording_mbid: str | None = None,
    ) -> str | None:
        """The track's id, or None: as `match`, without likeness. A code is trusted whatever the length; names are not."""
        match = self._by_code_or_names(title, artist, track_seconds, isrc, recording_mbid)
        return None if match is None else match.track_id

    def match(
        self,
        *,
        title: str = "",
        artist: str = "",
        album: str | None = None,
        track_seconds: float | None = None,
        isrc: str | None = None,
        recording_mbid: str | None = None,
    ) -> Match | None:
        """The track and how sure it is, or None."""
        return (
            self._by_code_or_names(title, artist, track_seconds, isrc, recording_mbid)
            or self._by_likeness(title, artist, track_seconds)
            or self._by_album_alone(title, artist, album, track_seconds)
        )

    def _by_code_or_names(
        self,
        title: str,
        artist: str,
        track_seconds: float | None,
        isrc: str | None,
        recording_mbid: str | None,
    ) -> Match | None:
        for found in (
            self._by_isrc.get((isrc or "").upper()),
            self._by_mbid.get((recording_mbid or "").lower()),
        ):
            if found:
                return Match(_nearest(found, track_seconds).track_id, BY_CODE)
        if not title:
            return None
        named = self._by_names.get((comparable_artist(artist), comparable_title(title)), [])
        track_id = _of_that_length(named, track_seconds)
        if track_id is None:
            return None
        return Match(track_id, BY_NAMES_AND_LENGTH if track_seconds else BY_NAMES)

    def _by_likeness(self, title: str, artist: str, track_seconds: float | None) -> Match | None:
        """The first of several artists and the title; or with the length a title that is nearly the same."""
        theirs = self._by_first_artist.get(first_artist(artist)) if title and artist else None
        if not theirs:
            return None
        wanted = comparable_title(title)
        track_id = _of_that_length([known for known in theirs if known.title == wanted], track_seconds)
        if track_id is not None:
            return Match(track_id, BY_FIRST_ARTIST_AND_LENGTH if track_seconds else BY_FIRST_ARTIST)
        if not track_seconds:
            return None
        as_long = [known for known in theirs if _is_that_length(known, track_seconds)]
        bare = bare_title(title)
        for known in as_long:
            if bare and bare_title(known.title) == bare:
                return Match(known.track_id, BY_BARE_TITLE_AND_LENGTH)
        alike = [(SequenceMatcher(None, wanted, known.title).ratio(), known.track_id) for known in as_long]
        best, best_id = max(alike, default=(0.0, ""))
        return Match(best_id, BY_SPELLING_AND_LENGTH) if best >= _ALIKE else None

    def _by_album_alone(
        self, title: str, artist: str, album: str | None, track_seconds: float | None
    ) -> Match | None:
        """For a listen that names no artist, as Apple's do."""
        if artist or not album:
            return None
        found = self._by_album.get((comparable(album), comparable_title(title)), [])
        track_id = _of_that_length(found, track_seconds)
        return None if track_id is None else Match(track_id, BY_ALBUM_AND_TITLE)


def find_as_spelt(
    db_session: Session,
    user_id: str,
    *,
    title: str,
    artist: str,
    track_seconds: float | None = None,
    isrc: str | None = None,
    recording_mbid: str | None = None,
) -> str | None:
    """As `LibraryMatcher.find`, for one listen and at once: titles may differ in case and accents.

    What is spelt otherwise is left to `match_unmatched`, which reads the whole library.
    """
    visible = visible_to(user_id)
    columns = select(Track.id, Track.duration_seconds, Track.artist).where(visible).order_by(Track.id)
    for column, code in ((Track.isrc, isrc), (Track.recording_mbid, recording_mbid)):
        if code:
            rows = db_session.execute(columns.where(column.in_({code, code.upper(), code.lower()}))).all()
            if rows:
                return _nearest(
                    [_Known(row.id, row.duration_seconds) for row in rows], track_seconds
                ).track_id
    if not title:
        return None
    # A track's text begins with a line that is its folded title, so that these are two short ranges of an index.
    titles = {folded(title), comparable_title(title)}
    text = Track.track_text
    spelt = or_(*(and_(text >= f"{each}\n", text < f"{each}\v") for each in titles))
    rows = db_session.execute(columns.add_columns(Track.title).where(spelt)).all()
    wanted = comparable_artist(artist), comparable_title(title)
    named = [
        _Known(row.id, row.duration_seconds)
        for row in rows
        if (comparable_artist(row.artist), comparable_title(row.title)) == wanted
    ]
    return _of_that_length(named, track_seconds)


def _of_that_length(named: list[_Known], track_seconds: float | None) -> str | None:
    """The one of this length, if there is one within the tolerance; names are not trusted whatever the length."""
    if not named:
        return None
    best = _nearest(named, track_seconds)
    if track_seconds and not _is_that_length(best, track_seconds):
        return None
    return best.track_id


def _is_that_length(known: _Known, track_seconds: float) -> bool:
    return abs(known.duration_seconds - track_seconds) <= DURATION_TOLERANCE_SECONDS


def _nearest(found: list[_Known], track_seconds: float | None) -> _Known:
    """The one of most nearly this length; the first added where no length is known."""
    if not track_seconds:
        return found[0]
    return min(found, key=lambda known: abs(known.duration_seconds - track_seconds))


_Names = tuple[str, str, str | None, float | None, str | None, str | None]


def match_unmatched(db_session: Session, user_id: str) -> int:
    """Gives listens without a track the one that has come into the library since; returns how many found theirs."""
    columns = (
        Listen.title,
        Listen.artist,
        Listen.album,
        Listen.track_seconds,
        Listen.isrc,
        Listen.recording_mbid,
    )
    unmatched = select(Listen.id, *columns).where(Listen.user_id == user_id, Listen.track_id.is_(None))
    if db_session.execute(unmatched.limit(1)).first() is None:
        return 0
    matcher = LibraryMatcher(db_session, user_id)
    told: dict[_Names, list[str]] = defaultdict(list)
    for listen_id, *names in db_session.execute(unmatched):
        told[tuple(names)].append(listen_id)  # type: ignore[index]  # the columns as they stand above
    matched = 0
    for (title, artist, album, track_seconds, isrc, mbid), listen_ids in told.items():
        match = matcher.match(
            title=title,
            artist=artist,
            album=album,
            track_seconds=track_seconds,
            isrc=isrc,
            recording_mbid=mbid,
        )
        if match is None:
            continue
        matched += len(listen_ids)
        values = {"track_id": match.track_id, "match_confidence": match.confidence}
        for start in range(0, len(listen_ids), 500):
            ids = listen_ids[start : start + 500]
            db_session.execute(update(Listen).where(Listen.id.in_(ids)).values(values))
    return matched
