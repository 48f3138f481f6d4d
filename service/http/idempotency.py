"""A POST that is sent twice with one ``Idempotency-Key`` acts once, and is answered twice alike."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.errors import Conflict, InvalidRequest
from service.http.authentication import viewer
from service.http.parts import parts
from service.store.tables import AnsweredRequest
from service.store.tables.base import utc_now

_HEADER = "Idempotency-Key"
_KEPT_FOR = timedelta(days=1)
_KEY_MAX_CHARACTERS = 200

Answer = tuple[dict[str, Any], int, dict[str, str]]
Handler = Callable[[Session], Answer]


def answered_once(handler: Handler, *, holds_secret: bool = False, sent: bytes | None = None) -> Response:
    """Answer with the handler's body, status and headers; it writes in the session it is given.

    With an ``Idempotency-Key`` the answer is kept for a day in that same transaction, and given again to the same
    request. An answer that ``holds_secret`` is never kept, so the key is refused. ``sent`` stands for a body that was read as
    a form, and cannot be read again. Raises InvalidRequest
    (``bad_idempotency_key``, ``idempotency_key_refused``) and Conflict (``idempotency_key_reused``) for a key that
    came with another request.
    """
    key = request.headers.get(_HEADER)
    if key is None:
        with parts().database.session() as db_session:
            answer = handler(db_session)
        return _response(answer)
    if holds_secret:
        raise InvalidRequest(
            f"What is answered here is shown once: send no {_HEADER}.", code="idempotency_key_refused"
        )
    if not 1 <= len(key) <= _KEY_MAX_CHARACTERS or not key.isascii() or not key.isprintable():
        raise InvalidRequest(
            f"An {_HEADER} has 1 to {_KEY_MAX_CHARACTERS} printable ASCII characters.",
            code="bad_idempotency_key",
        )
    try:
        return _answer_and_keep(handler, key, sent)
    except IntegrityError:
        # Another process may have answered the same request in the meantime, where the store lets two write at once.
        with parts().database.session(read_only=True) as db_session:
            kept = _kept(db_session, key, sent)
            if kept is None:
                raise
            return kept


def _answer_and_keep(handler: Handler, key: str, sent: bytes | None) -> Response:
    with parts().database.session() as db_session:
        db_session.execute(delete(AnsweredRequest).where(AnsweredRequest.created_at < utc_now() - _KEPT_FOR))
        kept = _kept(db_session, key, sent)
        if kept is not None:
            return kept
        body, status, headers = answer = handler(db_session)
        db_session.add(
            AnsweredRequest(
                user_id=viewer().user_id,
                key=key,
                request_sha256=_request_sha256(sent),
                status=status,
                body=body,
                headers=headers,
            )
        )
    return _response(answer)


def _kept(db_session: Session, key: str, sent: bytes | None) -> Response | None:
    row = db_session.scalar(
        select(AnsweredRequest).where(AnsweredRequest.user_id == viewer().user_id, AnsweredRequest.key == key)
    )
    if row is None:
        return None
    if row.request_sha256 != _request_sha256(sent):
        raise Conflict(f"This {_HEADER} came with another request before.", code="idempotency_key_reused")
    response = _response((row.body, row.status, row.headers))
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _request_sha256(sent: bytes | None) -> str:
    body = request.get_data() if sent is None else sent
    told = b"\n".join((request.method.encode(), request.full_path.encode("utf-8", "surrogatepass"), body))
    return hashlib.sha256(told).hexdigest()


def _response(answer: Answer) -> Response:
    body, status, headers = answer
    response = jsonify(body)
    response.status_code = status
    response.headers.update(headers)
    return response
