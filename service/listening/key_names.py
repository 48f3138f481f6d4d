"""Keys as people name them."""

KEYS = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
"""By pitch class, 0 = C."""


def key_name(key: int, mode: str) -> str:
    """Such as "A minor"; ``mode`` is "major" or "minor"."""
    return f"{KEYS[key]} {mode}"
