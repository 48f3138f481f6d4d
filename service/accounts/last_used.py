"""When tokens, app passwords and sessions were last used: noted on every request, written together once in a while."""

import logging
import threading
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from service.accounts.viewers import Viewer
from service.errors import HomespunError
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ApiToken, AppPassword, LoginSession
from service.store.tables.base import utc_now

_WRITTEN_EVERY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class LastUsed:
    """Collects uses in memory, so that no read waits for a write; what is not written yet dies with the process.

    A thread of its own writes once a minute, started at the first use: it would not survive a fork before that.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._session_length = timedelta(days=settings.session_days)
        self._lock = threading.Lock()
        self._tokens: dict[str, datetime] = {}
        self._app_passwords: dict[str, datetime] = {}
        self._sessions: dict[str, datetime] = {}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, viewer: Viewer) -> bool:
        """The viewer's token, app password or session is used now; whether that is news after a minute."""
        now = utc_now()
        if viewer.used_at is not None and now - viewer.used_at < _WRITTEN_EVERY:
            return False
        with self._lock:
            if viewer.token_id is not None:
                self._tokens[viewer.token_id] = now
            elif viewer.app_password_id is not None:
                self._app_passwords[viewer.app_password_id] = now
            elif viewer.session_id is not None:
                self._sessions[viewer.session_id] = now
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(
                    target=self._write_again_and_again, name="last-used", daemon=True
                )
                self._thread.start()
        return True

    def write(self) -> None:
        """Write what was noted: when each was used and, of a session, its new end."""
        with self._lock:
            tokens, self._tokens = self._tokens, {}
            app_passwords, self._app_passwords = self._app_passwords, {}
            sessions, self._sessions = self._sessions, {}
        if not tokens and not app_passwords and not sessions:
            return
        with self._database.session() as db_session:
            _write_uses(db_session, ApiToken, tokens)
            _write_uses(db_session, AppPassword, app_passwords)
            for session_id, used_at in sessions.items():
                db_session.execute(
                    update(LoginSession)
                    .where(LoginSession.id == session_id, LoginSession.last_used_at < used_at)
                    .values(last_used_at=used_at, expires_at=used_at + self._session_length)
                )

    def close(self) -> None:
        """Write the rest and end the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self.write()

    def _write_again_and_again(self) -> None:
        while not self._closing.wait(_WRITTEN_EVERY.total_seconds()):
            try:
                self.write()
            except HomespunError:
                # A busy or full store: the next use is noted again.
                _log.warning("could not write when tokens were last used", exc_info=True)


def _write_uses(db_session: Session, table: type[ApiToken | AppPassword], uses: dict[str, datetime]) -> None:
    for row_id, used_at in uses.items():
        unused = or_(table.last_used_at.is_(None), table.last_used_at < used_at)
        db_session.execute(update(table).where(table.id == row_id, unused).values(last_used_at=used_at))
