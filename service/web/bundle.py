"""Scripts and styles of the pages, as `make bundle` built them."""

import json
from pathlib import Path

from service.errors import NotPrepared

STATIC_DIR = Path(__file__).parent / "static"


def built_names() -> dict[str, str]:
    """The file that each of "app.js" and "app.css" is in: its name holds a hash of what is in it.

    Raises NotPrepared (``bundle_missing``).
    """
    try:
        names: dict[str, str] = json.loads((STATIC_DIR / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotPrepared(
            "The pages' scripts and styles are not built: run `make bundle` in the clone.",
            code="bundle_missing",
        ) from error
    return names
