"""Plain words for what a cluster sounds like and when it is heard, such as "slow piano and strings".

Nouns come from the tags, adjectives from measurements and mood, the time of day from the hours. A word is said when most of
the cluster's tracks earn it; of those earned, the ones come first that set the cluster apart from the listener's others and
from the library. Where little is certain, little is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from recommender.manner import (
    SUNG,
    Adjective,
    Mood,
    Sounds,
    earned_adjectives,
    go_together,
    in_order,
    manners,
    mood_allows,
)
from recommender.vocabulary import BEATEN, BY_WORD, NOUNS, is_implied, joined, leading_style, noun_strengths

MOST_WORDS = 5

# Hours, what is said before a noun, and what is said in place of "music".
_TIMES = (
    (range(5, 12), "morning", "mornings"),
    (range(12, 18), "afternoon", "afternoons"),
    (range(18, 23), "evening", "evenings"),
    ((23, 0, 1, 2, 3, 4), "late-night", "nights"),
)
_LEAST_SHARE_OF_TIME = 0.6
_FEWEST_TRACKS_OF_A_HABIT = 4

# A noun is earned by a cluster when this share of its tracks earns it, and when they are this sure of it on the whole.
_LEAST_SHARE, _LEAST_STRENGTH = 0.5, 0.75
# Two nouns of a mixture: each of this share, and one or the other of most.
_LEAST_SHARE_OF_A_HALF, _LEAST_COVERED = 0.2, 0.5
_CERTAIN = 1.5
_SURPRISE, _SOFTENING = 0.35, 0.25
_NEARLY = 0.55
_TELLING = np.array([noun.telling for noun in NOUNS])
_ANYTHING = (
    "a bit of everything",
    "a mixture of things",
    "this and that",
    "all sorts",
    "odds and ends",
    "a mixed bag",
)
_MORE = ("more", "other", "further", "yet more", "still more")


@dataclass(frozen=True, eq=False)
class ClusterSound:
    """A cluster's tracks and what each counts for: weights float64 (tracks,), above 0; hour_profile float64 (24,).

    The profile is the share of plays begun in each hour and sums to 1, or to 0 where nothing was played.
    """

    sounds: Sounds
    weights: NDArray[np.float64]
    mood: Mood
    hour_profile: NDArray[np.float64]


@dataclass(frozen=True)
class _Nouns:
    """Nouns that a cluster earned, the most telling first; `main` is one of them or two that are said together.

    `at_once`: the two are of the same tracks, not of some one and of others the other.
    """

    earned: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    at_once: bool = True


def cluster_words(clusters: Sequence[ClusterSound], library: Sounds) -> list[str]:
    """A phrase of at most five words for each cluster of one listener, all different.

    `library` is what all the music there is sounds like, and may be empty. Raises ValueError when there are not a hundred
    tags a track.
    """
    strengths = [noun_strengths(cluster.sounds.tags) for cluster in clusters]
    nouns = [_mean(each, cluster) for each, cluster in zip(strengths, clusters, strict=True)]
    held = [
        _mean(manners(cluster.sounds, library), cluster) * mood_allows(cluster.mood, library)
        for cluster in clusters
    ]
    library_nouns, library_manners = noun_strengths(library.tags), manners(library, library)
    phrases: list[str] = []
    for place, cluster in enumerate(clusters):
        others = [other for other in range(len(clusters)) if other != place]
        said = _phrases(
            _nouns(
                strengths[place], cluster.weights, _typical([nouns[other] for other in others], library_nouns)
            ),
            held[place],
            _typical([held[other] for other in others], library_manners),
            _time(cluster),
        )
        phrases.append(next(phrase for phrase in said if phrase not in phrases))
    return phrases


def track_words(tags: NDArray[np.float64], others: NDArray[np.float64]) -> str:
    """What one track with these tags, float64 (100,), is called beside others, float64 (tracks, 100).

    Empty when nothing is certain. Raises ValueError when there are not a hundred tags.
    """
    nouns = _nouns(noun_strengths(tags[None]), np.ones(1), noun_strengths(others).mean(axis=0))
    return _sound(nouns.main, at_once=True).removesuffix(" pieces") if nouns.main else ""


def _mean(values: NDArray[np.generic], cluster: ClusterSound) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.average(values.astype(np.float64), axis=0, weights=cluster.weights)
    return mean


def _typical(others: list[NDArray[np.float64]], library: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a cluster is set against: the listener's other clusters and the library, one half each where there are both."""
    known = [np.mean(rows, axis=0) for rows in (others, library) if len(rows)]
    return np.mean(known, axis=0) if known else np.zeros(library.shape[1])


