"""Where the instruments' sounds lie, and which of them are the best at hand."""

import importlib.util
from functools import lru_cache
from pathlib import Path

FONT_NAME = "TimGM6mb.sf2"
"""Tim Brechbill's General MIDI font (GPL-2), which the `pretty_midi` package installs."""

BETTER_FONTS = (
    "MuseScore_General.sf3",
    "MuseScore_General_Full.sf3",
    "MuseScore_General_Lite.sf3",
    "MuseScore_General.sf2",
    "FluidR3_GM.sf2",
)
"""Free General MIDI fonts, best first, that systems install beside FluidSynth; the MuseScore ones are MIT-licensed."""

FONT_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/sounds/sf3",
        "/usr/share/sounds/sf2",
        "/usr/share/soundfonts",
        "/usr/local/share/soundfonts",
        "/opt/homebrew/share/soundfonts",
    )
)


def default_font() -> Path:
    """Return the path of the General MIDI font that comes with `pretty_midi`.

    The package is located and not imported: its own imports cost more than the rendering of a bar.
    Raises FileNotFoundError, with a sentence that says what to install, where the font is missing.
    """
    spec = importlib.util.find_spec("pretty_midi")
    if spec is not None and spec.origin is not None:
        font = Path(spec.origin).parent / FONT_NAME
        if font.is_file():
            return font
    raise FileNotFoundError(f"The sound font {FONT_NAME} is missing: install the Python package pretty_midi.")


@lru_cache(maxsize=1)
def best_font() -> Path:
    """Return the best font that can be played here: a better one where FluidSynth and its Python package are installed too.

    Found once a process. Raises FileNotFoundError where there is none at all.
    """
    if fluidsynth_is_present():
        found = (folder / name for name in BETTER_FONTS for folder in FONT_FOLDERS)
        better = next((font for font in found if font.is_file()), None)
        if better is not None:
            return better
    return default_font()


@lru_cache(maxsize=1)
def fluidsynth_is_present() -> bool:
    """Return whether FluidSynth can be played: the Python package `pyfluidsynth` and the library it binds."""
    if importlib.util.find_spec("fluidsynth") is None:
        return False
    try:
        importlib.import_module("fluidsynth")
    except (ImportError, OSError):
        return False  # the package is there, the library is not
    return True


def is_for_fluidsynth(font: Path) -> bool:
    """Return whether a font is played by FluidSynth: any but the small one, which `midirenderer` plays everywhere alike."""
    return font.name != FONT_NAME


def sound_name(font: Path | None = None) -> str:
    """Return what a piece's metadata says of its sound: the font (by default the best here) and what plays it."""
    chosen = font or best_font()
    return f"{chosen.name}, {'FluidSynth' if is_for_fluidsynth(chosen) else 'midirenderer'}"
