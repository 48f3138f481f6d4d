"""A title for what was composed: from the taste's words and its mood, never from a name."""

from collections.abc import Collection

import numpy as np

# Mood words by the quarters of the valence-arousal plane, in the order: bright and lively, bright and calm,
# dark and lively, dark and calm.
_ADJECTIVES = {
    "bright lively": (
        "Golden",
        "Leaping",
        "Open",
        "Summer",
        "Running",
        "Vivid",
        "Early",
        "Painted",
        "Restless",
    ),
    "bright calm": ("Quiet", "Slow", "Gentle", "Clear", "Drifting", "Soft", "Warm", "Silver", "Unhurried"),
    "dark lively": (
        "Burning",
        "Iron",
        "Hollow",
        "Wild",
        "Broken",
        "Crimson",
        "Midnight",
        "Electric",
        "Fierce",
    ),
    "dark calm": ("Distant", "Grey", "Fading", "Winter", "Lost", "Still", "Pale", "Evening", "Sleepless"),
}
_NOUNS = {
    "bright lively": (
        "Morning",
        "Kites",
        "Bicycles",
        "Festival",
        "Sparks",
        "Sunrise",
        "Carousel",
        "Swallows",
    ),
    "bright calm": ("Harbour", "Garden", "Meadow", "Letters", "Lanterns", "Orchard", "Clouds", "Windowsill"),
    "dark lively": ("Storm", "Engines", "Wires", "Thunder", "Chase", "Embers", "Tunnels", "Signals"),
    "dark calm": ("Rain", "Snow", "Station", "Shoreline", "Attic", "Dusk", "Fog", "Staircase", "Shadows"),
}
_PLACES = (
    "the River", "the Hills", "the Old Town", "the Coast", "the Rooftops", "the Valley", "the Fields", "the North",
    "the Bridge", "the Lighthouse", "the Last Train", "the Quarry", "the Pines", "the Canal",
)  # fmt: skip
_TIMES = (
    "Dawn", "Noon", "Dusk", "Midnight", "Four in the Morning", "the End of Summer", "First Light", "Low Tide",
)  # fmt: skip
# What a style calls to mind. The keys are looked for inside the taste's words.
_STYLE_NOUNS = {
    "electro": ("Circuits", "Neon", "Voltage", "Satellites", "Pixels"),
    "techno": ("Circuits", "Machines", "Neon", "Concrete"),
    "house": ("Neon", "Terrace", "Mirrors", "Nightbus"),
    "dance": ("Mirrors", "Footsteps", "Confetti", "Nightbus"),
    "ambient": ("Horizon", "Tides", "Glass", "Aurora", "Vapour"),
    "chill": ("Hammock", "Tides", "Afternoon", "Terrace"),
    "jazz": ("Blue Hour", "Smoke", "Corner Table", "Brass"),
    "soul": ("Velvet", "Corner Table", "Amber", "Heartbeat"),
    "funk": ("Sneakers", "Brass", "Sidewalk", "Elastic"),
    "blues": ("Crossroads", "Backroad", "Rust", "Porch"),
    "metal": ("Anvil", "Ash", "Iron Gates", "Obsidian"),
    "rock": ("Highway", "Gravel", "Amplifiers", "Headlights"),
    "punk": ("Gravel", "Sirens", "Headlights", "Matches"),
    "indie": ("Polaroids", "Backyard", "Headlights", "Postcards"),
    "folk": ("Orchard", "Lanes", "Hearth", "Weathervane"),
    "country": ("Porch", "Backroad", "Fence Posts", "Prairie"),
    "acoustic": ("Hearth", "Porch", "Woodsmoke", "Lanes"),
    "guitar": ("Woodsmoke", "Six Roads", "Courtyard", "Lanes"),
    "piano": ("Ivory", "Prelude", "Parquet", "Empty Hall"),
    "classic": ("Prelude", "Colonnade", "Marble", "Serenade"),
    "string": ("Serenade", "Willow", "Varnish", "Colonnade"),
    "choir": ("Vault", "Candles", "Vespers", "Cloister"),
    "opera": ("Balcony", "Chandelier", "Velvet", "Overture"),
    "pop": ("Postcards", "Skyline", "Ribbons", "Holiday"),
    "hip": ("Sidewalk", "Rooftop", "Sneakers", "Subway"),
    "r&b": ("Velvet", "Rooftop", "Amber", "Skyline"),
    "violin": ("Serenade", "Willow", "Varnish", "Rosin"),
    "cello": ("Willow", "Varnish", "Walnut", "Serenade"),
    "flute": ("Reeds", "Swallows", "Birch", "Blue Air"),
    "harp": ("Ripples", "Filigree", "Dewdrops", "Silver Thread"),
    "sitar": ("Saffron", "Courtyard", "Jasmine", "Monsoon"),
    "indian": ("Saffron", "Courtyard", "Jasmine", "Monsoon"),
    "drums": ("Footsteps", "Hoofbeats", "Sparks", "Carousel"),
    "beats": ("Pulse", "Pixels", "Footsteps", "Mirrors"),
    "synths": ("Circuits", "Satellites", "Neon", "Glass"),
    "new age": ("Tides", "Incense", "Glass", "Aurora"),
    "experimental": ("Prism", "Static", "Paper Planes", "Magnets"),
}


def title_for(
    words: str, valence: float, arousal: float, rng: np.random.Generator, taken: Collection[str] = ()
) -> str:
    """Return a title of one to six words, the same for the same arguments and state of `rng`.

    `words` are the taste's ("ambient, electronic, calm"): they choose the images and are not quoted. `taken` holds
    titles that will not be given again: after forty tries a number is added.
    """
    title = _draw(words, valence, arousal, rng)
    for _ in range(40):
        if title not in taken:
            return title
        title = _draw(words, valence, arousal, rng)
    number = 2
    while f"{title} No. {number}" in taken:
        number += 1
    return f"{title} No. {number}"


def _draw(words: str, valence: float, arousal: float, rng: np.random.Generator) -> str:
    mood = f"{'bright' if valence >= 0 else 'dark'} {'lively' if arousal >= 0 else 'calm'}"
    styled = sorted({noun for key, nouns in _STYLE_NOUNS.items() if key in words.lower() for noun in nouns})
    # A third of the images from the mood keeps two tastes of one style apart.
    nouns = [*styled, *_NOUNS[mood][: max(3, len(styled) // 2)]] if styled else list(_NOUNS[mood])
    first, second = (nouns[place] for place in rng.choice(len(nouns), 2, replace=False))
    adjective = _ADJECTIVES[mood][rng.integers(len(_ADJECTIVES[mood]))]
    place = _PLACES[rng.integers(len(_PLACES))]
    time = _TIMES[rng.integers(len(_TIMES))]
    forms = (
        f"{adjective} {first}",
        f"{adjective} {first}",
        f"{first} and {second}",
        f"{first} at {time}",
        f"{first} by {place}",
        f"{adjective} {first} over {place}",
        f"Towards {place}",
        f"{first}, {second}",
    )
    return forms[rng.integers(len(forms))]
