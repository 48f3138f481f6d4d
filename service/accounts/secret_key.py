"""The key that signs what browsers hold for us."""

from service.accounts.key_files import load_key
from service.settings import Settings

_KEY_BYTES = 32


def load_secret_key(settings: Settings) -> bytes:
    """The 32 random bytes of this data folder.

    Raises InvalidRequest (``secret_key_exposed``) and CorruptArtifact (``bad_secret_key``), as `load_key` says.
    """
    path = settings.data_dir / "secret-key"
    return load_key(path, _KEY_BYTES, name="secret_key", if_deleted="all forms reloaded")
