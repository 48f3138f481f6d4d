"""An app as others write it: signed in, and signing what it asks."""

import hashlib
from typing import Any
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.app_addresses import LASTFM_API_KEY
from service.compat.lastfm.signature import signature_of


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class App:
    """A signed-in app that signs what it asks."""

    def __init__(self, client: FlaskClient, secret: str, key: str = LASTFM_API_KEY) -> None:
        self.client, self.secret, self.key, self.session = client, secret, key, ""

    def ask(self, method: str, *, address: str = "/2.0/", **parameters: Any) -> TestResponse:
        told = {"method": method, "api_key": self.key, "sk": self.session} | parameters
        told = {name: str(value) for name, value in told.items() if value != ""}
        told.setdefault("api_sig", signature_of(told, self.secret))
        return self.client.post(address, data={name: value for name, value in told.items() if value != "-"})

    def json(self, method: str, **parameters: Any) -> Any:
        return self.ask(method, format="json", **parameters).json

    def sign_in(self, **shown: str) -> "App":
        told = self.json("auth.getMobileSession", **shown)
        self.session = told["session"]["key"]
        return self


def error_of(response: TestResponse) -> int:
    root = ET.fromstring(response.data)  # noqa: S314  # what the test itself was answered
    error = root.find("error")
    assert root.get("status") == "failed"
    assert error is not None
    assert error.text
    return int(error.get("code", ""))
