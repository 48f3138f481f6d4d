"""Passwords: what is asked of them, and how they are kept (argon2id)."""

import base64
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.errors import InvalidRequest

_MIN_CHARACTERS = 8
_MAX_CHARACTERS = 1_024

# OWASP's first choice: 19 MiB, two passes, one lane. Some 20 ms here, and a guesser's memory costs as much as ours.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# However many sign in at once, this many hash at once: the memory of more would be missed elsewhere.
_few_at_once = threading.BoundedSemaphore(2)


def _zeros(count: int) -> str:
    return base64.b64encode(bytes(count)).decode().rstrip("=")


_NOBODYS_HASH = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${_zeros(_hasher.salt_len)}${_zeros(_hasher.hash_len)}"
)


def hash_password(password: str, *, name: str) -> str:
    """The hash to keep of the password that the person of this name chose.

    Raises InvalidRequest (``bad_password``) unless it has 8 to 1024 characters and is not their name.
    """
    if not _MIN_CHARACTERS <= len(password) <= _MAX_CHARACTERS:
        raise InvalidRequest(
            f"A password has {_MIN_CHARACTERS} to {_MAX_CHARACTERS} characters.", code="bad_password"
        )
    if _bytes_of(password).lower() == _bytes_of(name).lower():
        raise InvalidRequest("A name is no password.", code="bad_password")
    return rehash(password)


def rehash(password: str) -> str:
    """The hash, with the costs of today, of a password that is in use already."""
    with _few_at_once:
        return _hasher.hash(_bytes_of(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether this password was hashed.

    Takes as long for people without a password, and for nobody (None): the same computation is made.
    """
    with _few_at_once:
        try:
            _hasher.verify(password_hash or _NOBODYS_HASH, _bytes_of(password))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with other costs than those of today."""
    return _hasher.check_needs_rehash(password_hash)


def _bytes_of(password: str) -> bytes:
    # The same password from another keyboard may come in other code points; half a surrogate pair may come from JSON.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
