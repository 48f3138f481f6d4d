"""The adjectives of music: how fast, how loud, how bright, said only of what was measured."""

from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from recommender.tags import TAGS
from recommender.vocabulary import BEATEN

# Where people begin to call a beat slow or fast.
SLOW_BPM, FAST_BPM = 88.0, 126.0
_SURE_TEMPO = 0.8
_SOME_BEAT, _NO_BEAT = 0.25, 0.2
_ROUGH = 0.55
_NEVER_SLOW_BPM = 100.0
# Loudness that nobody calls quiet, and that nobody calls loud, whatever else the library holds.
_NEVER_QUIET_LUFS, _NEVER_LOUD_LUFS = -14.0, -15.0
_NEVER_DARK_HZ, _NEVER_BRIGHT_HZ = 1100.0, 1400.0
_CLEARLY_NOT = 0.2
# How far from the middle a mood is enough by itself, and how much nearer it may be where the library varies little.
_CALM, _GLOOMY, _NEAR = -0.2, -0.15, 0.25
_LEAST_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class Sounds:
    """What was heard in some tracks: tags float64 (tracks, 100), 0-1; the others float64 (tracks,).

    Tempo in bpm, loudness in LUFS, brightness in Hz; `tempo_confidence`, `beat_strength`, `roughness` and `voice`, how likely
    somebody sings, from 0 to 1; valence and arousal from -1 to 1.
    """

    tags: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]
    tempo_confidence: NDArray[np.float64]
    beat_strength: NDArray[np.float64]
    roughness: NDArray[np.float64]
    loudness_lufs: NDArray[np.float64]
    brightness_hz: NDArray[np.float64]
    voice: NDArray[np.float64]
    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]

    def of(self, tracks: NDArray[np.intp]) -> Self:
        """Only these tracks."""
        return type(self)(**{field.name: getattr(self, field.name)[tracks] for field in fields(self)})


class Mood(NamedTuple):
    """Means over a cluster's tracks, -1 to 1."""

    valence: float
    arousal: float


@dataclass(frozen=True)
class Adjective:
    """A word, what it speaks of (no two words of one aspect are said together), and which way it leans.

    `lean`: -1 words of rest, 1 words of force; the two do not go together. `telling`: how much the word tells a person.
    `not_with`: nouns that contradict it, or that say it already. `only_with`: the only nouns it is said of; empty for all.
    `contrast`: how much larger a share of the cluster must earn it than of other music, lest it be said of all.
    """

    word: str
    aspects: frozenset[str]
    lean: int
    telling: float
    not_with: frozenset[str] = frozenset()
    only_with: frozenset[str] = frozenset()
    contrast: float = 0.0


_PACE, _FORCE, _COLOUR, _VOICE = (frozenset({aspect}) for aspect in ("pace", "force", "colour", "voice"))
_FORCEFUL = frozenset({"metal", "punk", "techno", "house", "dance"}) | BEATEN
_RESTFUL = frozenset({"ambient", "new age", "harp"})
_DRIVEN = (
    frozenset({"rock", "metal", "punk", "electronic", "techno", "house", "dance", "hip-hop", "synths"})
    | BEATEN
)
_GENTLE = frozenset({"classical", "ambient", "strings", "violin", "choir", "opera"})
_SONGS = frozenset(
    {"rock", "pop", "indie", "folk", "metal", "punk", "country", "blues", "soul", "R&B", "hip-hop"}
)
_CAN_BE_SONGS = (_SONGS - {"metal", "hip-hop"}) | {"acoustic", "guitar", "piano", "electronic"}
_CAN_BE_DARK = _GENTLE | {"electronic", "techno", "synths", "metal", "experimental", "cello", "piano"}

SUNG = "sung"
"""Not said as it is: the phrase ends in "songs" instead."""

