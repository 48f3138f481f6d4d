"""Instruments as people ask for them: a name, the rows it can play, and its General MIDI program."""

from dataclasses import dataclass

ROWS = ("lead", "comp", "pad", "bass", "drums")

NONE = "none"
"""In place of an instrument: the row rests."""

DRUMS = 128
"""General MIDI has drums on a channel of their own; this number stands for them, as everywhere here."""


@dataclass(frozen=True)
class Instrument:
    """One instrument; `rows` are those it can play, the one it plays when it is named alone first."""

    name: str
    program: int
    rows: tuple[str, ...]


INSTRUMENTS = (
    Instrument("piano", 0, ("comp", "lead")),
    Instrument("electric piano", 4, ("comp", "lead")),
    Instrument("harpsichord", 6, ("comp", "lead")),
    Instrument("music box", 10, ("lead", "comp")),
    Instrument("vibraphone", 11, ("lead", "comp")),
    Instrument("marimba", 12, ("comp", "lead")),
    Instrument("organ", 19, ("pad", "comp", "lead")),
    Instrument("accordion", 21, ("lead", "comp")),
    Instrument("harmonica", 22, ("lead",)),
    Instrument("guitar", 24, ("comp", "lead")),
    Instrument("steel guitar", 25, ("comp", "lead")),
    Instrument("electric guitar", 27, ("comp", "lead")),
    Instrument("distorted guitar", 30, ("comp", "lead")),
    Instrument("upright bass", 32, ("bass",)),
    Instrument("bass guitar", 33, ("bass",)),
    Instrument("synth bass", 38, ("bass",)),
    Instrument("violin", 40, ("lead",)),
    Instrument("cello", 42, ("lead", "bass")),
    Instrument("harp", 46, ("comp", "lead")),
    Instrument("strings", 48, ("pad", "comp")),
    Instrument("choir", 52, ("pad",)),
    Instrument("trumpet", 56, ("lead",)),
    Instrument("saxophone", 65, ("lead",)),
    Instrument("oboe", 68, ("lead",)),
    Instrument("clarinet", 71, ("lead",)),
    Instrument("flute", 73, ("lead",)),
    Instrument("synth lead", 81, ("lead",)),
    Instrument("synth pad", 89, ("pad", "comp")),
    Instrument("sitar", 104, ("lead", "comp")),
    Instrument("drums", DRUMS, ("drums",)),
)

BY_NAME = {instrument.name: instrument for instrument in INSTRUMENTS}


def names_for(row: str) -> tuple[str, ...]:
    """What can be asked for in a row; the tune (`lead`) never rests, for the rest is written to it."""
    rests = () if row == "lead" else (NONE,)
    return (*(each.name for each in INSTRUMENTS if row in each.rows), *rests)
