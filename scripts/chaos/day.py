"""What people do that day, each in a thread of their own: listen, press thumbs, ask for pieces, decide about them."""

import http
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from scripts.chaos.caller import Caller, RefusedError
from scripts.chaos.ledger import Ledger

COMPOSED_SECONDS = 10.0
_FIRST_LISTEN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=200)
_BETWEEN_LISTENS = timedelta(minutes=10)
_PAUSE_SECONDS = 0.25
_REASONS = ("silence", "monotonous", "incoherent", "copy")


class Listener(threading.Thread):
    """Writes, one after the other, until told to stop; waits for each to be acknowledged."""

    def __init__(
        self, name: str, caller: Caller, ledger: Ledger, tracks: list[tuple[str, float]], seed: int, most: int
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.failed: Exception | None = None
        self._caller, self._ledger, self._tracks = caller, ledger, tracks
        self._rng = random.Random(seed)  # noqa: S311 - a script of a day, not a secret
        self._stopped = threading.Event()
        self._listens = 0
        self._most_compositions = most

    def run(self) -> None:
        """The day."""
        deeds = [self.listen] * 4 + [self.play] * 3 + [self.thumb] * 4 + [self.compose]
        try:
            while not self._stopped.is_set():
                self._rng.choice(deeds)()
                time.sleep(self._rng.uniform(0.2, 1.8) * _PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - told to the main thread, which ends the run by it
            self.failed = error

    def stop(self) -> None:
        """Finish what was begun, and nothing more."""
        self._stopped.set()

    def listen(self) -> None:
        """Tell of something that was heard elsewhere."""
        listened_at = self._next_moment()
        title = f"Heard by {self.name} no. {self._listens}"
        body = {
            "listened_at": _told(listened_at),
            "title": title,
            "artist": "the radio",
            "played_seconds": 200.0,
        }
        self._caller.insist("POST", "/listens", body)
        self._ledger.acknowledged(self.name, "listen", title=title)

    def play(self) -> None:
        """Play a track to its end."""
        track_id, seconds = self._rng.choice(self._tracks)
        began_at = self._next_moment()
        play_key = f"{self.name}-{self._listens}"
        events = [
            {
                "track_id": track_id,
                "play_key": play_key,
                "kind": kind,
                "position_seconds": position,
                "happened_at": _told(began_at + timedelta(seconds=position)),
            }
            for kind, position in (("start", 0.0), ("end", round(seconds, 3)))
        ]
        self._caller.insist("POST", "/playback-events", {"events": events})
        self._ledger.acknowledged(
            self.name, "play", play_key=play_key, track_id=track_id, began_at=_told(began_at)
        )

    def thumb(self) -> None:
        """Press a thumb, or take one back."""
        track_id, _ = self._rng.choice(self._tracks)
        value = self._rng.choice(("up", "down", "clear"))
        if value == "clear":
            self._caller.insist("DELETE", f"/tracks/{track_id}/thumb")
        else:
            self._caller.insist("PUT", f"/tracks/{track_id}/thumb", {"value": value})
        self._ledger.acknowledged(self.name, "thumb", track_id=track_id, value=value)

    def compose(self) -> None:
        """Ask for a piece."""
        if self._most_compositions == 0:
            return
        try:
            job = self._caller.insist("POST", "/compositions", {"seconds": COMPOSED_SECONDS})
        except RefusedError as refused:
            if refused.status != http.HTTPStatus.TOO_MANY_REQUESTS:
                raise
            return
        self._most_compositions -= 1
        self._ledger.acknowledged(self.name, "composition", job_id=job["id"])

    def _next_moment(self) -> datetime:
        self._listens += 1
        return _FIRST_LISTEN + self._listens * _BETWEEN_LISTENS


class Reviewer(threading.Thread):
    """Decides about what waits, and now and then takes a decision back."""

    def __init__(self, name: str, caller: Caller, ledger: Ledger, seed: int) -> None:
        super().__init__(name=f"{name} at the desk", daemon=True)
        self.failed: Exception | None = None
        self._caller, self._ledger = caller, ledger
        self._rng = random.Random(seed)  # noqa: S311 - as above
        self._stopped = threading.Event()

    def run(self) -> None:
        """The day."""
        try:
            # Before going home everything that waits is decided about.
            while self.decide_about_one() or not self._stopped.is_set():
                time.sleep(self._rng.uniform(0.2, 1.0))
        except Exception as error:  # noqa: BLE001 - as above
            self.failed = error

    def stop(self) -> None:
        """Finish what was begun, and nothing more."""
        self._stopped.set()

    def decide_about_one(self) -> bool:
        """Take the oldest piece that waits; False when none does."""
        waiting = self._caller.insist("GET", "/admin/review?state=held&limit=5")["items"]
        if not waiting:
            return False
        piece = self._rng.choice(waiting)["id"]
        body: dict[str, Any] = {"action": "approve"}
        if self._rng.random() < 0.4:
            body = {"action": "reject", "reason": self._rng.choice(_REASONS), "note": "chaos"}
        try:
            decision = self._caller.insist("POST", f"/admin/review/{piece}/decision", body)
        except RefusedError as refused:
            if refused.code != "already_decided":
                raise
            return True
        self._note(decision)
        if self._rng.random() < 0.25:
            self._note(self._caller.insist("POST", f"/admin/decisions/{decision['id']}/undo"))
        return True

    def _note(self, decision: dict[str, Any]) -> None:
        wanted = ("id", "composition_id", "action")
        self._ledger.acknowledged(self.name, "decision", **{name: decision[name] for name in wanted})


def _told(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