# In the order in which two of them are said.
ADJECTIVES = (
    Adjective("slow", _PACE, -1, 1.0, frozenset({"dance", "house", "techno", "punk"})),
    Adjective("fast", _PACE, 1, 1.0, _RESTFUL),
    Adjective("drifting", _PACE, -1, 1.0, _FORCEFUL | {"rock", "hip-hop", "jazz", "classical"}),
    Adjective("quiet", _FORCE, -1, 1.05, _FORCEFUL),
    Adjective("loud", _FORCE, 1, 0.9, _RESTFUL | {"acoustic"}),
    Adjective(
        "heavy", _FORCE, 1, 1.0, frozenset({"metal", "acoustic"}), frozenset({"guitar", "rock"}) | BEATEN
    ),
    Adjective("laid-back", _PACE | _FORCE, -1, 0.85, _FORCEFUL | _GENTLE),
    Adjective("calm", _PACE | _FORCE, -1, 0.8, _FORCEFUL),
    Adjective("energetic", _PACE | _FORCE | _COLOUR, 1, 0.8, _RESTFUL, _DRIVEN),
    Adjective("lively", _PACE | _FORCE | _COLOUR, 1, 0.8, _RESTFUL | _DRIVEN),
    Adjective("dark", _COLOUR, 0, 0.9, only_with=_CAN_BE_DARK),
    Adjective("bright", _COLOUR, 1, 0.85, frozenset({"metal", "ambient", "new age", "punk"})),
    Adjective("instrumental", _VOICE, 0, 0.8, only_with=_SONGS, contrast=0.3),
    Adjective(SUNG, _VOICE, 0, 0.8, only_with=_CAN_BE_SONGS, contrast=0.3),
)


def manners(sounds: Sounds, library: Sounds) -> NDArray[np.float64]:
    """Which adjectives hold of which tracks by their sound, float64 (tracks, adjectives), 0 or 1.

    Quiet and loud, dark and bright are set against the `library`, within the bounds of what people mean at all. Words of
    mood hold of all: `mood_allows` tells.
    """

    def tagged(*names: str) -> NDArray[np.float64]:
        summed: NDArray[np.float64] = sounds.tags[:, [TAGS.index(name) for name in names]].sum(axis=1)
        return summed

    def among(of: NDArray[np.float64], share: float, otherwise: float) -> float:
        return float(np.quantile(of, share)) if len(of) else otherwise

    quiet = min(among(library.loudness_lufs, 0.4, _NEVER_QUIET_LUFS), _NEVER_QUIET_LUFS)
    loud = max(among(library.loudness_lufs, 0.6, _NEVER_LOUD_LUFS), _NEVER_LOUD_LUFS)
    dark = min(among(library.brightness_hz, 0.35, _NEVER_DARK_HZ), _NEVER_DARK_HZ)
    bright = max(among(library.brightness_hz, 0.65, _NEVER_BRIGHT_HZ), _NEVER_BRIGHT_HZ)
    has_beat = (sounds.tempo_confidence >= _SURE_TEMPO) & (sounds.beat_strength >= _SOME_BEAT)
    tagged_slow, tagged_fast = tagged("mtt:slow"), tagged("mtt:fast")
    holds = {
        "slow": (has_beat & (sounds.tempo_bpm <= SLOW_BPM) & (tagged_fast < 0.15))
        | ((tagged_slow >= 0.2) & ~(has_beat & (sounds.tempo_bpm >= _NEVER_SLOW_BPM))),
        "fast": (has_beat & (sounds.tempo_bpm >= FAST_BPM) & (tagged_slow < 0.2)) | (tagged_fast >= 0.25),
        "drifting": (sounds.beat_strength <= _NO_BEAT) & (tagged("msd:ambient", "mtt:ambient") >= 0.3),
        "quiet": (sounds.loudness_lufs <= quiet) & (tagged("mtt:quiet", "mtt:soft", "msd:acoustic") >= 0.1),
        "loud": (sounds.loudness_lufs >= loud) & (tagged("mtt:loud") >= 0.1),
        "heavy": (tagged("mtt:loud", "msd:metal", "msd:hard rock") >= 0.2) & (sounds.roughness >= _ROUGH),
        "laid-back": tagged("msd:chillout", "msd:chill", "msd:Mellow") >= 0.2,
        "dark": sounds.brightness_hz <= dark,
        "bright": sounds.brightness_hz >= bright,
        "instrumental": sounds.voice <= _CLEARLY_NOT,
        SUNG: sounds.voice >= 1.0 - _CLEARLY_NOT,
    }
    everywhere = np.ones(len(sounds.tags))
    return np.stack(
        [holds.get(adjective.word, everywhere).astype(np.float64) for adjective in ADJECTIVES], axis=1
    )


