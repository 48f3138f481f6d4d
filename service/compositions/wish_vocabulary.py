"""The words that a listener's wish may be made of, and what each says; what is in none of these tables is not understood."""

from collections.abc import Iterable

# Phrase -> valence and arousal, -1 to 1 each; None where it says nothing of one of them.
_MOODS: dict[tuple[float | None, float | None], tuple[str, ...]] = {
    (0.7, 0.5): ("happy", "joyful", "joyous", "cheerful", "merry", "sunny", "playful", "fun"),
    (0.6, 0.75): ("party", "dancing", "celebration", "festive", "euphoric", "triumphant", "exciting", "excited"),
    (0.4, 0.8): ("workout", "running", "run", "gym", "sport", "exercise", "training"),
    (0.3, 0.75): ("energetic", "lively", "upbeat", "powerful", "driving", "vivid"),
    (0.4, 0.2): ("cooking", "cleaning", "walking", "walk", "morning", "breakfast", "commute", "friends", "optimistic", "hopeful"),
    (0.2, 0.3): ("driving home", "road", "travel", "journey", "adventure"),
    (0.5, -0.2): ("warm", "romantic", "love", "tender", "sweet", "cosy", "cozy", "dinner", "gentle", "bright and calm"),
    (0.2, -0.4): ("reading", "read", "book", "books", "tea", "sunday", "dreamy", "dream", "evening"),
    (0.1, -0.3): ("focus", "work", "working", "study", "studying", "concentration", "coding", "writing", "background"),
    (0.3, -0.6): ("calm", "peaceful", "relaxed", "relaxing", "relax", "serene", "soothing", "mellow", "yoga", "bath", "rest"),
    (0.1, -0.8): ("sleep", "sleeping", "sleepy", "asleep", "lullaby", "bedtime", "meditation", "meditate"),
    (None, -0.6): ("quiet", "soft", "still", "low-key", "lazy", "unhurried"),
    (None, 0.6): ("loud", "busy", "intense", "dense"),
    (0.6, None): ("bright", "light", "major", "positive", "beautiful"),
    (-0.6, None): ("dark", "gloomy", "minor", "serious", "bitter"),
    (-0.5, -0.4): ("sad", "melancholy", "melancholic", "lonely", "nostalgic", "wistful", "blue", "mourning", "farewell", "autumn"),
    (-0.2, -0.4): ("rain", "rainy", "night", "late night", "winter", "foggy", "mysterious", "midnight"),
    (-0.6, 0.6): ("angry", "aggressive", "furious", "battle", "fight", "tense", "dramatic", "epic", "dangerous", "fierce", "wild"),
    (-0.4, 0.5): ("chase", "restless", "nervous", "suspense", "thriller", "hectic"),
}  # fmt: skip
MOODS = {phrase: place for place, phrases in _MOODS.items() for phrase in phrases}

TEMPI = {
    "slow": (72.0, -0.35), "slowly": (72.0, -0.35), "largo": (56.0, -0.5), "adagio": (66.0, -0.4), "ballad": (70.0, -0.3),
    "andante": (84.0, -0.15), "moderate": (100.0, 0.0), "moderato": (104.0, 0.0), "medium tempo": (100.0, 0.0),
    "mid tempo": (100.0, 0.0), "allegro": (132.0, 0.35), "fast": (138.0, 0.4), "quick": (138.0, 0.4), "presto": (168.0, 0.55),
}  # fmt: skip
"""Phrase -> beats a minute, and how lively that is."""

DEGREES = {
    "very": 1.5, "really": 1.4, "extremely": 1.7, "super": 1.6, "so": 1.3, "too": 1.3, "deeply": 1.4,
    "a bit": 0.5, "a little": 0.5, "slightly": 0.5, "somewhat": 0.6, "rather": 0.8, "quite": 1.1, "fairly": 0.9,
}  # fmt: skip

NOT = frozenset({"not", "isn't", "never", "less", "don't", "nothing"})
WITHOUT = frozenset({"no", "without", "leave out", "skip the"})
SOLO = frozenset({"solo", "alone", "only", "just", "unaccompanied", "nothing but"})
SILENT = {
    "drumless": ("drums",),
    "beatless": ("drums",),
    "no beat": ("drums",),
    "without a beat": ("drums",),
}

