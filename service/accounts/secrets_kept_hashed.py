"""Random secrets of which the store keeps only the hash."""

import hashlib
import secrets

_SECRET_BYTES = 32


def new_secret(prefix: str) -> str:
    """A 256-bit random secret in URL-safe letters; the prefix says what it is for, to people and to leak scanners."""
    return prefix + secrets.token_urlsafe(_SECRET_BYTES)


def sha256_of(secret: str) -> str:
    """What the store keeps. A plain hash will do: 256 random bits cannot be guessed, however fast the guessing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
