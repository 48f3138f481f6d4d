"""What the compose form says, read as what a piece is asked for; and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service.compositions.instruments import ROWS, names_for
from service.compositions.wish_words import WORDS_MAX_CHARACTERS, Understood, understand
from service.compositions.wished import Asked, taste_named
from service.compositions.wishes import FASTEST_BPM, SLOWEST_BPM, Wish
from service.errors import InvalidRequest
from service.listening.taste import emotion_of, read_taste
from service.web.player_facts import taste_name

MOST_PIECES = 4
"""Side by side; more would take a small machine too long."""

LENGTHS_SECONDS = (30, 60, 90, 120, 180, 300)

ROW_NAMES = {
    "lead": "The tune",
    "comp": "The chords",
    "pad": "Behind them",
    "bass": "The bass",
    "drums": "Drums",
}


@dataclass(frozen=True)
class TasteChoice:
    """A taste as the form offers it, with where it lies on the plane of emotions."""

    id: str
    name: str
    percent: int
    valence: float
    arousal: float


@dataclass(frozen=True)
class Reading:
    """What the words of a wish say, and whether they name a taste: its name, or the style that none is called."""

    understood: Understood
    taste: str | None
    no_taste: str | None


def choices(db_session: Session, user_id: str) -> list[TasteChoice]:
    """The listener's tastes that are not muted, the largest first."""
    found = []
    for cluster in read_taste(db_session, user_id):
        valence, arousal = (round(min(max(each, -1.0), 1.0), 2) for each in emotion_of(cluster))
        if not cluster.muted:
            found.append(
                TasteChoice(cluster.id, taste_name(cluster), round(cluster.share * 100), valence, arousal)
            )
    return found


def reading_of(db_session: Session, user_id: str, words: str) -> Reading:
    """How the words are understood for this listener; raises InvalidRequest (``too_many_words``)."""
    understood = understand(words)
    cluster = taste_named(db_session, user_id, understood.styles)
    no_taste = understood.styles[0] if understood.styles and cluster is None else None
    return Reading(understood, None if cluster is None else taste_name(cluster), no_taste)


def asked_of(form: MultiDict[str, str]) -> Asked:
    """What the form asks for; raises InvalidRequest with what is wrong in it."""
    own_mood = form.get("mood") == "own"
    instruments = {row: form[row] for row in ROWS if form.get(row)}
    wish = Wish(
        valence=_number(form, "valence") if own_mood else None,
        arousal=_number(form, "arousal") if own_mood else None,
        tempo_bpm=_number(form, "tempo_bpm"),
        instruments=instruments,
    )
    words = form.get("words", "").strip()
    return Asked(words, wish, form.get("cluster_id") or None, _number(form, "seconds"))


def pieces_of(form: MultiDict[str, str]) -> int:
    """How many pieces are wanted side by side; raises InvalidRequest (``too_many_pieces``)."""
    asked = form.get("pieces", "1")
    if asked not in {str(count) for count in range(1, MOST_PIECES + 1)}:
        raise InvalidRequest(f"1 to {MOST_PIECES} pieces are composed side by side.", code="too_many_pieces")
    return int(asked)


def offered() -> Mapping[str, object]:
    """What the form's lists hold, whoever looks at it."""
    return {
        "rows": [(row, ROW_NAMES[row], names_for(row)) for row in ROWS],
        "lengths": LENGTHS_SECONDS,
        "most_pieces": MOST_PIECES,
        "words_max": WORDS_MAX_CHARACTERS,
        "slowest": int(SLOWEST_BPM),
        "fastest": int(FASTEST_BPM),
    }


def _number(form: MultiDict[str, str], name: str) -> float | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return float(text[:40])
    except ValueError as error:
        raise InvalidRequest(f"{name.replace('_', ' ').capitalize()} must be a number.") from error
