"""How often a password may be tried: counted in the store, so that all processes count together.

Wrong passwords count for a few minutes against the pair of name and address, and, more of them, against the address.
They never count against the name alone: whoever guesses from elsewhere cannot lock a listener out. Each door counts
for itself: an app that goes on showing a password of yesterday does not keep anybody from signing in at a page.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from service.errors import TooManyRequests
from service.store.tables import LoginFailure

WINDOW = timedelta(minutes=5)
FAILURES_PER_PAIR = 5
FAILURES_PER_ADDRESS = 20
_ADDRESS_MAX_CHARACTERS = 64
# Whoever has one IPv6 address usually has all of its network.
_IPV6_NETWORK_BITS = 64


def count_attempt(db_session: Session, name: str, address: str, now: datetime, *, door: str = "") -> str:
    """An attempt begins: counted as failed until `forget_failures` says otherwise, so that many at once are no way around.

    Returns the id of what was counted. Raises TooManyRequests (``too_many_attempts``).
    """
    db_session.execute(delete(LoginFailure).where(LoginFailure.failed_at <= now - WINDOW))
    refuse_if_throttled(db_session, name, address, now, door=door)
    row = LoginFailure(name_sha256=_sha256(name), address=_counted_under(address, door), failed_at=now)
    db_session.add(row)
    db_session.flush()
    return row.id


def refuse_if_throttled(
    db_session: Session, name: str, address: str, now: datetime, *, door: str = ""
) -> None:
    """Raises TooManyRequests (``too_many_attempts``) where too many failures count at present."""
    counted_under = _counted_under(address, door)
    _refuse_more_than(db_session, FAILURES_PER_PAIR, _pair(name, counted_under), now)
    _refuse_more_than(db_session, FAILURES_PER_ADDRESS, LoginFailure.address == counted_under, now)


def forget_failures(db_session: Session, name: str, address: str) -> None:
    """The password was right. Other names' failures from this address still count: they may be somebody's guesses."""
    db_session.execute(delete(LoginFailure).where(_pair(name, network_of(address))))


def network_of(address: str) -> str:
    """What attempts from this address are counted under."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:_ADDRESS_MAX_CHARACTERS]
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ip_network((int(ip), _IPV6_NETWORK_BITS), strict=False))
    return str(ip)


def _refuse_more_than(db_session: Session, most: int, of: ColumnElement[bool], now: datetime) -> None:
    # Of the newest `most` failures the oldest is the next to be forgotten.
    oldest_that_counts = db_session.scalar(
        select(LoginFailure.failed_at)
        .where(of, LoginFailure.failed_at > now - WINDOW)
        .order_by(LoginFailure.failed_at.desc())
        .offset(most - 1)
        .limit(1)
    )
    if oldest_that_counts is not None:
        seconds = max(1, round((oldest_that_counts + WINDOW - now).total_seconds()))
        raise TooManyRequests(
            "Too many wrong passwords: wait a few minutes and try again.",
            code="too_many_attempts",
            retry_after_seconds=seconds,
        )


def _counted_under(address: str, door: str) -> str:
    return f"{door} {network_of(address)}"[:_ADDRESS_MAX_CHARACTERS] if door else network_of(address)


def _pair(name: str, counted_under: str) -> ColumnElement[bool]:
    return and_(LoginFailure.name_sha256 == _sha256(name), LoginFailure.address == counted_under)


def _sha256(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
