"""A house with three people who all have something of everything, and every route of the application filled in."""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.accounts.api_tokens import issue, revoke_token
from service.accounts.app_passwords import issue_app_password
from service.accounts.login_sessions import open_session
from service.accounts.people import set_password
from service.accounts.scopes import LISTENER_SCOPES, scopes_of
from service.compositions.review import decide
from service.http.authentication import Access, access_of
from service.listening.import_report import ImportPreview
from service.listening.mutes import mute
from service.operations.job_queue import enqueue
from service.operations.job_requests import update_taste
from service.store.tables import (
    Composition,
    HistoryImport,
    Job,
    LibraryFolder,
    Station,
    TasteCluster,
    TasteMerge,
    Track,
    utc_now,
)
from tests.service.clients import listener, parts_of
from tests.service.compositions.held_pieces import keep_piece
from tests.service.small_library import blob_encoder, embed

API = "/api/v1"

# Of the ids in paths, those that belong to the house and not to a listener.
HOUSE_IDS = {"library_id", "decision_id", "backup_name", "version_id", "filename"}

PASSWORD = "a seam that holds"

# What is sent where a view reads a body; words in braces are ids of the first listener's things.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/sessions"): {"name": "nobody", "password": "not the right one"},
    ("POST", "/libraries"): {"folder": "/"},
    ("POST", "/music-folder"): {"folder": "/"},
    ("POST", "/listens"): {"listened_at": "2026-11-22T20:15:00Z", "title": "Song", "artist": "Artist"},
    ("POST", "/me/tokens"): {"label": "radio", "scopes": ["stream"]},
    ("POST", "/me/app-passwords"): {"label": "phone"},
    ("PATCH", "/me"): {"fresh_per_taste": 1},
    ("PUT", "/me/password"): {"old": PASSWORD, "new": "another seam"},
    ("POST", "/choose-password"): {"new": "another seam", "again": "another seam"},
    ("DELETE", "/me"): {"name": "ada"},
    ("POST", "/me/mutes"): {"scope": "track", "what": "{track_id}"},
    ("POST", "/imports/<id:import_id>/commit"): {"include_private": False},
    ("POST", "/compositions"): {"cluster_id": "{cluster_id}"},
    ("POST", "/compositions/next"): {"cluster_id": "{cluster_id}"},
    ("PATCH", "/compositions/<id:composition_id>"): {"title": "Another"},
    ("POST", "/compositions/<id:composition_id>/edits"): {"kind": "transpose", "semitones": 2},
    ("POST", "/compositions/<id:composition_id>/title"): {"title": "Another"},
    ("POST", "/compose/keep"): {"keep": "{composition_id}", "job": "{made_job_id}"},
    ("PATCH", "/profile/taste/clusters/<id:cluster_id>"): {"muted": False},
    ("POST", "/profile/taste/clusters/<id:cluster_id>/merge"): {"other_id": "{other_cluster_id}"},
    ("POST", "/stations"): {"track_id": "{track_id}"},
    ("POST", "/stations/<id:station_id>/next"): {"count": 1},
    ("PUT", "/admin/elsewhere"): {"url": "http://127.0.0.1:9"},
    ("PUT", "/me/elsewhere"): {"name": "ada", "password": "there"},
    ("PUT", "/tracks/<id:track_id>/thumb"): {"value": "up"},
    ("PUT", "/tracks/<id:track_id>/emotion"): {"arousal": 0.5},
    ("POST", "/admin/review/<id:composition_id>/decision"): {"action": "approve"},
    ("POST", "/taste/<id:cluster_id>"): {"name": "Sunday mornings"},
    ("POST", "/taste/<id:cluster_id>/merge"): {"other_id": "{other_cluster_id}"},
    ("POST", "/taste/mutes"): {"scope": "tag", "name": "noise"},
    ("POST", "/account/app-passwords"): {"label": "phone"},
    ("POST", "/account/preferences"): {"fresh_per_taste": "1"},
    ("POST", "/account/elsewhere"): {"elsewhere_name": "ada", "elsewhere_password": "there"},
    ("POST", "/admin/outside/server"): {"url": "http://127.0.0.1:9"},
    ("POST", "/account/password"): {"old": PASSWORD, "new": "another seam", "again": "another seam"},
    ("POST", "/about-me/erase"): {"name": "ada"},
    ("POST", "/playback-events"): {
        "events": [
            {
                "track_id": "{track_id}",
                "play_key": "a play",
                "kind": "start",
                "position_seconds": 0.0,
                "happened_at": "2026-11-22T20:15:00Z",
            }
        ]
    },
}

