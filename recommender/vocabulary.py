"""The nouns that music is called by, and how sure the networks' tags must be before one is said."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender.tags import TAGS

Kind = Literal["style", "genre", "instrument"]


@dataclass(frozen=True)
class Noun:
    """A word and its grounds.

    A style ("acoustic") goes before the others ("acoustic guitar"). `alone`: how the word is said with nothing else.
    `least`: for each tag, the mean probability over a track's excerpts from which the word is earned; one of them is enough.
    `telling`: how much the word tells a person, beside others with the same grounds.
    """

    word: str
    kind: Kind
    alone: str
    least: dict[str, float]
    telling: float = 1.0


# A tag must be about twice as likely as it was among the tracks that the networks learnt from, so the frequent ones (rock,
# guitar) ask for more than the rare ones (choir). Decades, opinions and who sings are left out: decades are no sound, opinions
# are the listener's own, and the networks hear voices in violins and organs.
NOUNS = (
    Noun("acoustic", "style", "acoustic music", {"msd:acoustic": 0.15}, 1.15),
    Noun("ambient", "style", "ambient music", {"msd:ambient": 0.28, "mtt:ambient": 0.25}),
    Noun("experimental", "style", "experimental music", {"msd:experimental": 0.25}, 0.5),
    Noun("Indian", "style", "Indian music", {"mtt:indian": 0.4}),
    Noun("classical", "style", "classical music", {"mtt:classical": 0.28, "mtt:classic": 0.15}, 0.9),
    Noun(
        "electronic",
        "style",
        "electronic music",
        {"msd:electronic": 0.33, "mtt:electronic": 0.28, "mtt:techno": 0.38},
        0.85,
    ),
    Noun("new age", "genre", "new age music", {"mtt:new age": 0.2}),
    Noun("pop", "genre", "pop", {"msd:pop": 0.4, "mtt:pop": 0.18}, 0.8),
    Noun(
        "indie",
        "genre",
        "indie music",
        {"msd:indie": 0.35, "msd:indie pop": 0.2, "msd:indie rock": 0.25},
        0.8,
    ),
    Noun("country", "genre", "country music", {"msd:country": 0.2, "mtt:country": 0.2}),
    Noun("folk", "genre", "folk music", {"msd:folk": 0.2}),
    Noun("hip-hop", "genre", "hip-hop", {"msd:Hip-Hop": 0.2}),
    Noun("house", "genre", "house music", {"msd:House": 0.2}),
    Noun("techno", "genre", "techno", {"mtt:techno": 0.55}),
    Noun("dance", "genre", "dance music", {"msd:dance": 0.25, "mtt:dance": 0.15}),
    Noun("metal", "genre", "metal", {"msd:metal": 0.25, "msd:heavy metal": 0.12, "mtt:metal": 0.12}, 1.1),
    Noun("opera", "genre", "opera", {"mtt:opera": 0.25}, 1.1),
    Noun("punk", "genre", "punk", {"msd:punk": 0.2}),
    Noun("jazz", "genre", "jazz", {"msd:jazz": 0.28}),
    Noun("blues", "genre", "blues", {"msd:blues": 0.22}),
    Noun("R&B", "genre", "R&B", {"msd:rnb": 0.15}),
    Noun("soul", "genre", "soul", {"msd:soul": 0.2}),
    Noun("funk", "genre", "funk", {"msd:funk": 0.15}),
    Noun(
        "rock",
        "genre",
        "rock",
        {"msd:rock": 0.3, "mtt:rock": 0.22, "msd:classic rock": 0.25, "msd:hard rock": 0.2},
        0.95,
    ),
    Noun("piano", "instrument", "piano pieces", {"mtt:piano": 0.25}, 1.1),
    Noun("harpsichord", "instrument", "harpsichord pieces", {"mtt:harpsichord": 0.18}),
    Noun("guitar", "instrument", "guitar pieces", {"mtt:guitar": 0.35, "msd:guitar": 0.15}),
    Noun("sitar", "instrument", "sitar pieces", {"mtt:sitar": 0.25}),
    Noun("flute", "instrument", "flute pieces", {"mtt:flute": 0.22}),
    Noun("harp", "instrument", "harp pieces", {"mtt:harp": 0.15}),
    Noun("violin", "instrument", "violin pieces", {"mtt:violin": 0.45}),
    Noun("cello", "instrument", "cello pieces", {"mtt:cello": 0.25}),
    Noun("strings", "instrument", "strings", {"mtt:strings": 0.22}),
    Noun("choir", "instrument", "choir music", {"mtt:choir": 0.15, "mtt:choral": 0.12}, 1.2),
    Noun("synths", "instrument", "synths", {"mtt:synth": 0.25}, 0.75),
    Noun("drums", "instrument", "drums", {"mtt:drums": 0.3}, 0.55),
    Noun("beats", "instrument", "beats", {"mtt:beat": 0.28, "mtt:beats": 0.16}, 0.6),
)
BEATEN = frozenset({"drums", "beats"})
"""Said by themselves only where they are all there is."""
BY_WORD = {noun.word: noun for noun in NOUNS}

# What goes without saying beside a word.
_IMPLIED = {
    "metal": {"rock", "punk", "guitar", "drums", "techno", "beats", "electronic", "experimental", "indie"},
    "punk": {"rock", "guitar", "drums"},
    "rock": {"guitar", "drums", "techno", "beats"},
    "techno": {"electronic", "beats", "drums", "synths", "experimental"},
    "house": {"electronic", "beats", "drums", "synths", "techno"},
    "dance": {"house", "beats", "drums", "synths", "techno"},
    "electronic": {"synths", "drums"},
    "beats": {"drums"},
    "violin": {"strings"},
    "cello": {"strings"},
    "opera": {"choir", "classical"},
    "harpsichord": {"piano"},
    "sitar": {"Indian"},
    "indie": {"rock", "pop"},
    "folk": {"country"},
    "ambient": {"new age", "experimental"},
    "jazz": {"drums"},
    "hip-hop": {"beats", "drums"},
}

# Words side by side that would contradict each other: said, where both are earned, with "and" between them.
_APART = (
    ({"acoustic"}, {"electronic", "techno", "metal", "house", "dance", "beats", "synths", "hip-hop"}),
    ({"classical"}, {"techno", "metal", "house", "dance", "hip-hop", "jazz", "rock", "pop", "punk", "beats", "electronic"}),
    ({"ambient"}, {"metal", "house", "dance", "hip-hop", "rock", "punk", "pop", "jazz", "classical", "country"}),
)  # fmt: skip
_ONE_GENRE = frozenset(
    {("folk", "rock"), ("pop", "rock"), ("indie", "rock"), ("indie", "folk"), ("indie", "pop"), ("blues", "rock"),
     ("country", "rock"), ("punk", "rock"), ("pop", "punk"), ("country", "blues"), ("jazz", "funk")}
)  # fmt: skip
_PLAYED_IN = frozenset({"jazz", "blues", "folk", "country", "rock", "soul", "funk"})
_PLAYED_BY = frozenset({"guitar", "piano", "flute", "violin", "harp", "cello"})

_MOST_STRENGTH = 2.0
_COLUMNS = tuple([TAGS.index(tag) for tag in noun.least] for noun in NOUNS)
_LEAST = tuple(np.array(list(noun.least.values())) for noun in NOUNS)
_PLACES = {noun.word: place for place, noun in enumerate(NOUNS)}


def noun_strengths(tags: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well each noun is earned by each track, float64 (tracks, nouns): 1 is just enough, 2 as much as counts.

    Raises ValueError when tags are not (tracks, 100).
    """
    if tags.ndim != 2 or tags.shape[1] != len(TAGS):
        raise ValueError(f"{len(TAGS)} tags a track are needed, not {tags.shape}")
    strengths = [
        (tags[:, columns] / least).max(axis=1) for columns, least in zip(_COLUMNS, _LEAST, strict=True)
    ]
    limited: NDArray[np.float64] = np.minimum(np.stack(strengths, axis=1), _MOST_STRENGTH)
    return limited


