"""What may be wrong with a track that was heard nevertheless."""

WARNINGS = {
    "short_track": "It is shorter than 3 seconds and was heard by repeating it.",
    "long_mix": "It lasts more than half an hour: one place among all music stands for many things.",
    "speech": "Somebody reads or talks in it: it is kept out of tastes and lists.",
    "nearly_silent": "It is so quiet that next to nothing can be heard in it.",
    "clipped": "Most of it reaches the highest level there is, and was probably cut off there.",
    "narrow_band": "Nothing sounds above 4 kHz in it, as in telephone recordings.",
}
"""Stable code -> one sentence for the person."""
