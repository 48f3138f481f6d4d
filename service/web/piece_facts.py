"""A composed piece as its page shows it: what it is, what it was made of and what was made of it, what can be fetched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.compositions.instruments import INSTRUMENTS, ROWS
from service.compositions.own_pieces import find_own_composition
from service.http.track_json import track_json
from service.listening.key_names import key_name
from service.listening.thumbs import thumb_of
from service.store.tables import Composition, Job, TasteCluster, Track
from service.web.compose_form import ROW_NAMES
from service.web.composing_cards import Card, card_of
from service.web.player_facts import taste_name

EDIT_NAMES = {
    "regenerate": "rewritten",
    "continue": "continued",
    "vary": "varied",
    "loop": "made a loop",
    "reharmonise": "other chords",
    "transpose": "transposed",
    "tempo": "other tempo",
}

_MOST_VERSIONS = 60


@dataclass(frozen=True)
class Version:
    """One piece of a family; `depth` says how many changes lie between it and the first."""

    composition_id: str
    title: str
    how: str
    depth: int
    is_this: bool
    track: dict[str, Any] | None


@dataclass(frozen=True)
class PiecePage:
    """All that the page of one piece shows; `rows` are those that play, with their instruments."""

    id: str
    title: str
    state: str
    track: dict[str, Any] | None
    taste: str | None
    facts: list[tuple[str, str]]
    rows: list[tuple[str, str, str]]
    files: frozenset[str]
    versions: list[Version]
    going: list[Card]
    tempo_bpm: int
    can_change: bool


def piece_page(db_session: Session, user_id: str, composition_id: str) -> PiecePage:
    """The listener's piece of this id; raises NotFound (``unknown_composition``)."""
    piece = find_own_composition(db_session, user_id, composition_id)
    cluster = db_session.get(TasteCluster, piece.cluster_id) if piece.cluster_id else None
    asked = piece.conditioning
    return PiecePage(
        id=piece.id,
        title=piece.title,
        state=piece.state,
        track=_tracks(db_session, user_id, [piece]).get(piece.id),
        taste=None if cluster is None else taste_name(cluster),
        facts=_facts(piece, asked),
        rows=_rows(asked.get("programs", {})),
        files=frozenset(piece.media_paths),
        versions=_versions(db_session, user_id, piece),
        going=_going(db_session, user_id, piece.id),
        tempo_bpm=round(asked.get("tempo_bpm", 100)),
        can_change=piece.state == "listed" and "midi" in piece.media_paths,
    )


def _facts(piece: Composition, asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = [("Composed", piece.created_at.strftime("%-d %B %Y"))]
    if "tempo_bpm" in asked:
        facts.append(("Tempo", f"{asked['tempo_bpm']:.0f} bpm"))
    if "key" in asked and "mode" in asked:
        facts.append(("Key", key_name(asked["key"], asked["mode"])))
    if "metre" in asked:
        facts.append(("Metre", str(asked["metre"])))
    return facts


def _rows(programs: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Row, its name, and the instrument that plays it, where that has a name here."""
    names = {instrument.program: instrument.name for instrument in INSTRUMENTS}
    return [(row, ROW_NAMES[row], names.get(programs[row], "")) for row in ROWS if row in programs]


def _tracks(db_session: Session, user_id: str, pieces: Sequence[Composition]) -> dict[str, dict[str, Any]]:
    """By composition the track it is played as, with its thumb."""
    listed = {piece.id: piece.track_id for piece in pieces if piece.state == "listed" and piece.track_id}
    ids = list(listed.values())
    rows = {track.id: track for track in db_session.scalars(select(Track).where(Track.id.in_(ids)))}
    thumbs = thumb_of(db_session, user_id, ids)
    return {
        piece_id: track_json(rows[track_id], thumbs.get(track_id))
        for piece_id, track_id in listed.items()
        if track_id in rows
    }


def _versions(db_session: Session, user_id: str, piece: Composition) -> list[Version]:
    """The first piece of the family and what was made of it, each below what it was made of; none of a piece alone."""
    kept = select(Composition).where(Composition.user_id == user_id, Composition.expired_at.is_(None))
    edited = db_session.scalars(kept.where(Composition.parent_id.is_not(None)).order_by(Composition.id)).all()
    by_id = {each.id: each for each in edited} | {piece.id: piece}
    first = piece
    while first.parent_id is not None:
        parent = by_id.get(first.parent_id) or db_session.scalar(
            kept.where(Composition.id == first.parent_id)
        )
        if parent is None:
            break
        first = parent
    children: dict[str, list[Composition]] = {}
    for each in edited:
        children.setdefault(str(each.parent_id), []).append(each)
    family: list[tuple[Composition, int]] = []
    waiting = [(first, 0)]
    while waiting and len(family) < _MOST_VERSIONS:
        each, depth = waiting.pop()
        family.append((each, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(each.id, []))]
    if len(family) < 2:
        return []
    tracks = _tracks(db_session, user_id, [each for each, _ in family])
    return [
        Version(each.id, each.title, _how(each), depth, each.id == piece.id, tracks.get(each.id))
        for each, depth in family
    ]


def _how(piece: Composition) -> str:
    edit = piece.edit or {}
    name = EDIT_NAMES.get(edit.get("kind", ""), "as it was composed")
    rows = [ROW_NAMES[row].removeprefix("The ").lower() for row in edit.get("rows", ()) if row in ROW_NAMES]
    return f"{', '.join(rows)} {name}" if rows else name


def _going(db_session: Session, user_id: str, composition_id: str) -> list[Card]:
    """Changes of this piece that are under way."""
    jobs = db_session.scalars(
        select(Job)
        .where(
            Job.user_id == user_id,
            Job.kind == "edit_composition",
            Job.state.in_(("queued", "running")),
        )
        .order_by(Job.id)
    )
    return [
        card_of(db_session, user_id, job.id)
        for job in jobs
        if job.payload["composition_id"] == composition_id
    ]