def is_implied(word: str, by: str) -> bool:
    """Whether `word` goes without saying where `by` is said."""
    return word in _IMPLIED.get(by, ())


def joined(first: str, second: str, *, at_once: bool) -> str:
    """Two nouns: "acoustic guitar", "folk rock", "electronic dance music" of what is both `at_once`; "piano and strings"."""
    one, two = sorted((BY_WORD[first], BY_WORD[second]), key=lambda noun: _PLACES[noun.word])
    if at_once and _is_one_sound(one, two):
        return f"{one.word} {two.word if two.kind == 'instrument' else two.alone}"
    # The order is the caller's, save that a word that "music" follows comes last.
    last = (
        BY_WORD[first]
        if BY_WORD[second].kind == "instrument" and BY_WORD[first].alone.endswith("music")
        else BY_WORD[second]
    )
    other = first if last.word == second else second
    return f"{other} and {last.word if last.kind == 'instrument' else last.alone}"


def leading_style(words: tuple[str, ...]) -> tuple[str, ...]:
    """Of a style and what it is played on, the style; otherwise the words themselves."""
    kinds = {BY_WORD[word].kind: word for word in words}
    return (kinds["style"],) if kinds.keys() == {"style", "instrument"} else words


def _is_one_sound(one: Noun, two: Noun) -> bool:
    if one.kind == "style":
        return not any(one.word in words and two.word in others for words, others in _APART)
    return (one.word, two.word) in _ONE_GENRE or (one.word in _PLAYED_IN and two.word in _PLAYED_BY)
