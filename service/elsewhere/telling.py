"""What songs of the other server tell of a listener, some hundreds at a time. Nothing is stored here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from service.elsewhere.accounts import SOURCE
from service.elsewhere.paths import PathMatcher
from service.elsewhere.songs import RemoteSong, UnreadableSong
from service.listening.history_files.rows import FailedRow, ThumbRow
from service.listening.import_batches import Batch
from service.listening.import_report import ImportReport
from service.listening.known_plays import KnownPlays
from service.listening.listens import ListenEvent
from service.listening.matching import LibraryMatcher, Match

_SONGS_IN_A_BATCH = 500
_CLOCKS_DIFFER = timedelta(hours=1)


class Counted(NamedTuple):
    """How often a track of ours was played there in all."""

    track_id: str
    plays: int
    last_played_at: datetime


@dataclass
class Told:
    """Listens and thumbs to be stored, and counts of plays."""

    batch: Batch
    counts: list[Counted] = field(default_factory=list)


class Telling:
    """Holds songs against the library. ``song_of`` is, by track of ours, its song there: the surest one."""

    def __init__(self, matcher: LibraryMatcher, paths: PathMatcher, known: KnownPlays, now: datetime) -> None:
        self._matcher, self._paths, self._known = matcher, paths, known
        self._now, self._newest = now, now + _CLOCKS_DIFFER
        self._sureness: dict[str, float] = {}
        self.song_of: dict[str, str] = {}
        self.songs = self.matched = self.played = self.unreadable = 0

    def batches(self, songs: Iterable[RemoteSong | UnreadableSong]) -> Iterator[Told]:
        """All that the songs tell. Each listen, thumb and unreadable song is a row of the report."""
        iterator = iter(songs)
        while some := list(islice(iterator, _SONGS_IN_A_BATCH)):
            told = Told(Batch(ImportReport(SOURCE)))
            for song in some:
                self.songs += 1
                if isinstance(song, RemoteSong):
                    self._take(song, told)
                else:
                    self.unreadable += 1
                    told.batch.report.rows += 1
                    told.batch.report.add_failure(FailedRow("song", song.number, song.reason))
            yield told

    def _take(self, song: RemoteSong, told: Told) -> None:
        match = self._match(song)
        if match is not None:
            self.matched += 1
            if match.confidence > self._sureness.get(match.track_id, 0.0):
                self._sureness[match.track_id], self.song_of[match.track_id] = match.confidence, song.id
        self._take_plays(song, match, told)
        self._take_thumb(song, match, told.batch)

    def _take_plays(self, song: RemoteSong, match: Match | None, told: Told) -> None:
        if song.played_at is None:
            # Without any time it is not known how much it still means.
            if song.plays:
                told.batch.report.rows += 1
                told.batch.report.skipped["count_without_times"] += 1
            return
        self.played += 1
        told.batch.report.rows += 1
        if song.played_at > self._newest:
            told.batch.report.skipped["in_the_future"] += 1
            return
        event = ListenEvent(
            listened_at=song.played_at,
            title=song.title,
            artist=song.artist,
            source=SOURCE,
            album=song.album,
            track_seconds=song.track_seconds,
            recording_mbid=song.recording_mbid,
            isrc=song.isrc,
        )
        if self._known.take(event):
            told.batch.listens.append((event, match))
        else:
            told.batch.report.duplicate += 1
        if match is not None:
            told.counts.append(Counted(match.track_id, song.plays, song.played_at))

    def _take_thumb(self, song: RemoteSong, match: Match | None, batch: Batch) -> None:
        if song.thumb is None:
            return
        batch.report.rows += 1
        if match is None:
            batch.report.skipped["thumb_on_unknown_track"] += 1
        else:
            # Old servers tell their own clock's time without its zone, which may seem still to come.
            starred_at = None if song.starred_at is None else min(song.starred_at, self._now)
            batch.thumbs.append((ThumbRow(song.thumb, starred_at), match.track_id))

    def _match(self, song: RemoteSong) -> Match | None:
        by_names = self._matcher.match(
            title=song.title,
            artist=song.artist,
            album=song.album,
            track_seconds=song.track_seconds,
            isrc=song.isrc,
            recording_mbid=song.recording_mbid,
        )
        by_path = self._paths.match(song.path, song.track_seconds)
        found = [match for match in (by_names, by_path) if match is not None]
        return max(found, key=lambda match: match.confidence, default=None)
