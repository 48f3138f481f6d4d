"""Keys that lie beside the store, never in it: made when they are first asked for, readable by their owner only."""

import os
import secrets
import stat
from pathlib import Path

from service.accounts.private_files import make_private_file
from service.errors import CorruptArtifact, InvalidRequest


def load_key(path: Path, key_bytes: int, *, name: str, if_deleted: str) -> bytes:
    """The random bytes of this file, made when there is none.

    Several processes may ask at once: all get the same key. ``if_deleted`` ends the sentence "delete it to have a new
    one made and ...". Raises InvalidRequest (the name and ``_exposed``) when others than its owner may read the file,
    CorruptArtifact (``bad_`` and the name) when it is no key.
    """
    if not path.exists():
        make_private_file(path, secrets.token_bytes(key_bytes))
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        key = file.read(key_bytes + 1)
    if mode & 0o077:
        raise InvalidRequest(
            f"Others may read {path}: run `chmod 600` on it, or delete it to have a new one made and {if_deleted}.",
            code=f"{name}_exposed",
        )
    if len(key) != key_bytes:
        raise CorruptArtifact(
            f"{path} is no key: delete it to have a new one made and {if_deleted}.", code=f"bad_{name}"
        )
    return key
