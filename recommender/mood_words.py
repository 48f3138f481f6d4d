"""What people say of how music feels, in titles, genres and names of grooves, as signs on two axes.

The signs are the quadrants of J. Russell, "A circumplex model of affect" (Journal of Personality and Social Psychology 39,
1980): a coarse reading of words that were chosen for a game, an album or a dance, and no rating by listeners.
"""

import re
from dataclasses import dataclass

STRENGTH = 0.5  # of a word, on axes from -1 to 1

# word: (valence, arousal), 0 where a word says nothing
_WORDS = {
    **dict.fromkeys(
        (
            "battle", "boss", "attack", "fight", "siege", "frantic", "unrest", "danger", "dangerous", "threat", "beware",
            "fear", "suspense", "vengeful", "revenge", "cruelty", "enemy", "hell", "metal", "angry", "rage", "panic",
        ),
        (-1, 1),
    ),
    **dict.fromkeys(("hunting", "sprint", "chase", "energetic", "fast", "wild"), (0, 1)),
    **dict.fromkeys(("disko", "disco", "party", "happy", "joy", "joyful", "celebration", "dance"), (1, 1)),
    **dict.fromkeys(
        ("safe", "nature", "dream", "breeze", "morning", "love", "sanctuary", "peaceful", "relax", "tender", "lullaby"),
        (1, -1),
    ),
    **dict.fromkeys(("ambient", "night", "underwater", "calm", "quiet", "slow"), (0, -1)),
    **dict.fromkeys(("farewell", "graveyard", "dead", "transience", "casualties", "sad", "lonely", "mourning"), (-1, -1)),
    **dict.fromkeys(("ghost", "dark", "shadows", "halloween"), (-1, 0)),
    **dict.fromkeys(("christmas", "minstrels", "jewels", "golden", "sunny"), (1, 0)),
}  # fmt: skip

_LIVELY_GROOVES = (
    "metal",
    "techno",
    "trance",
    "house",
    "breakbeat",
    "fast",
    "boggie",
    "polka",
    "bebop",
    "samba",
)
_CALM_GROOVES = ("ballad", "slow", "mellow", "soft", "nite", "bolero", "evansish")
_LONG_WORD = 5  # letters: found inside words run together, as in "bossattack" or "tropicalbreeze"


@dataclass(frozen=True)
class SaidMood:
    """Valence and arousal in [-1, 1]; None where the words say nothing or contradict each other."""

    valence: float | None
    arousal: float | None


def mood_of_words(text: str) -> SaidMood:
    """What the words of a title, a file name or a genre say."""
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    words = set(re.findall(r"[a-z]+", parted))
    found = [signs for word, signs in _WORDS.items() if _is_among(word, words)]
    return SaidMood(_agreed([valence for valence, _ in found]), _agreed([arousal for _, arousal in found]))


def arousal_of_groove(name: str) -> float | None:
    """What the name of an accompaniment's groove says; None where it says nothing."""
    lively = any(word in name.lower() for word in _LIVELY_GROOVES)
    calm = any(word in name.lower() for word in _CALM_GROOVES)
    return None if lively == calm else STRENGTH if lively else -STRENGTH


def _is_among(word: str, words: set[str]) -> bool:
    return word in words or (len(word) >= _LONG_WORD and any(word in each for each in words))


def _agreed(signs: list[int]) -> float | None:
    said = {sign for sign in signs if sign}
    return STRENGTH * said.pop() if len(said) == 1 else None
