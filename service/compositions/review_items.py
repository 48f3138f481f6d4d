"""What the review desk sees of a composition: the request, the measurements and what was decided, never whose it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from service.compositions.nearest import NearTrack, read_nearest
from service.errors import NotFound
from service.listening.key_names import KEYS
from service.store.tables import Composition, ReviewDecision, TasteCluster, User, utc_now


@dataclass(frozen=True)
class Decided:
    """One decision: by whom (a reviewer's name), and whether a later one took it back."""

    id: str
    composition_id: str
    title: str
    action: str
    reason: str | None
    note: str | None
    undoes_id: str | None
    is_undone: bool
    reviewer: str | None
    created_at: datetime


@dataclass(frozen=True)
class ReviewItem:
    """A composition at the desk. ``asked`` and ``measured`` hold plain numbers and words; ``failures`` sentences.

    ``nearest`` is empty until the piece was listened to. ``claimed_by_id`` is a reviewer whose claim still holds, and
    ``claimed_by`` that reviewer's name. ``media_paths`` lie below the media folder.
    """

    id: str
    state: str
    title: str
    seconds: float
    asked: dict[str, Any]
    measured: dict[str, Any]
    failures: tuple[str, ...]
    nearest: tuple[NearTrack, ...]
    claimed_by_id: str | None
    claimed_until: datetime | None
    created_at: datetime
    decisions: tuple[Decided, ...]
    claimed_by: str | None = None
    media_paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_force(self) -> Decided | None:
        """The latest decision that was not taken back."""
        standing = [each for each in self.decisions if each.action != "undo" and not each.is_undone]
        return standing[-1] if standing else None

    @property
    def held_at(self) -> datetime | None:
        """When a reviewer put it off; None for what waits in its place, or waits no longer."""
        latest = self.in_force
        return latest.created_at if self.state == "held" and latest and latest.action == "hold" else None

    def is_claimed_by_another(self, reviewer_id: str) -> bool:
        """Whether somebody else is looking at it."""
        return self.claimed_by_id not in (None, reviewer_id)


def waiting(
    db_session: Session, limit: int, *, state: str = "held", after: str | None = None
) -> list[ReviewItem]:
    """Compositions in this state that are the desk's business, the oldest first, beginning after the id ``after``."""
    found = select(Composition).where(
        _is_desks(), Composition.state == state, Composition.expired_at.is_(None)
    )
    if after is not None:
        found = found.where(Composition.id > after)
    return _items(db_session, db_session.scalars(found.order_by(Composition.id).limit(limit)).all())


def desk_queue(db_session: Session, limit: int) -> list[ReviewItem]:
    """What waits, in the order of the desk: the oldest first, and behind all others what was put off, the longest first."""
    items = waiting(db_session, limit)
    return sorted(
        items, key=lambda item: (item.held_at is not None, item.held_at or item.created_at, item.id)
    )


def count_waiting(db_session: Session) -> int:
    """How many compositions wait for a reviewer."""
    held = select(func.count()).where(Composition.state == "held", Composition.expired_at.is_(None))
    return db_session.scalar(held) or 0


def find_item(db_session: Session, composition_id: str) -> ReviewItem:
    """One composition; NotFound (``unknown_composition``) for one that never waited for review."""
    return _items(db_session, [find_composition(db_session, composition_id)])[0]


def find_composition(db_session: Session, composition_id: str, *, for_update: bool = False) -> Composition:
    """The row of a composition that waits or was decided about; NotFound (``unknown_composition``) for all others."""
    if for_update:
        # A statement of its own: one that waits for another reviewer still judges by what was there before.
        db_session.execute(
            select(Composition.id).where(Composition.id == composition_id).with_for_update()
        ).all()
    composition = db_session.scalar(
        select(Composition)
        .where(Composition.id == composition_id, _is_desks())
        .execution_options(populate_existing=for_update)
    )
    if composition is None:
        raise NotFound("There is no such composition to review.", code="unknown_composition")
    return composition


def audit(db_session: Session, limit: int, after: str | None = None) -> list[Decided]:
    """All decisions, the newest first, beginning after the id ``after``."""
    found = select(ReviewDecision)
    if after is not None:
        found = found.where(ReviewDecision.id < after)
    rows = db_session.scalars(found.order_by(ReviewDecision.id.desc()).limit(limit)).all()
    titles = dict(
        db_session.execute(
            select(Composition.id, Composition.title).where(
                Composition.id.in_({row.composition_id for row in rows})
            )
        ).all()
    )
    return _decided(db_session, rows, titles)


def _is_desks() -> ColumnElement[bool]:
    # What passed its screening is between its listener and nobody: the desk cannot look it up.
    was_decided = exists().where(ReviewDecision.composition_id == Composition.id)
    return and_(Composition.expired_at.is_(None), or_(Composition.state == "held", was_decided))


def _items(db_session: Session, compositions: Sequence[Composition]) -> list[ReviewItem]:
    ids = [composition.id for composition in compositions]
    nearest = read_nearest(db_session, compositions)
    words = dict(
        db_session.execute(
            select(TasteCluster.id, TasteCluster.words).where(
                TasteCluster.id.in_({each.cluster_id for each in compositions})
            )
        ).all()
    )
    rows = db_session.scalars(
        select(ReviewDecision).where(ReviewDecision.composition_id.in_(ids)).order_by(ReviewDecision.id)
    ).all()
    decided = _decided(db_session, rows, {each.id: each.title for each in compositions})
    people = {row.id: row.name for row in db_session.execute(select(User.id, User.name))}
    names = list(people.values())
    now = utc_now()
    items = []
    for each in compositions:
        is_claimed = each.claimed_until is not None and each.claimed_until > now
        items.append(
            ReviewItem(
                id=each.id,
                state=each.state,
                title=without_names(each.title, names),
                seconds=each.seconds,
                asked=_asked(each, words.get(each.cluster_id or "")),
                measured={name: value for name, value in each.measurements.items() if name != "failures"},
                failures=tuple(each.measurements.get("failures", ())),
                nearest=nearest[each.id],
                claimed_by_id=each.claimed_by_id if is_claimed else None,
                claimed_until=each.claimed_until if is_claimed else None,
                created_at=each.created_at,
                decisions=tuple(one for one in decided if one.composition_id == each.id),
                claimed_by=people.get(each.claimed_by_id or "") if is_claimed else None,
                media_paths=each.media_paths,
            )
        )
    return items


def _decided(db_session: Session, rows: Sequence[ReviewDecision], titles: dict[str, str]) -> list[Decided]:
    names = _all_names(db_session)
    ids = [row.id for row in rows]
    undo = aliased(ReviewDecision)
    undone = set(db_session.scalars(select(undo.undoes_id).where(undo.undoes_id.in_(ids))))
    reviewers = dict(
        db_session.execute(
            select(User.id, User.name).where(User.id.in_({row.reviewer_id for row in rows}))
        ).all()
    )
    return [
        Decided(
            id=row.id,
            composition_id=row.composition_id,
            title=without_names(titles[row.composition_id], names),
            action=row.action,
            reason=row.reason,
            note=row.note,
            undoes_id=row.undoes_id,
            is_undone=row.id in undone,
            reviewer=reviewers.get(row.reviewer_id or ""),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _asked(composition: Composition, words: str | None) -> dict[str, Any]:
    """What was asked of the generator; the style's numbers say nothing to a person."""
    asked = {name: value for name, value in composition.conditioning.items() if name != "style"}
    if "key" in asked:
        asked["key"] = KEYS[asked["key"]]
    return {"words": words, **asked}


def _all_names(db_session: Session) -> list[str]:
    return list(db_session.scalars(select(User.name)))


def without_names(text: str, names: Sequence[str]) -> str:
    """The text with everybody's name left out: a listener may have put one into a title."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text
