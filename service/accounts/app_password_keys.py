"""How app passwords are kept: encrypted and found again with keys that are in a file beside the store."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.accounts.key_files import load_key
from service.settings import Settings

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class AppPasswordKeys:
    """Two keys of 32 bytes: one encrypts, with the other a password is found by its own letters."""

    encryption: bytes = field(repr=False)
    lookup: bytes = field(repr=False)

    def encrypted(self, secret: str, row_id: str) -> bytes:
        """What the row of this id keeps (AES-256-GCM): in another row it cannot be read."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.encryption).encrypt(nonce, secret.encode(), row_id.encode())

    def decrypted(self, kept: bytes, row_id: str) -> str | None:
        """The secret again; None where it was encrypted with another key, or for another row."""
        nonce, content = kept[:_NONCE_BYTES], kept[_NONCE_BYTES:]
        try:
            return AESGCM(self.encryption).decrypt(nonce, content, row_id.encode()).decode()
        except (InvalidTag, ValueError):
            return None

    def fingerprint(self, secret: str) -> str:
        """What the row of this secret is found by: 64 hexadecimal digits that tell nothing without the key."""
        return hmac.new(self.lookup, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def load_app_password_keys(settings: Settings) -> AppPasswordKeys:
    """The keys of this data folder; without the file all app passwords are good for nothing.

    Raises InvalidRequest (``app_password_key_exposed``) and CorruptArtifact (``bad_app_password_key``), as `load_key`
    says.
    """
    key = load_key(
        settings.data_dir / "app-password-key",
        2 * _KEY_BYTES,
        name="app_password_key",
        if_deleted="give every app a new password",
    )
    return AppPasswordKeys(key[:_KEY_BYTES], key[_KEY_BYTES:])
