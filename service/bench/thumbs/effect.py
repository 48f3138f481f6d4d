"""What one thumb does to a list of a large library, through the service's own code: how soon, how far, and back again."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from service.bench.intervals import GroupBootstrap, interval_of
from service.bench.synthetic_store import StoreSizes, make_synthetic_store
from service.library.published_index import open_index
from service.listening.listens import ListenEvent, record_listen
from service.listening.thumbs import set_thumb, thumb_of
from service.radio.lists import LISTED_PLACES, listed_json
from service.settings import Settings
from service.store.database import Database
from service.store.tables import TasteCluster, User, utc_now

LIST_PLACES = 20
LISTENERS, LISTENS_OF_EACH = 40, 500


@dataclass(frozen=True)
class EffectPlan:
    """How many tracks there are, how many thumbs are pressed, and how many places are drawn with thumbs down in force."""

    tracks: int = 100_000
    thumbs: int = 200
    draws: int = 10_000


@dataclass(frozen=True)
class Pressed:
    """One thumb down: milliseconds from the press to the changed list, of the clock and of the processor.

    ``lost_elsewhere`` is the share of the list's items of other clusters that the new list does not have; None where it had
    none.
    """

    listener: str
    clock_ms: float
    processor_ms: float
    was_gone: bool
    lost_elsewhere: float | None
    came_back: bool


def measure_effect(
    database: Database, settings: Settings, plan: EffectPlan, report: Callable[[float, str], None]
) -> dict[str, Any]:
    """Fills an empty store and presses thumbs in it."""
    report(0.0, f"making a store of {plan.tracks} tracks")
    sizes = StoreSizes(plan.tracks, LISTENERS, LISTENERS * LISTENS_OF_EACH, most_listens=4 * LISTENS_OF_EACH)
    store = make_synthetic_store(database, settings, sizes)
    house = _House(database, settings)
    rng = np.random.default_rng(0)
    pressed = []
    for number in range(plan.thumbs):
        report(0.2 + 0.4 * number / plan.thumbs, f"thumb {number + 1} of {plan.thumbs}")
        pressed.append(house.press(store.listener_ids[number % LISTENERS], rng))
    report(0.6, f"drawing {plan.draws} places")
    repeats, drawn = house.draw(store.listener_ids, plan.draws, rng)
    return _figures(pressed, plan) | {"repeats_after_down": repeats, "draws": drawn}


class _House:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        _, self._index = open_index(settings.index_dir)

    def listed(self, user_id: str, places: int = LISTED_PLACES) -> list[str]:
        """The list as a page asks for it."""
        with self._database.session(read_only=True) as db_session:
            revision = db_session.scalars(select(User.list_revision).where(User.id == user_id)).one()
        return listed_json(self._database, self._settings, user_id, revision, places)

    def thumb(self, user_id: str, track_id: str, value: str) -> None:
        """As a request does it."""
        with self._database.session() as db_session:
            set_thumb(db_session, user_id, track_id, value, context="list")

    def press(self, user_id: str, rng: np.random.Generator) -> Pressed:
        """A thumb down on one of the first twenty, and back to the thumb it had."""
        before = self.listed(user_id)
        thumbed = str(rng.choice(_ids(before)[:LIST_PLACES]))
        with self._database.session(read_only=True) as db_session:
            had = thumb_of(db_session, user_id, [thumbed]).get(thumbed, "clear")
        clock, processor = time.perf_counter(), time.process_time()
        self.thumb(user_id, thumbed, "down")
        after = self.listed(user_id, LIST_PLACES)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        was_gone = thumbed not in _ids(self.listed(user_id))
        lost = self._lost_elsewhere(user_id, thumbed, _ids(before)[:LIST_PLACES], set(_ids(after)))
        self.thumb(user_id, thumbed, had)
        return Pressed(
            user_id, 1_000 * clock, 1_000 * processor, was_gone, lost, self.listed(user_id) == before
        )

    def _lost_elsewhere(self, user_id: str, thumbed: str, before: list[str], after: set[str]) -> float | None:
        clusters = self._clusters_of(user_id, [thumbed, *before])
        elsewhere = [
            track_id for track_id, cluster in zip(before, clusters[1:], strict=True) if cluster != clusters[0]
        ]
        return float(np.mean([each not in after for each in elsewhere])) if elsewhere else None

    def _clusters_of(self, user_id: str, track_ids: list[str]) -> NDArray[np.intp]:
        with self._database.session(read_only=True) as db_session:
            stored = db_session.scalars(
                select(TasteCluster.centroid)
                .where(TasteCluster.user_id == user_id)
                .order_by(TasteCluster.position)
            ).all()
        centroids = np.stack([np.frombuffer(centroid, dtype="<f4") for centroid in stored])
        vectors = self._index.vectors_at(self._index.positions_of(track_ids))
        nearest: NDArray[np.intp] = np.argmax(vectors @ centroids.T, axis=1)
        return nearest

    def draw(self, listeners: tuple[str, ...], places: int, rng: np.random.Generator) -> tuple[int, int]:
        """How many places a track with a thumb down took, of how many, in the lists of listeners who go on listening."""
        down: dict[str, set[str]] = {user_id: set() for user_id in listeners}
        repeats = drawn = 0
        while drawn < places:
            user_id = listeners[int(rng.integers(len(listeners)))]
            listed = _ids(self.listed(user_id))
            repeats += sum(track_id in down[user_id] for track_id in listed)
            drawn += len(listed)
            self.thumb(user_id, listed[0], "down")
            down[user_id].add(listed[0])
            self._listen(user_id, str(rng.choice(listed[1:])), drawn)
        return repeats, drawn

    def _listen(self, user_id: str, track_id: str, number: int) -> None:
        heard_at = utc_now() - timedelta(days=1) + timedelta(seconds=number)
        with self._database.session() as db_session:
            record_listen(
                db_session, user_id, ListenEvent(heard_at, f"play {number}", "", "bench", track_id=track_id)
            )


def _ids(lines: list[str]) -> list[str]:
    return [json.loads(line)["track"]["id"] for line in lines]


def _figures(pressed: list[Pressed], plan: EffectPlan) -> dict[str, Any]:
    lost = [each for each in pressed if each.lost_elsewhere is not None]
    bootstrap = GroupBootstrap([each.listener for each in lost], np.random.default_rng(0))
    shares = np.array([each.lost_elsewhere for each in lost], dtype=np.float64)
    mean_lost = float(shares.mean()) if len(shares) else 0.0
    clock = np.array([each.clock_ms for each in pressed])
    processor = np.array([each.processor_ms for each in pressed])
    return {
        "effect_ms_p50": round(float(np.quantile(clock, 0.5)), 1),
        "effect_ms_p95": round(float(np.quantile(clock, 0.95)), 1),
        "effect_processor_ms_p95": round(float(np.quantile(processor, 0.95)), 1),
        "gone_from_the_next_list": all(each.was_gone for each in pressed),
        "undo_exact": all(each.came_back for each in pressed),
        "lost_elsewhere": interval_of(mean_lost, bootstrap.means(shares)).to_json(),
        "thumbs": len(pressed),
        "library_tracks": plan.tracks,
    }