# Files that are sent in a form instead.
FILES = {
    ("POST", "/imports"): (
        "file",
        b'[{"endTime": "2026-11-22 20:15", "artistName": "A", "trackName": "S", "msPlayed": 1}]',
    )
}
FILES["POST", "/import"] = FILES["POST", "/imports"]

QUERIES = {
    ("GET", "/search"): "?q=song",
    ("GET", "/compositions/understood"): "?words=calm",
}


@dataclass
class House:
    """The application, and by the name a route gives it the id of one of ada's things."""

    app: APIFlask
    ids: dict[str, str]
    secrets: dict[str, str]

    def program(self, name: str) -> FlaskClient:
        """A program with one of the tokens made for it."""
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.secrets[name]}"
        return client


@dataclass(frozen=True)
class Call:
    """One method of one route, filled in."""

    method: str
    rule: Rule
    access: Access

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def _key(self) -> tuple[str, str]:
        return self.method, self.rule.rule.removeprefix(API)

    @property
    def is_private(self) -> bool:
        """Whether it names something that is one listener's."""
        return bool(self.rule.arguments - HOUSE_IDS) or "_id}" in str(BODIES.get(self._key))

    def ask(self, client: FlaskClient, ids: dict[str, str], **headers: str) -> TestResponse:
        """The answer; a KeyError names an id that this file does not know."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], self.rule.rule)
        response = client.open(
            path + QUERIES.get(self._key, ""),
            method=self.method,
            **self._sent(ids),
            headers=headers,
            buffered=False,
        )
        if response.mimetype == "text/event-stream":
            # It goes on for as long as there is work.
            next(iter(response.iter_encoded()), b"")
        else:
            response.get_data()
        response.close()
        return response

    def _sent(self, ids: dict[str, str]) -> dict[str, Any]:
        if self._key in FILES:
            name, content = FILES[self._key]
            return {"data": {name: (io.BytesIO(content), "a file")}}
        return {"json" if self.rule.rule.startswith(API) else "data": _filled(self._body, ids)}

    @property
    def ends_session(self) -> bool:
        """Whether a browser is signed out by it; a program has no session to end."""
        return self.erases or self.rule.rule.endswith(
            ("/sessions/current", "/sign-out", "/account/password", "/me/password", "/sessions/end-others")
        )

    @property
    def erases(self) -> bool:
        """Whether nothing of the person is left after it."""
        return self._key in (("DELETE", "/me"), ("POST", "/about-me/erase"))

    @property
    def _body(self) -> dict[str, Any] | None:
        return BODIES.get(self._key)


def _filled(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, ids) for value in body]
    if isinstance(body, str) and body.startswith("{"):
        return ids[body.strip("{}")]
    return body


def calls_of(app: APIFlask) -> list[Call]:
    """Every method of every route that is not anybody's; what apps may call is in `test_app_access.py`."""
    with app.app_context():
        found = [
            (method, rule, access_of(rule.endpoint))
            for rule in app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    assert all(access is not None for _, _, access in found)
    calls = [
        Call(method, rule, access)
        for method, rule, access in found
        if access and access.kind not in ("public", "app")
    ]
    return sorted(calls, key=lambda call: (call.ends_session, call.erases))


def house_of(web_app: APIFlask) -> House:
    """ada has something of every kind; ben, another listener, and rosa, who owns the house, have the same."""
    parts = parts_of(web_app)
    with parts.database.session() as db_session:
        rosa = listener(db_session, "rosa", owner=True)
        ada, ben = listener(db_session, "ada"), listener(db_session, "ben")
        set_password(db_session, ada, PASSWORD)
        people = {"rosa": rosa.id, "ada": ada.id, "ben": ben.id}
    ids = {name: _things_of(web_app, people, name) for name in ("rosa", "ben", "ada")}["ada"]
    secrets = {}
    with parts.database.session() as db_session:
        for name, user_id in people.items():
            scopes = scopes_of(is_owner=name == "rosa")
            secrets[name] = issue(db_session, user_id, "everything", scopes).secret
        revoked = issue(db_session, people["ada"], "revoked", LISTENER_SCOPES)
        revoke_token(db_session, people["ada"], revoked.row.id)
        secrets["revoked"] = revoked.secret
        for scope in scopes_of(is_owner=True):
            others = scopes_of(is_owner=True) - {scope}
            secrets[f"without {scope}"] = issue(db_session, people["rosa"], "less", others).secret
            if scope in LISTENER_SCOPES:
                theirs = LISTENER_SCOPES - {scope}
                secrets[f"ada without {scope}"] = issue(db_session, people["ada"], "less", theirs).secret
    return House(web_app, ids, secrets)


def _things_of(app: APIFlask, people: dict[str, str], name: str) -> dict[str, str]:
    """One of everything, by the name that routes give its id."""
    parts, user_id = parts_of(app), people[name]
    listed = keep_piece(parts.database, parts.settings, user_id, title=f"Listed {name}", listed=True)
    held = keep_piece(parts.database, parts.settings, user_id, title=f"Held {name}")
    with parts.database.session() as db_session:
        track_id = db_session.get_one(Composition, listed).track_id
        assert track_id is not None
        track = db_session.get_one(Track, track_id)
        embed(db_session, track, "piano", np.random.default_rng(1))
        cluster = _cluster(db_session, user_id, track_id)
        other_cluster = _cluster(db_session, user_id, track_id, position=1)
        merge = TasteMerge(user_id=user_id, track_id=track_id, other_track_id=track_id)
        db_session.add(merge)
        job = enqueue(db_session, update_taste(user_id))
        job.state, job.finished_at = "failed", utc_now()
        made_job = Job(kind="compose_music", user_id=user_id, state="done", result={"composition_id": listed})
        db_session.add(made_job)
        folder = LibraryFolder(path=f"/music/{name}".encode())
        db_session.add(folder)
        db_session.flush()
        station = Station(user_id=user_id, track_id=track_id)
        db_session.add(station)
        history_import = HistoryImport(
            user_id=user_id, source="maloja", file_name="a file", file_sha256="0" * 64, state="ready"
        )
        history_import.preview = ImportPreview("maloja").to_json()
        db_session.add(history_import)
        db_session.flush()
        decision = decide(db_session, parts.settings, people["rosa"], held, "reject", "copy")
        return {
            "composition_id": listed,
            "track_id": track_id,
            "cluster_id": cluster.id,
            "other_cluster_id": other_cluster.id,
            "merge_id": merge.id,
            "job_id": job.id,
            "made_job_id": made_job.id,
            "library_id": folder.id,
            "station_id": station.id,
            "mute_id": mute(db_session, user_id, "tag", name="christmas").id,
            "import_id": history_import.id,
            "decision_id": decision.id,
            "token_id": issue(db_session, user_id, "theirs", ["stream"]).row.id,
            "app_password_id": issue_app_password(
                db_session, parts.app_password_keys, user_id, "theirs"
            ).row.id,
            "session_id": open_session(db_session, parts.settings, user_id).row.id,
            "version_id": blob_encoder(db_session).id,
            "backup_name": "nothing.sqlite3",
            "filename": "nothing.js",
            "held_id": held,
            "user_id": user_id,
        }


def _cluster(db_session: Session, user_id: str, track_id: str, position: int = 0) -> TasteCluster:
    cluster = TasteCluster(
        user_id=user_id,
        position=position,
        words="soft piano",
        medoid_track_id=track_id,
        centroid=np.ones(8, dtype="<f4").tobytes(),
        encoder_id=blob_encoder(db_session).id,
        share=0.5,
        valence=0.0,
        arousal=0.0,
        valence_spread=0.1,
        arousal_spread=0.1,
        hour_profile=[1.0 / 24] * 24,
    )
    db_session.add(cluster)
    db_session.flush()
    return cluster