def mood_allows(mood: Mood, library: Sounds) -> NDArray[np.bool_]:
    """Which adjectives the mood bears out, bool (adjectives,): what is measured must not be felt the other way.

    Calm is what lies in the calmest third of the `library`, or far from the middle by itself; so with its opposite, and with
    what pleases and does not.
    """
    calm, lively = _sides(library.arousal, _CALM)
    gloomy, glad = _sides(library.valence, _GLOOMY)
    bounds = {
        "slow": mood.arousal <= 0.5 * calm,
        "fast": mood.arousal >= 0.75 * lively,
        "drifting": mood.arousal <= 0.0,
        "quiet": mood.arousal <= 0.75 * calm,
        "loud": mood.arousal >= 0.75 * lively,
        "heavy": mood.arousal >= 0.0,
        "laid-back": mood.arousal <= 0.25 * lively,
        "calm": mood.arousal <= calm,
        "energetic": mood.arousal >= lively,
        "lively": mood.arousal >= lively,
        "dark": mood.valence <= gloomy,
        "bright": mood.valence >= glad and mood.arousal >= 0.5 * calm,
    }
    return np.array([bounds.get(adjective.word, True) for adjective in ADJECTIVES])


def _sides(values: NDArray[np.float64], far: float) -> tuple[float, float]:
    """Below the first is one side of a scale from -1 to 1, above the second the other. far: below 0, enough by itself."""
    low, high = np.quantile(values, (1 / 3, 2 / 3)) if len(values) else (far, -far)
    return float(np.clip(low, far, _NEAR * far)), float(np.clip(high, -_NEAR * far, -far))


def earned_adjectives(
    held: NDArray[np.float64], elsewhere: NDArray[np.float64], nouns: tuple[str, ...]
) -> list[Adjective]:
    """The adjectives that most of a cluster's tracks earn and that suit its nouns, the most telling first.

    held, elsewhere: float64 (adjectives,), the share of the cluster's and of other music of which each holds.
    """
    telling = (
        np.array([adjective.telling for adjective in ADJECTIVES]) * held * (1.0 + 0.5 * (held - elsewhere))
    )
    return [
        ADJECTIVES[place]
        for place in np.argsort(-telling, kind="stable")
        if held[place] >= _LEAST_SHARE
        and (not ADJECTIVES[place].contrast or held[place] - elsewhere[place] >= ADJECTIVES[place].contrast)
        and _suits(ADJECTIVES[place], nouns)
    ]


def go_together(first: Adjective, second: Adjective) -> bool:
    """Whether two adjectives may be said of the same music."""
    return not first.aspects & second.aspects and first.lean * second.lean >= 0


def in_order(first: Adjective, second: Adjective) -> tuple[Adjective, Adjective]:
    """Two adjectives as people order them."""
    return (first, second) if ADJECTIVES.index(first) < ADJECTIVES.index(second) else (second, first)


def _suits(adjective: Adjective, nouns: tuple[str, ...]) -> bool:
    if adjective.not_with.intersection(nouns):
        return False
    return not adjective.only_with or bool(adjective.only_with.intersection(nouns))
