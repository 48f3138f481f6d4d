"""The key that signs what browsers hold for us. It lies beside the store, never in it."""

import os
import secrets
import stat

from service.accounts.private_files import make_private_file
from service.errors import CorruptArtifact, InvalidRequest
from service.settings import Settings

_KEY_BYTES = 32


def load_secret_key(settings: Settings) -> bytes:
    """The 32 random bytes of this data folder, made when they are first asked for.

    Several processes may ask at once: all get the same key. Raises InvalidRequest (``secret_key_exposed``) when
    others than its owner may read the file, CorruptArtifact when it is no key.
    """
    path = settings.data_dir / "secret-key"
    if not path.exists():
        make_private_file(path, secrets.token_bytes(_KEY_BYTES))
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        key = file.read(_KEY_BYTES + 1)
    if mode & 0o077:
        raise InvalidRequest(
            f"Others may read {path}: run `chmod 600` on it, or delete it to have a new one made and all forms reloaded.",
            code="secret_key_exposed",
        )
    if len(key) != _KEY_BYTES:
        raise CorruptArtifact(f"{path} is no key: delete it to have a new one made.", code="bad_secret_key")
    return key