INSTRUMENT_WORDS = {
    "piano": "piano", "pianos": "piano", "grand piano": "piano", "keys": "piano",
    "electric piano": "electric piano", "rhodes": "electric piano", "harpsichord": "harpsichord", "cembalo": "harpsichord",
    "music box": "music box", "celesta": "music box", "vibraphone": "vibraphone", "vibes": "vibraphone",
    "marimba": "marimba", "xylophone": "marimba", "organ": "organ", "church organ": "organ",
    "accordion": "accordion", "harmonica": "harmonica", "guitar": "guitar", "guitars": "guitar",
    "acoustic guitar": "guitar", "classical guitar": "guitar", "nylon guitar": "guitar", "spanish guitar": "guitar",
    "steel guitar": "steel guitar", "western guitar": "steel guitar", "electric guitar": "electric guitar",
    "electric guitars": "electric guitar", "distorted guitar": "distorted guitar", "distorted guitars": "distorted guitar",
    "heavy guitars": "distorted guitar", "bass": "bass guitar", "bass guitar": "bass guitar", "double bass": "upright bass",
    "upright bass": "upright bass", "contrabass": "upright bass", "synth bass": "synth bass",
    "violin": "violin", "fiddle": "violin", "cello": "cello", "harp": "harp", "strings": "strings",
    "string section": "strings", "orchestra": "strings", "string orchestra": "strings", "choir": "choir", "voices": "choir",
    "trumpet": "trumpet", "sax": "saxophone", "saxophone": "saxophone", "oboe": "oboe", "clarinet": "clarinet",
    "flute": "flute", "flutes": "flute", "recorder": "flute", "synth": "synth pad", "synths": "synth pad",
    "synthesizer": "synth pad", "synthesiser": "synth pad", "synth pad": "synth pad", "pads": "synth pad",
    "synth lead": "synth lead", "sitar": "sitar",
    "drums": "drums", "drum": "drums", "drum kit": "drums", "drumming": "drums", "percussion": "drums", "beats": "drums",
    "beat": "drums",
}  # fmt: skip

STYLES = {
    "acoustic": "acoustic", "ambient": "ambient", "experimental": "experimental", "indian": "Indian", "classical": "classical",
    "classic": "classical", "electronic": "electronic", "electronica": "electronic", "electro": "electronic",
    "new age": "new age", "pop": "pop", "indie": "indie", "country": "country", "folk": "folk", "folky": "folk",
    "hip-hop": "hip-hop", "hip hop": "hip-hop", "hiphop": "hip-hop", "house": "house", "techno": "techno",
    "dance": "dance", "metal": "metal", "opera": "opera", "punk": "punk", "jazz": "jazz", "jazzy": "jazz", "blues": "blues",
    "bluesy": "blues", "r&b": "R&B", "rnb": "R&B", "soul": "soul", "funk": "funk", "funky": "funk", "rock": "rock",
}  # fmt: skip
"""Phrase -> the style or genre as the words of tastes have it."""

NUMBERS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0,
    "nine": 9.0, "ten": 10.0, "thirty": 30.0, "forty": 40.0, "sixty": 60.0, "ninety": 90.0,
}  # fmt: skip

UNITS_SECONDS = {
    "minute": 60.0, "minutes": 60.0, "min": 60.0, "mins": 60.0, "second": 1.0, "seconds": 1.0, "sec": 1.0, "secs": 1.0,
    "s": 1.0, "hour": 3600.0, "hours": 3600.0,
}  # fmt: skip

LEFT_OUT = frozenset(
    {"a", "an", "the", "some", "any", "something", "anything", "music", "piece", "pieces", "song", "songs", "tune",
     "tunes", "track", "sound", "sounds", "melody", "one", "more", "please", "and", "or", "with", "for", "while",
     "when", "to", "of", "in", "on", "at", "by", "from", "as", "like", "that", "this", "it", "is", "be", "me", "my",
     "i", "i'd", "i'm", "we", "us", "you", "want", "would", "need", "make", "compose", "play", "written", "feel",
     "feeling", "feels", "mood", "kind", "sort", "long", "short", "lasting", "about", "around", "tempo", "time", "day",
     "when's", "maybe", "but", "also", "plus", "nice", "good", "into", "through", "during", "after", "before", "have",
     "has", "can", "could", "let", "let's", "am", "are"}
)  # fmt: skip
"""Words between the others, which say nothing of the music by themselves."""

GOES_ON = frozenset({"and", "or", "the", "any"})
"""Between instruments of which none is to play: "no strings and drums"."""

_TABLES: tuple[Iterable[str], ...] = (
    MOODS,
    TEMPI,
    DEGREES,
    NOT,
    WITHOUT,
    SOLO,
    SILENT,
    INSTRUMENT_WORDS,
    STYLES,
)

LONGEST_PHRASE = max(len(phrase.split()) for table in _TABLES for phrase in table)
