"""The ledger against the store and against what the service tells."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from scripts.chaos.caller import Caller
from scripts.chaos.ledger import Entry, Ledger
from service.settings import Settings
from service.store.database import open_database
from service.store.tables import Composition, Job, Listen, PlaybackEvent, ReviewDecision, Thumb, Track, User

_STATE_AFTER = {"approve": "listed", "reject": "rejected", "undo": "held"}


@dataclass
class Verdict:
    """Sentences for what is missing, and for what is there twice or was not asked for."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def compare(self, what: str, wanted: Iterable[object], found: Iterable[object]) -> None:
        """Each wanted thing is to be found once, and nothing else."""
        wanted_times, found_times = Counter(wanted), Counter(found)
        self.lost += [f"{what} {each}" for each in (wanted_times - found_times).elements()]
        self.doubled += [f"{what} {each}" for each in (found_times - wanted_times).elements()]


def compare_with_store(ledger: Ledger, settings: Settings) -> Verdict:
    """Every acknowledged write is there exactly once, and nothing that nobody asked for."""
    verdict = Verdict()
    database = open_database(settings)
    with database.session(read_only=True) as db_session:
        names = dict(db_session.execute(select(User.id, User.name)).all())
        _compare_listens(verdict, ledger, db_session, names)
        _compare_thumbs(verdict, ledger, db_session, names)
        _compare_compositions(verdict, ledger, db_session, settings)
        _compare_decisions(verdict, ledger, db_session)
    database.close()
    return verdict


def compare_with_answers(verdict: Verdict, ledger: Ledger, callers: dict[str, Caller]) -> None:
    """As the service itself tells it: thumbs in force, and pieces by listener."""
    for name, caller in callers.items():
        in_force = {
            entry.what["track_id"]: entry.what["value"]
            for entry in ledger.of("thumb")
            if entry.listener == name
        }
        told = {track_id: caller.insist("GET", f"/tracks/{track_id}")["thumb"] for track_id in in_force}
        verdict.compare(
            f"thumb of {name} by the API",
            ((track_id, None if value == "clear" else value) for track_id, value in in_force.items()),
            told.items(),
        )
        asked = [entry for entry in ledger.of("composition") if entry.listener == name]
        shown = caller.insist("GET", "/compositions?limit=100")["items"]
        verdict.compare(f"number of pieces of {name} by the API", [len(asked)], [len(shown)])


def _compare_listens(verdict: Verdict, ledger: Ledger, db_session: Session, names: dict[str, str]) -> None:
    rows = db_session.scalars(select(Listen).where(Listen.import_id.is_(None))).all()
    verdict.compare(
        "listen",
        ((entry.listener, entry.what["title"]) for entry in ledger.of("listen")),
        ((names[row.user_id], row.title) for row in rows if row.source != "player"),
    )
    verdict.compare(
        "listen of a play",
        ((entry.listener, datetime.fromisoformat(entry.what["began_at"])) for entry in ledger.of("play")),
        ((names[row.user_id], row.listened_at) for row in rows if row.source == "player"),
    )
    verdict.compare(
        "playback event",
        (
            (entry.listener, entry.what["play_key"], kind)
            for entry in ledger.of("play")
            for kind in ("start", "end")
        ),
        ((names[row.user_id], row.play_key, row.kind) for row in db_session.scalars(select(PlaybackEvent))),
    )


def _compare_thumbs(verdict: Verdict, ledger: Ledger, db_session: Session, names: dict[str, str]) -> None:
    """Presses that change nothing leave no row: a track's rows are the presses without repetitions."""
    pressed: dict[tuple[str, str], list[str]] = {}
    for entry in ledger.of("thumb"):
        pressed.setdefault((entry.listener, entry.what["track_id"]), ["clear"]).append(entry.what["value"])
    kept: dict[tuple[str, str], list[str]] = {place: [] for place in pressed}
    for row in db_session.scalars(select(Thumb).order_by(Thumb.created_at, Thumb.id)):
        kept.setdefault((names[row.user_id], row.track_id), []).append(row.value)
    for place, values in kept.items():
        wanted = [value for value, _ in groupby(pressed.get(place, ["clear"]))][1:]
        if values != wanted:
            verdict.compare(f"thumb of {place}", enumerate(wanted), enumerate(values))


def _compare_compositions(verdict: Verdict, ledger: Ledger, db_session: Session, settings: Settings) -> None:
    asked = [entry.what["job_id"] for entry in ledger.of("composition")]
    compositions = db_session.scalars(select(Composition)).all()
    verdict.compare("piece of job", asked, (piece.job_id for piece in compositions))
    jobs = db_session.execute(select(Job.id, Job.state).where(Job.kind == "compose_music"))
    verdict.compare("job", ((job_id, "done") for job_id in asked), jobs)
    missing = [
        f"file {path}"
        for piece in compositions
        for path in piece.media_paths.values()
        if not (settings.media_dir / path).is_file()
    ]
    verdict.lost += missing


def _compare_decisions(verdict: Verdict, ledger: Ledger, db_session: Session) -> None:
    decisions = ledger.of("decision")
    verdict.compare(
        "decision",
        (entry.what["id"] for entry in decisions),
        db_session.scalars(select(ReviewDecision.id)),
    )
    # One reviewer decides, so the ledger's order is theirs; a piece nobody decided about waits.
    state_of = {piece.id: "held" for piece in db_session.scalars(select(Composition))} | {
        piece: _STATE_AFTER[_last(entries)] for piece, entries in _by_piece(decisions).items()
    }
    found = db_session.execute(select(Composition.id, Composition.state))
    verdict.compare("state of piece", state_of.items(), found)
    approved = {entry.what["composition_id"] for entry in decisions if entry.what["action"] == "approve"}
    tracks = select(Composition.id).join(Track, Track.id == Composition.track_id)
    verdict.compare("track of piece", approved, db_session.scalars(tracks))
    all_composed = db_session.scalars(select(Track.id).where(Track.origin == "composed")).all()
    verdict.compare("number of composed tracks", [len(approved)], [len(all_composed)])


def _by_piece(decisions: list[Entry]) -> dict[str, list[Entry]]:
    by_piece: dict[str, list[Entry]] = {}
    for entry in decisions:
        by_piece.setdefault(entry.what["composition_id"], []).append(entry)
    return by_piece


def _last(entries: list[Entry]) -> str:
    return str(entries[-1].what["action"])
