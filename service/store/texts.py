"""What counts as one line of text, said once: as a pattern that programs can read, too."""

import re

# Control characters, and what ends a line or a paragraph. Marks and joiners stay: emoji and many scripts need them.
_UNSHOWN = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_BLANK = r"\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"

NO_NUL = r"^[^\x00]*$"

ONE_LINE = rf"^[^{_UNSHOWN}]*$"
"""Any text on one line, nothing included."""

NAMED = rf"^[^{_UNSHOWN}{_BLANK}]([^{_UNSHOWN}]*[^{_UNSHOWN}{_BLANK}])?$"
"""One line that says something: no blank at either end."""

SAID = rf"^[^{_UNSHOWN}{_BLANK}][^\x00]*$"
"""Any number of lines, of which the first begins with something."""

_NAMED, _ONE_LINE = (re.compile(pattern.replace("$", r"\Z")) for pattern in (NAMED, ONE_LINE))


def is_one_line(text: str) -> bool:
    """Whether the text has no control characters and no lone surrogates."""
    return _ONE_LINE.match(text) is not None and _is_utf8(text)


def is_name(text: str, most_characters: int) -> bool:
    """Whether the text is one line of 1 to ``most_characters``, with no blank at either end."""
    return len(text) <= most_characters and _NAMED.match(text) is not None and _is_utf8(text)


def is_text(text: str) -> bool:
    """Whether the text, on any number of lines, is one that every database takes."""
    return "\0" not in text and _is_utf8(text)


def _is_utf8(text: str) -> bool:
    """Bytes that were no text are lone surrogates, which no database takes."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
