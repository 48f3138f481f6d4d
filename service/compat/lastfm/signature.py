"""Signed requests: ``api_sig`` is md5 of all other parameters in order, and a secret that belongs to the API key."""

import hmac
import re
from collections.abc import Mapping

from service.accounts.app_addresses import LASTFM_API_KEY
from service.accounts.app_sign_in import md5_hex
from service.errors import InvalidRequest

_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_UNSIGNED = frozenset({"api_sig", "format", "callback"})


def check_signature(parameters: Mapping[str, str], app_password: str) -> None:
    """Raises InvalidRequest (``bad_signature``) for a request without a signature, or with a wrong one.

    With this house's API key the secret is the app password. Other keys are those that apps bring along for Last.fm,
    which alone knows their secrets: what they sign with has the form of a signature, and nobody else can say more. It
    guards nothing there: whose app it is, is told by its session.
    """
    check_is_signed(parameters)
    shown = parameters["api_sig"].lower()
    is_ours = parameters.get("api_key") == LASTFM_API_KEY
    if is_ours and not hmac.compare_digest(shown, signature_of(parameters, app_password)):
        raise _bad_signature()


def check_is_signed(parameters: Mapping[str, str]) -> None:
    """Raises InvalidRequest (``bad_signature``) for a request without anything that has the form of a signature."""
    if _MD5.fullmatch(parameters.get("api_sig", "")) is None:
        raise _bad_signature()


def signature_of(parameters: Mapping[str, str], secret: str) -> str:
    """What ``api_sig`` has to be, 32 hexadecimal digits."""
    signed = "".join(f"{name}{parameters[name]}" for name in sorted(parameters) if name not in _UNSIGNED)
    return md5_hex(signed + secret)


def _bad_signature() -> InvalidRequest:
    return InvalidRequest("The method is not signed, or not with the app password.", code="bad_signature")
