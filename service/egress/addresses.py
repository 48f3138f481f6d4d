"""Addresses of other servers, as they are typed and as answers point to them."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin, urlsplit

from service.errors import InvalidRequest, Unreachable
from service.store.texts import is_one_line

_PORTS = {"http": 80, "https": 443}
_MOST_CHARACTERS = 500


@dataclass(frozen=True)
class Address:
    """Where a request goes: no query, no fragment, no name or password."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises InvalidRequest (``bad_address``) for what is not the plain http or https address of a server."""
        refusal = InvalidRequest(
            "The address of a server looks like https://music.example or http://192.168.1.5:4533, without a name, "
            "a password or a query in it.",
            code="bad_address",
        )
        if not is_one_line(text) or not text.isascii() or " " in text or len(text) > _MOST_CHARACTERS:
            raise refusal
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise refusal from error
        is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in _PORTS or not parts.hostname or not is_plain:
            raise refusal
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path)

    @property
    def shown_host(self) -> str:
        """The host, with the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.scheme}://{self.shown_host}{self.path}"

    def redirected(self, location: str) -> "Address":
        """Where an answer sends the request on to: another path, or https instead of http, of the same host.

        Raises Unreachable (``redirected_elsewhere``): what was meant for one host is sent to no other.
        """
        refusal = Unreachable(
            f"{self.shown_host} sends its visitors to another address: name that one instead.",
            code="redirected_elsewhere",
        )
        try:
            target = Address.of(urljoin(self.text, location).partition("?")[0])
        except (ValueError, InvalidRequest) as error:
            raise refusal from error
        is_upgrade = (self.scheme, target.scheme) == ("http", "https")
        same_place = (self.scheme, self.port) == (target.scheme, target.port)
        if target.host != self.host or not (same_place or is_upgrade):
            raise refusal
        return target
