"""A personal track, now: sign in, have it composed, follow that as it happens, like it, and hear its first bytes.

    python personal_track.py http://127.0.0.1:8420 ada        asks for the password, or reads it from a pipe

It needs nothing but Python.
"""

import getpass
import json
import sys
import uuid
from collections.abc import Iterator
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener

SCOPES = ["compose", "profile:read", "library:read", "feedback:write", "stream"]


class Homespun:
    """A server, and what is shown to it with every request."""

    def __init__(self, server: str) -> None:
        self._api = f"{server}/api/v1"
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.headers: dict[str, str] = {}

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        """The answer; urllib raises HTTPError for one that is no success."""
        content = None if body is None else json.dumps(body).encode()
        said = {"Content-Type": "application/json"} if body is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self._api + path, content, self.headers | said | named, method=method)
        return self._opener.open(request, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON."""
        with self.open(method, path, body, **headers) as answer:
            return json.load(answer)

    def events(self, job_id: str, seen: str) -> Iterator[dict[str, Any]]:
        """The job each time that it changes, until it or the connection ends."""
        with self.open("GET", f"/jobs/{job_id}/events", Last_Event_ID=seen) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))


def follow(homespun: Homespun, job: dict[str, Any]) -> dict[str, Any]:
    """The job once it is over. A stream that ends early is asked for again, from where it ended."""
    while job["state"] in ("queued", "running"):
        for event in homespun.events(job["id"], str(job["revision"])):
            job = event
            print(f"{job['progress']:5.0%}  {job['progress_text']}")
    return job


def main(server: str, name: str) -> None:
    """The whole story."""
    password = getpass.getpass() if sys.stdin.isatty() else input()

    # 1. Sign in. Writes by the cookie need the token that comes with it.
    browser = Homespun(server)
    signed_in = browser.ask("POST", "/sessions", {"name": name, "password": password})
    browser.headers["X-CSRF-Token"] = signed_in["csrf_token"]
    print(f"Signed in as {signed_in['name']}.")

    # 2. Make a key that may do what follows and nothing else. A program of yours keeps it and begins here.
    key = browser.ask("POST", "/me/tokens", {"label": "an example", "scopes": SCOPES})
    homespun = Homespun(server)
    homespun.headers["Authorization"] = f"Bearer {key['secret']}"

    # 3. A personal track, now. The Idempotency-Key lets a lost answer be asked for again.
    piece = homespun.ask("POST", "/compositions/next", {}, Idempotency_Key=str(uuid.uuid4()))
    if "track" in piece:
        track_id = piece["track"]["id"]
    else:
        # 4. None was ready: follow its job.
        job = follow(homespun, piece)
        if job["state"] != "done" or job["result"]["track_id"] is None:
            sys.exit(f"No track came of it: {job['error'] or 'it waits for a review.'}")
        track_id = job["result"]["track_id"]
    print(f"Composed: {homespun.ask('GET', f'/tracks/{track_id}')['title']}")

    # 5. A thumb up: the next list and the next piece follow it.
    print(homespun.ask("PUT", f"/tracks/{track_id}/thumb", {"value": "up"})["value"])

    # 6. Its first bytes, by a range.
    with homespun.open("GET", f"/tracks/{track_id}/stream", Range="bytes=0-65535") as answer:
        beginning = answer.read()
        print(f"Status {answer.status}, {len(beginning)} bytes: {beginning[:4].decode('ascii')}")

    # 7. Leave nothing behind.
    browser.open("DELETE", f"/me/tokens/{key['id']}").close()
    browser.open("DELETE", "/sessions/current").close()


if __name__ == "__main__":
    main(*sys.argv[1:])
