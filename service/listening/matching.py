"""Which track of the library a listen was of."""

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from service.library.visibility import visible_to
from service.listening.names import comparable_artist, comparable_title
from service.store.search_text import folded
from service.store.tables import Listen, Track

DURATION_TOLERANCE_SECONDS = 3.0


class _Known(NamedTuple):
    track_id: str
    duration_seconds: float


class LibraryMatcher:
    """Finds tracks by ISRC, then by recording MBID, then by artist and title within 3 s of the same length.

    It knows the catalogue and what was composed for this listener; nobody else's composed tracks.
    """

    def __init__(self, db_session: Session, user_id: str) -> None:
        self._by_isrc: dict[str, list[_Known]] = defaultdict(list)
        self._by_mbid: dict[str, list[_Known]] = defaultdict(list)
        self._by_names: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        visible = or_(Track.origin == "catalogue", Track.owner_id == user_id)
        columns = (
            Track.id,
            Track.duration_seconds,
            Track.isrc,
            Track.recording_mbid,
            Track.artist,
            Track.title,
        )
        for row in db_session.execute(select(*columns).where(visible).order_by(Track.id)):
            known = _Known(row.id, row.duration_seconds)
            if row.isrc:
                self._by_isrc[row.isrc.upper()].append(known)
            if row.recording_mbid:
                self._by_mbid[row.recording_mbid.lower()].append(known)
            if row.title:
                self._by_names[comparable_artist(row.artist), comparable_title(row.title)].append(known)

    def find(
        self,
        *,
        title: str = "",
        artist: str = "",
        track_seconds: float | None = None,
        isrc: str | None = None,
        recording_mbid: str | None = None,
    ) -> str | None:
        """The track's id, or None. A code is trusted whatever the length; names are not."""
        for found in (
            self._by_isrc.get((isrc or "").upper()),
            self._by_mbid.get((recording_mbid or "").lower()),
        ):
            if found:
                return _nearest(found, track_seconds).track_id
        named = self._by_names.get((comparable_artist(artist), comparable_title(title)), [])
        return _of_that_length(named, track_seconds) if title else None


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
    if track_seconds and abs(best.duration_seconds - track_seconds) > DURATION_TOLERANCE_SECONDS:
        return None
    return best.track_id


def _nearest(found: list[_Known], track_seconds: float | None) -> _Known:
    """The one of most nearly this length; the first added where no length is known."""
    if not track_seconds:
        return found[0]
    return min(found, key=lambda known: abs(known.duration_seconds - track_seconds))


def match_unmatched(db_session: Session, user_id: str) -> int:
    """Gives listens without a track the one that has come into the library since; returns how many found theirs."""
    unmatched = select(Listen).where(Listen.user_id == user_id, Listen.track_id.is_(None))
    if db_session.scalar(unmatched.with_only_columns(Listen.id).limit(1)) is None:
        return 0
    matcher = LibraryMatcher(db_session, user_id)
    found_tracks: dict[tuple[str, str, float | None, str | None, str | None], list[str]] = defaultdict(list)
    for listen in db_session.scalars(unmatched):
        same = (listen.title, listen.artist, listen.track_seconds, listen.isrc, listen.recording_mbid)
        found_tracks[same].append(listen.id)
    matched = 0
    for (title, artist, track_seconds, isrc, mbid), listen_ids in found_tracks.items():
        track_id = matcher.find(
            title=title, artist=artist, track_seconds=track_seconds, isrc=isrc, recording_mbid=mbid
        )
        if track_id is None:
            continue
        matched += len(listen_ids)
        for start in range(0, len(listen_ids), 500):
            ids = listen_ids[start : start + 500]
            db_session.execute(update(Listen).where(Listen.id.in_(ids)).values(track_id=track_id))
    return matched
