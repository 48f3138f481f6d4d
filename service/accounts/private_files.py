"""Small files that only the account the service runs as may read."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def make_private_file(path: Path, content: bytes) -> None:
    """Make the file, whole or not at all, readable by its owner only; one that is there already is left alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes files 0600, whatever the umask.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, leaves alone what another process was quicker to make.
        with suppress(FileExistsError):
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
