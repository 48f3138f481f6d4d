"""Which server the house works beside. Nothing leaves the house before an owner has named one."""

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.egress.addresses import Address
from service.errors import Conflict, InvalidRequest, NotFound
from service.store.tables import ElsewhereServer, LibraryFolder


def name_server(db_session: Session, url: str, folder: str | None = None) -> ElsewhereServer:
    """Work beside the server at this address; composed pieces are put into the folder, if one is named.

    Accounts of another server are forgotten: their passwords are not for this one. Raises InvalidRequest
    (``bad_address``, ``folder_in_library``) and NotFound (``no_such_folder``).
    """
    address = address_of(url)
    place = None if folder is None else _folder(db_session, folder)
    row = find_server(db_session)
    if row is not None and row.url != address:
        db_session.delete(row)
        db_session.flush()
        row = None
    if row is None:
        row = ElsewhereServer(url=address)
        db_session.add(row)
    row.folder = place
    db_session.flush()
    return row


def address_of(url: str) -> str:
    """A server's address as it is kept: what apps add to it is left out. Raises InvalidRequest (``bad_address``)."""
    return Address.of(url.rstrip("/").removesuffix("/rest").rstrip("/")).text


def find_server(db_session: Session) -> ElsewhereServer | None:
    """The server that an owner named; None where the house works beside none."""
    return db_session.scalar(select(ElsewhereServer))


def server_in_use(db_session: Session) -> ElsewhereServer:
    """As `find_server`; raises Conflict (``elsewhere_is_off``) where there is none."""
    row = find_server(db_session)
    if row is None:
        raise Conflict("An owner of the house has to name the other server first.", code="elsewhere_is_off")
    return row


def forget_server(db_session: Session) -> None:
    """Work beside no server: what was kept of it and of everybody's accounts there is forgotten."""
    row = find_server(db_session)
    if row is not None:
        db_session.delete(row)
        db_session.flush()


def check_apart_from_library(db_session: Session, folder: bytes) -> None:
    """Raises InvalidRequest (``folder_in_library``): what is put there would be scanned, and be there twice."""
    for scanned in db_session.scalars(select(LibraryFolder.path)):
        if os.path.commonpath([folder, scanned]) in (folder, scanned):
            raise InvalidRequest(
                "Homespun itself scans that folder: name one apart from it, which only the other server watches.",
                code="folder_in_library",
            )


def _folder(db_session: Session, text: str) -> bytes:
    absent = NotFound("There is no such folder here; give its whole path.", code="no_such_folder")
    try:
        path = Path(text).expanduser()
        if not path.is_absolute() or not path.is_dir():
            raise absent
        real = os.path.realpath(os.fsencode(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise absent from error
    check_apart_from_library(db_session, real)
    return real
