"""Speaking Subsonic to the other server, and reading its answers.

Servers of before OpenSubsonic are understood too: those that check a client's version, that take the password itself
only, and whose JSON is made of XML, in which what looks like a number is one and a list of one is no list.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from typing import Any

from service.egress.log import EgressLog, Errand
from service.egress.opening import USUAL_LIMITS, Limits, open_url
from service.errors import HomespunError, InvalidRequest, NotFound, Unreachable

REFUSED = "elsewhere_refused"
"""The code of a name or a password that the other server does not take."""

ID_MAX_CHARACTERS = 255
_VERSION, _CLIENT = "1.16.1", "homespun"
_A_VERSION = re.compile(r"\d{1,3}(\.\d{1,3}){1,2}", re.ASCII)
_OK = 200
_MISSING_PARAMETER, _CLIENT_IS_TOO_NEW = 10, 30
_WRONG_NAME_OR_PASSWORD = frozenset({40, 44})
_OTHER_SIGN_IN = frozenset({41, 42, 43})
_FORBIDDEN, _NOT_FOUND = 50, 70


class OtherServer:
    """The other server, as one listener of it.

    ``sends_password``: it takes no salted token, and is sent the password itself.
    """

    def __init__(
        self,
        log: EgressLog,
        errand: Errand,
        url: str,
        name: str,
        password: str,
        limits: Limits = USUAL_LIMITS,
        *,
        sends_password: bool = False,
    ) -> None:
        self._log, self._errand, self._url, self._limits = log, errand, url, limits
        self._name, self._password, self._sends_password = name, password, sends_password
        self._version = _VERSION

    def sign_in(self) -> None:
        """Raises as `ask` does; InvalidRequest (``elsewhere_sign_in_unsupported``) also where no token is known."""
        answer = self._answer("ping")
        # Servers of before 1.13 miss the password, for they do not know what a token is.
        if _code_of(answer) == _MISSING_PARAMETER:
            raise _unsupported(sends_password=self._sends_password)
        self._checked(answer, "ping")

    def ask(self, method: str, parameters: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        """What the server answers to a method, without its envelope.

        Raises what `open_url` raises, Unreachable (``elsewhere_bad_answer``, ``elsewhere_failed``), InvalidRequest
        (``elsewhere_refused``, ``elsewhere_sign_in_unsupported``, ``elsewhere_forbidden``) and NotFound
        (``elsewhere_not_found``).
        """
        return self._checked(self._answer(method, parameters), method)

    def _answer(self, method: str, parameters: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        answer = self._sent(method, parameters)
        if _code_of(answer) != _CLIENT_IS_TOO_NEW:
            return answer
        # It says what it speaks itself, and all that is asked of it is of 1.8.
        told = answer.get("version")
        if not isinstance(told, str) or not _A_VERSION.fullmatch(told) or told == self._version:
            return answer
        self._version = told
        return self._sent(method, parameters)

    def _sent(self, method: str, parameters: Sequence[tuple[str, str]]) -> dict[str, Any]:
        form = [*self._signed_in(), *parameters]
        fetched = open_url(self._log, self._errand, f"{self._url}/rest/{method}", form, self._limits)
        try:
            answer = _envelope(fetched.content, method)
        except Unreachable:
            if fetched.status == _OK:
                raise
            answer = {}
        # Some say by the status, too, that they refuse.
        if fetched.status != _OK and answer.get("status") != "failed":
            raise Unreachable(
                f"The other server answers {method} with status {fetched.status}.",
                code="elsewhere_bad_answer",
            )
        return answer

    def _checked(self, answer: dict[str, Any], method: str) -> dict[str, Any]:
        if answer.get("status") == "ok":
            return answer
        raise _fault(answer, method, sends_password=self._sends_password)

    def _signed_in(self) -> list[tuple[str, str]]:
        told = {"u": self._name, **self._proof(), "v": self._version, "c": _CLIENT, "f": "json"}
        return list(told.items())

    def _proof(self) -> dict[str, str]:
        if self._sends_password:
            return {"p": f"enc:{self._password.encode().hex()}"}
        salt = secrets.token_hex(8)
        token = hashlib.md5((self._password + salt).encode(), usedforsecurity=False).hexdigest()
        return {"t": token, "s": salt}


def told_id(value: object) -> str | None:
    """An id, also one that is a number in the JSON of old servers; None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= ID_MAX_CHARACTERS else None


def told_list(answer: dict[str, Any], method: str, outer: str, inner: str) -> list[Any]:
    """A list within an answer. Old servers leave out what is empty, and give the only one of a list without it.

    Raises Unreachable (``elsewhere_bad_answer``) where there is no list.
    """
    found = answer.get(outer)
    if found == "":
        return []
    items = found.get(inner, []) if isinstance(found, dict) else None
    if isinstance(items, dict):
        return [items]
    if not isinstance(items, list):
        raise bad_answer(method)
    return items


def bad_answer(method: str) -> Unreachable:
    """What is raised for an answer that is not what the protocol says."""
    return Unreachable(
        f"What the other server answers to {method} is not Subsonic.", code="elsewhere_bad_answer"
    )


def _envelope(content: bytes, method: str) -> dict[str, Any]:
    try:
        answer = json.loads(content)["subsonic-response"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise bad_answer(method) from error
    if not isinstance(answer, dict):
        raise bad_answer(method)
    return answer


def _code_of(answer: dict[str, Any]) -> int | None:
    """The code of a failure; None where it failed without one, or did not."""
    error = answer.get("error")
    code = error.get("code") if answer.get("status") == "failed" and isinstance(error, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < len("1000"):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _unsupported(*, sends_password: bool) -> InvalidRequest:
    way = "by its password" if sends_password else "by a salted token, and may want the password itself"
    return InvalidRequest(
        f"The other server does not let this account sign in {way}.", code="elsewhere_sign_in_unsupported"
    )


def _fault(answer: dict[str, Any], method: str, *, sends_password: bool) -> HomespunError:
    """What a failure says in our words: theirs may say anything."""
    code = _code_of(answer)
    if code is None:
        return bad_answer(method)
    if code in _WRONG_NAME_OR_PASSWORD:
        return InvalidRequest("The other server does not take this name and password.", code=REFUSED)
    if code in _OTHER_SIGN_IN:
        return _unsupported(sends_password=sends_password)
    if code == _FORBIDDEN:
        return InvalidRequest(
            f"The other server does not allow this account {method}.", code="elsewhere_forbidden"
        )
    if code == _NOT_FOUND:
        return NotFound("The other server has not got it any more.", code="elsewhere_not_found")
    return Unreachable(f"The other server fails at {method}, with code {code}.", code="elsewhere_failed")
