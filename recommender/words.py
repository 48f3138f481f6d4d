"""Plain words for what a cluster sounds like and when it is heard, such as "calm piano and strings, evenings".

Words come from MusiCNN's hundred tags, said as people say them. What counts is what sets a cluster apart from the
listener's others, so a word that fits all of them is passed over for one that fits only this one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# One word for each tag, in the order of the network's outputs (50 of the Million Song Dataset, 50 of MagnaTagATune).
# None: says nothing about the sound (a decade), or only an opinion. Pace and loudness are said from measurements.
# fmt: off
WORDS: tuple[str | None, ...] = (
    "rock", "pop", "alternative rock", "indie", "electronic", "female voice", "dance", None, "alternative rock",
    "jazz", None, "metal", "chill-out", "male voice", "classic rock", "soul", "indie", "mellow",
    "electronic", None, "folk", None, "chill-out", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient",
    "acoustic", "experimental", "female voice", "guitar", "hip-hop", None, "party", "country", "easy listening",
    None, None, "funk", "electronic", "metal", "progressive rock", None, "R&B", "indie", None, "house",
    None,
    "guitar", "classical", None, "techno", "strings", "drums", "electronic", "rock", None, "piano", "ambient",
    "beats", "violin", "voice", "synth", "female voice", "Indian", "opera", "male voice", "voice", "voice",
    "instrumental", "harpsichord", None, None, "flute", "female voice", "male voice", "instrumental", "pop", None,
    "sitar", "solo", "male voice", "classical", "choir", "voice", "new age", "dance", "male voice", "female voice",
    "beats", "harp", "cello", "instrumental", "experimental", "country", "metal", "female voice", "choir",
)
# fmt: on
SOUND_WORDS = tuple(sorted({word for word in WORDS if word is not None}))
_GROUPS = tuple(np.array([index for index, word in enumerate(WORDS) if word == said]) for said in SOUND_WORDS)

# Words that follow from another one: saying both would waste a place.
_IMPLIED = {
    "alternative rock": "rock",
    "classic rock": "rock",
    "hard rock": "rock",
    "progressive rock": "rock",
    "female voice": "voice",
    "male voice": "voice",
    "violin": "strings",
    "cello": "strings",
    "house": "dance",
    "techno": "electronic",
    "choir": "voice",
    "opera": "voice",
}

_CALM, _ENERGETIC = -0.2, 0.2
_TIMES = (
    ("mornings", range(5, 12)),
    ("afternoons", range(12, 18)),
    ("evenings", range(18, 23)),
    ("nights", (23, 0, 1, 2, 3, 4)),
)
_LEAST_SHARE_OF_TIME = 0.5
_FLOOR = 0.02


class ClusterSound(NamedTuple):
    """Weighted means over a cluster's tracks: tags float64 (100,), 0-1; arousal -1..1; hour_profile float64 (24,)."""

    tags: NDArray[np.float64]
    arousal: float
    hour_profile: NDArray[np.float64]


def cluster_words(clusters: Sequence[ClusterSound], library_tags: NDArray[np.float64]) -> list[str]:
    """A phrase for each cluster, all different. library_tags: the library's mean tags, float64 (100,).

    Raises ValueError when the tags are not the hundred that the words stand for.
    """
    phrases: list[str] = []
    for index, cluster in enumerate(clusters):
        others = [other for place, other in enumerate(clusters) if place != index]
        reference = np.mean([other.tags for other in others], axis=0) if others else library_tags
        sounds = sound_words(cluster.tags, reference)
        mood, time = _mood(cluster.arousal), _time(cluster, others)
        phrase = _phrase(mood, sounds[:2], time)
        for count in range(3, len(sounds) + 1):
            if phrase not in phrases:
                break
            phrase = _phrase(mood, sounds[:count], time)
        phrases.append(phrase)
    return phrases


def sound_words(tags: NDArray[np.float64], reference: NDArray[np.float64]) -> list[str]:
    """Words for these tags, float64 (100,), the most telling first: likely here and less likely in the reference.

    Raises ValueError when there are not a hundred tags.
    """
    if len(tags) != len(WORDS) or len(reference) != len(WORDS):
        raise ValueError(f"{len(WORDS)} tags are needed, not {len(tags)}")
    here = np.array([tags[group].max() for group in _GROUPS])
    there = np.array([reference[group].max() for group in _GROUPS])
    telling = here * (np.log((here + _FLOOR) / (there + _FLOOR)) + 0.5)
    said: list[str] = []
    for index in np.argsort(-telling, kind="stable"):
        word = SOUND_WORDS[index]
        if not _is_implied(word, said):
            said.append(word)
    return said


def _is_implied(word: str, said: list[str]) -> bool:
    return any(_IMPLIED.get(other) == word or _IMPLIED.get(word) == other for other in said)


def _mood(arousal: float) -> str:
    if arousal <= _CALM:
        return "calm"
    return "energetic" if arousal >= _ENERGETIC else ""


def _time(cluster: ClusterSound, others: Sequence[ClusterSound]) -> str:
    """When this cluster is heard, if that is most of the time it is heard and more than the others are."""
    shares = [float(cluster.hour_profile[list(hours)].sum()) for _, hours in _TIMES]
    best = int(np.argmax(shares))
    if shares[best] < _LEAST_SHARE_OF_TIME:
        return ""
    name, hours = _TIMES[best]
    of_others = [float(other.hour_profile[list(hours)].sum()) for other in others]
    return name if not of_others or shares[best] > float(np.mean(of_others)) else ""


def _phrase(mood: str, sounds: Sequence[str], time: str) -> str:
    *first, last = sounds
    sound = f"{', '.join(first)} and {last}" if first else last
    phrase = f"{mood} {sound}".strip()
    return f"{phrase}, {time}" if time else phrase
