"""What requests are answered with."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from service.accounts.app_password_keys import AppPasswordKeys
from service.accounts.last_used import LastUsed
from service.settings import Settings
from service.store.database import Database

EXTENSION = "homespun"


@dataclass(frozen=True)
class WebParts:
    """One for a web application."""

    settings: Settings
    database: Database
    last_used: LastUsed
    app_password_keys: AppPasswordKeys


def parts() -> WebParts:
    """Those of the application that answers the present request."""
    return cast(WebParts, current_app.extensions[EXTENSION])