def _nouns(
    strengths: NDArray[np.float64], weights: NDArray[np.float64], elsewhere: NDArray[np.float64]
) -> _Nouns:
    """What the tracks earn. strengths: float64 (tracks, nouns); elsewhere: float64 (nouns,), of other music."""
    mean = np.average(strengths, axis=0, weights=weights)
    is_earned = strengths >= 1.0
    shares = np.average(is_earned, axis=0, weights=weights)
    surprise = np.clip(np.log2((mean + _SOFTENING) / (elsewhere + _SOFTENING)), -1.0, 2.0)
    telling = _TELLING * mean * (1.0 + _SURPRISE * surprise)
    earned = [
        int(place)
        for place in np.argsort(-telling, kind="stable")
        if shares[place] >= _LEAST_SHARE and mean[place] >= _LEAST_STRENGTH
    ]
    kept: list[int] = []
    for place in earned:
        beside = {*kept, *(other for other in earned if telling[other] >= _NEARLY * telling[place])}
        if not any(is_implied(NOUNS[place].word, NOUNS[other].word) for other in beside):
            kept.append(place)
    # Whether the word can stand alone, then as they come.
    kept.sort(key=lambda place: NOUNS[place].word in BEATEN)
    if not kept or (NOUNS[kept[0]].word in BEATEN and mean[kept[0]] < _CERTAIN):
        return _mixed(is_earned, shares, telling, weights)
    words = tuple(NOUNS[place].word for place in kept)
    if len(kept) == 1 or telling[kept[1]] < _NEARLY * telling[kept[0]]:
        return _Nouns(words, words[:1])
    both = np.average(is_earned[:, kept[0]] & is_earned[:, kept[1]], weights=weights)
    return _Nouns(words, words[:2], at_once=bool(both >= 0.5 * min(shares[kept[0]], shares[kept[1]])))


def _mixed(
    is_earned: NDArray[np.bool_],
    shares: NDArray[np.float64],
    telling: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> _Nouns:
    """Two nouns of which most tracks earn one or the other, or nothing."""
    places = [
        int(place)
        for place in np.argsort(-telling * shares, kind="stable")
        if shares[place] >= _LEAST_SHARE_OF_A_HALF and NOUNS[place].word not in BEATEN
    ]
    for first, second in combinations(places, 2):
        one, two = NOUNS[first].word, NOUNS[second].word
        covered = np.average(is_earned[:, first] | is_earned[:, second], weights=weights)
        if covered >= _LEAST_COVERED and not is_implied(one, two) and not is_implied(two, one):
            return _Nouns((), (one, two), at_once=False)
    return _Nouns()


def _time(cluster: ClusterSound) -> tuple[str, str] | None:
    """The time of day at which this cluster is mostly heard, before a noun and by itself."""
    if len(cluster.weights) < _FEWEST_TRACKS_OF_A_HABIT:
        return None
    shares = [float(cluster.hour_profile[list(hours)].sum()) for hours, *_ in _TIMES]
    best = int(np.argmax(shares))
    return _TIMES[best][1:] if shares[best] >= _LEAST_SHARE_OF_TIME else None


def _phrases(
    nouns: _Nouns, held: NDArray[np.float64], elsewhere: NDArray[np.float64], time: tuple[str, str] | None
) -> Iterator[str]:
    """What can be said of a cluster, the best first; more phrases than there are clusters."""
    said: dict[str, None] = {}
    alone = [(noun,) for noun in nouns.earned]
    for choice in (nouns.main, *alone[:1], *combinations(nouns.earned, 2), *alone[1:], ()):
        adjectives = earned_adjectives(held, elsewhere, choice)
        for manner in (*_two(adjectives, choice, time), *((adjective,) for adjective in adjectives), ()):
            for when in (time, None):
                # "Acoustic evenings" says more in fewer words than "evening acoustic guitar".
                named = choice if when is None or not nouns.at_once else leading_style(choice)
                phrase = _phrase(manner, _sound(named, at_once=nouns.at_once), when)
                if (manner or choice) and len(phrase.split()) <= MOST_WORDS:
                    said.setdefault(phrase)
    yield from said or _ANYTHING
    best = next(iter(said), _ANYTHING[0])
    yield from (f"{more} {best}" for more in _MORE)


def _two(
    adjectives: list[Adjective], nouns: tuple[str, ...], time: tuple[str, str] | None
) -> Iterator[tuple[Adjective, ...]]:
    """The two most telling adjectives that go together, where there is room: "fast heavy guitars"."""
    if len(nouns) == 1 and not time:
        fitting = (other for other in adjectives[1:] if go_together(adjectives[0], other))
        yield from islice((in_order(adjectives[0], other) for other in fitting), 1)


def _phrase(manner: tuple[Adjective, ...], sound: str, time: tuple[str, str] | None) -> str:
    before, instead = time or ("", "")
    adjectives = [adjective.word for adjective in manner if adjective.word != SUNG]
    if len(adjectives) < len(manner):
        sound = f"{sound.removesuffix(' music').removesuffix(' pieces')} songs"
    elif time and sound.endswith(" music") and " and " not in sound:
        sound, before = sound.removesuffix("music") + instead, ""
    elif manner or time:
        sound = sound.removesuffix(" pieces")
    if sound == "guitar" and any(adjective.lean > 0 for adjective in manner):
        sound = "guitars"
    return " ".join(word for word in (*adjectives, before, sound) if word)


def _sound(nouns: tuple[str, ...], *, at_once: bool) -> str:
    if len(nouns) == 2:
        return joined(nouns[0], nouns[1], at_once=at_once)
    return BY_WORD[nouns[0]].alone if nouns else "music"
