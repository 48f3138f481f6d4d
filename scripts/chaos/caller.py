"""A client that does not give up: what is not answered is asked again, with the same key."""

import http.client
import json
import time
from typing import Any
from uuid import uuid4

from scripts.chaos.ledger import Ledger

_PATIENCE_SECONDS = 120.0
_ANSWER_SECONDS = 20.0
_PAUSE_SECONDS = 0.15


class UnansweredError(Exception):
    """The connection broke, or the service said that it cannot answer just now."""


class RefusedError(Exception):
    """The service said no."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem}")
        self.status, self.code = status, problem.get("code")


class Caller:
    """One listener's app."""

    def __init__(self, port: int, token: str, ledger: Ledger) -> None:
        self._port, self._token, self._ledger = port, token, ledger

    def insist(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON. Raises RefusedError for a 4xx, UnansweredError after two minutes without any answer."""
        key = uuid4().hex if method == "POST" else None
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._ask(method, path, body, key)
            except UnansweredError:
                if time.monotonic() > give_up_at:
                    raise
            self._ledger.retried()
            time.sleep(_PAUSE_SECONDS)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, key: str | None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_SECONDS)
        try:
            connection.request(
                method, f"/api/v1{path}", json.dumps(body) if body is not None else None, headers
            )
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise UnansweredError from error
        finally:
            connection.close()
        if response.status >= 500:
            raise UnansweredError
        told = json.loads(content) if content else None
        if response.status >= 400:
            raise RefusedError(response.status, told or {})
        return told
