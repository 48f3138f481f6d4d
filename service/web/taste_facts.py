"""What the page of the taste shows: the map's dots and regions, each taste with its choices, columns of plays by mood."""

from typing import Any, NamedTuple

from service.listening.moods_over_time import MOODS, MoodsOverTime, mood_of
from service.listening.taste_map import HEIGHT, TasteMap
from service.sentences import marked
from service.store.tables import TasteCluster, Track
from service.web.player_facts import Taste, taste_name
from service.web.shown_tracks import shown

MAP_WIDE = 1000
MAP_TALL = MAP_WIDE * HEIGHT

MOOD_WORDS = (
    marked("bright and lively"),
    marked("bright and calm"),
    marked("dark and lively"),
    marked("dark and calm"),
)
"""`MOODS`, as they are shown."""

_WEIGHTS = (
    (0.25, marked("much less")),
    (0.5, marked("less")),
    (1.0, marked("as much as I play")),
    (1.5, marked("more")),
    (2.5, marked("much more")),
)
_VALENCES = (
    (-0.8, marked("very dark")),
    (-0.4, marked("dark")),
    (0.0, marked("neither")),
    (0.4, marked("bright")),
    (0.8, marked("very bright")),
)
_AROUSALS = (
    (-0.8, marked("very calm")),
    (-0.4, marked("calm")),
    (0.0, marked("neither")),
    (0.4, marked("lively")),
    (0.8, marked("very lively")),
)


class Dot(NamedTuple):
    """A track on the map, which is 1000 by 560; ``mood`` is a place in `MOODS`."""

    track: dict[str, Any]
    cluster_id: str
    across: float
    down: float
    mood: int


class Region(NamedTuple):
    """A taste on the map."""

    cluster_id: str
    name: str
    across: float
    down: float
    wide: float
    tall: float
    turned_degrees: float


class Choice(NamedTuple):
    """One of several values of a field."""

    value: str
    word: str
    is_chosen: bool


class ShownTaste(NamedTuple):
    """A taste with what its form says."""

    card: Taste
    own_name: str
    words: str
    weights: list[Choice]
    valences: list[Choice]
    arousals: list[Choice]


class Stack(NamedTuple):
    """A column of plays by mood: its label, their counts, and for each the place and height of its bar in percent."""

    label: str
    counts: tuple[int, ...]
    bars: list[tuple[int, float, float]]


def dots_of(plane: TasteMap) -> list[Dot]:
    """The tracks of the map."""
    return [
        Dot(
            shown(each.track),
            each.cluster_id,
            round(each.across * MAP_WIDE, 1),
            round(each.down * MAP_TALL, 1),
            MOODS.index(mood_of(each.valence, each.arousal)),
        )
        for each in plane.points
    ]


def regions_of(plane: TasteMap) -> list[Region]:
    """The tastes of the map."""
    return [
        Region(
            each.cluster.id,
            taste_name(each.cluster),
            round(each.across * MAP_WIDE, 1),
            round(each.down * MAP_TALL, 1),
            round(each.wide * MAP_WIDE, 1),
            round(each.tall * MAP_WIDE, 1),
            round(each.turned_degrees, 1),
        )
        for each in plane.regions
    ]


def title_of(track: Track | None) -> str:
    """A track's title; nothing for one that is gone."""
    return shown(track)["title"] if track is not None else ""


def with_choices(cluster: TasteCluster, card: Taste) -> ShownTaste:
    """A taste with what can be chosen for it."""
    return ShownTaste(
        card,
        cluster.name or "",
        cluster.words,
        _choices(_WEIGHTS, cluster.weight),
        _choices(_VALENCES, cluster.own_valence),
        _choices(_AROUSALS, cluster.own_arousal),
    )


def _choices(steps: tuple[tuple[float, str], ...], now: float | None) -> list[Choice]:
    """The steps, and what was said otherwise as one more."""
    choices = [Choice(f"{value:g}", word, now == value) for value, word in steps]
    if now is not None and not any(each.is_chosen for each in choices):
        choices.append(Choice(f"{now:g}", f"{now:g}", is_chosen=True))
    return choices


def hour_stacks(moods: MoodsOverTime) -> list[Stack]:
    """A column for each hour of the day."""
    most = max(map(sum, moods.hours))
    return [_stack(str(hour), counts, most) for hour, counts in enumerate(moods.hours)]


def month_stacks(moods: MoodsOverTime) -> list[Stack]:
    """A column for each month."""
    most = max(sum(counts) for _, _, counts in moods.months)
    return [_stack(f"{year}-{month:02d}", counts, most) for year, month, counts in moods.months]


def _stack(label: str, counts: tuple[int, ...], most: int) -> Stack:
    bars, below = [], 100.0
    for mood, count in enumerate(counts):
        height = 100.0 * count / most if most else 0.0
        below -= height
        if count:
            bars.append((mood, round(below, 2), round(height, 2)))
    return Stack(label, counts, bars)
