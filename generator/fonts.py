"""Where the instruments' sounds lie."""

import importlib.util
from pathlib import Path

FONT_NAME = "TimGM6mb.sf2"
"""Tim Brechbill's General MIDI font (GPL-2), which the `pretty_midi` package installs."""


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
