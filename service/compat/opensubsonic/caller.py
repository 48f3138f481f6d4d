"""Whose app asks: by an API key, by a salted token, or by the app password itself."""

from flask import request

from service.accounts.app_sign_in import Proof, shown_plainly, shown_salted, sign_in_app, sign_in_by_key
from service.accounts.viewers import Viewer
from service.compat.opensubsonic.faults import Code, Fault
from service.compat.opensubsonic.parameters import needed, text
from service.errors import Unauthenticated
from service.http.parts import parts

_ENCODED = "enc:"
_NAMED = ("u", "p", "t", "s")


def find_caller() -> Viewer:
    """Whose app this is. Raises Fault, Unauthenticated and TooManyRequests."""
    _check_version()
    database, keys, address = parts().database, parts().app_password_keys, request.remote_addr or ""
    api_key = request.values.get("apiKey")
    if api_key is not None:
        if any(name in request.values for name in _NAMED):
            raise Fault(
                Code.CONFLICTING_MECHANISMS, "An API key is sent without a name, a password or a token."
            )
        try:
            return sign_in_by_key(database, keys, api_key, address)
        except Unauthenticated as error:
            raise Fault(Code.INVALID_API_KEY, "The API key is not good, or not any more.") from error
    name = needed("u")
    return sign_in_app(database, keys, name, _proof(), address)


def _proof() -> Proof:
    token, password = request.values.get("t"), request.values.get("p")
    if token is not None and password is not None:
        raise Fault(Code.CONFLICTING_MECHANISMS, "A password or a token is sent, not both.")
    if token is not None:
        return shown_salted(token, needed("s"))
    if password is None:
        raise Fault(Code.MISSING_PARAMETER, "The parameters t and s, p, or apiKey are missing.")
    return shown_plainly(_decoded(password))


def _decoded(password: str) -> str:
    if not password.startswith(_ENCODED):
        return password
    try:
        return bytes.fromhex(password.removeprefix(_ENCODED)).decode()
    except ValueError:
        # What is no encoding of a password is compared as it is, and is as wrong as any other.
        return password


def _check_version() -> None:
    major = (text("v") or "1").partition(".")[0]
    if major.isascii() and major.isdecimal() and int(major[:3]) != 1:
        if int(major[:3]) > 1:
            raise Fault(Code.SERVER_TOO_OLD, "The app speaks a later version of the Subsonic API than 1.16.")
        raise Fault(Code.CLIENT_TOO_OLD, "The app speaks an earlier version of the Subsonic API than 1.")
