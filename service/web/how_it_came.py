"""How a composed track came to be, in words: the taste, the tracks it is near to, what was asked, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.compositions.provenance import Provenance, provenance_of
from service.errors import NotFound
from service.http.track_json import track_json
from service.library.visibility import find_track, visible_to
from service.listening.key_names import key_name
from service.listening.taste import emotion_of
from service.store.tables import TasteCluster, TasteClusterTrack, Track
from service.web.player_facts import mood_words, taste_name

NEAR_SHOWN = 4


@dataclass(frozen=True)
class HowItCame:
    """A composed track's story; ``facts`` and ``came`` are pairs of a name and what it was."""

    track: dict[str, Any]
    taste: str | None
    percent: int
    mood: str | None
    near: list[dict[str, Any]]
    asked: list[tuple[str, str]]
    came: list[tuple[str, str]]
    recipe: list[tuple[str, str]]
    occasion: str | None


def how_it_came(db_session: Session, user_id: str, track_id: str) -> HowItCame:
    """The story of a track of the listener's. Raises NotFound (``unknown_track``, ``not_composed``)."""
    track = find_track(db_session, user_id, track_id)
    told = provenance_of(db_session, user_id, track_id)
    if told.composition_id is None:
        raise NotFound("This track was not composed here.", code="not_composed")
    cluster = _cluster(db_session, user_id, told.cluster_id)
    return HowItCame(
        track=track_json(track),
        taste=taste_name(cluster) if cluster else None,
        percent=round(cluster.share * 100) if cluster else 0,
        mood=mood_words(*emotion_of(cluster)) if cluster else None,
        near=_near(db_session, user_id, cluster),
        asked=_asked(told.asked or {}),
        came=_came(told.measured or {}),
        recipe=_recipe(told),
        occasion=told.occasion,
    )


def _cluster(db_session: Session, user_id: str, cluster_id: str | None) -> TasteCluster | None:
    if cluster_id is None:
        return None
    return db_session.scalar(
        select(TasteCluster).where(TasteCluster.id == cluster_id, TasteCluster.user_id == user_id)
    )


def _near(db_session: Session, user_id: str, cluster: TasteCluster | None) -> list[dict[str, Any]]:
    """Tracks at the middle of the taste: the one nearest to its centre, then those that count most."""
    if cluster is None:
        return []
    rows = db_session.scalars(
        select(Track)
        .join(TasteClusterTrack, TasteClusterTrack.track_id == Track.id)
        .where(TasteClusterTrack.cluster_id == cluster.id, Track.origin == "catalogue", visible_to(user_id))
        .order_by((Track.id == cluster.medoid_track_id).desc(), TasteClusterTrack.weight.desc(), Track.id)
        .limit(NEAR_SHOWN)
    )
    return [track_json(track) for track in rows]


def _asked(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not asked:
        return []
    return [
        ("Length", f"{asked['seconds']:.0f} s"),
        ("Tempo", f"{asked['tempo_bpm']:.0f} bpm"),
        ("Key", key_name(asked["key"], asked["mode"])),
        ("Metre", str(asked["metre"])),
    ]


def _came(measured: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    if "notes" in measured:
        found.append(("Notes", f"{measured['notes']:.0f}"))
    if "loudness_lufs" in measured:
        found.append(("Loudness", f"{measured['loudness_lufs']:.1f} LUFS"))
    if "true_peak_db" in measured:
        found.append(("True peak", f"{measured['true_peak_db']:.1f} dB"))
    return found


def _recipe(told: Provenance) -> list[tuple[str, str]]:
    recipe = [("Seed", str(told.seed)), ("Model", str(told.model)), ("Engine", str(told.engine))]
    if told.composed_at is not None:
        recipe.append(("Composed", told.composed_at.strftime("%-d %B %Y, %H:%M UTC")))
    return recipe
