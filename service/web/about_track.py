"""A track's sheet: why it is in the list, what speaks for it and against it, and what can be done with it."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from service.accounts.viewers import Viewer
from service.compositions.provenance import provenance_of
from service.errors import NotPrepared
from service.http.authentication import page, viewer
from service.http.parts import parts
from service.http.track_json import track_json
from service.library.visibility import find_track
from service.listening.thumbs import thumb_of
from service.radio.lists import LISTED_PLACES, listed_json
from service.sentences import marked
from service.settings import Settings
from service.store.database import Database

PART_WORDS = {
    "centroid": marked("How near it is to what you play on the whole"),
    "nearest_cluster": marked("How near it is to one of your tastes"),
    "popularity": marked("How much it is played"),
    "like": marked("Your thumbs on what sounds like it"),
    "thumb_down": marked("Nearly the same as something you hid"),
    "chance": marked("How it fits what your thumbs have in common"),
    "collaborative": marked("What is played together in this house"),
    "context": marked("Fits what it is wanted for"),
}

WISHES: tuple[tuple[str, dict[str, float]], ...] = (
    ("More like this", {}),
    ("calmer", {"calmer": 0.6}),
    ("livelier", {"calmer": -0.6}),
    ("brighter", {"brighter": 0.6}),
    ("darker", {"brighter": -0.6}),
    ("faster", {"faster": 0.6}),
    ("slower", {"faster": -0.6}),
)

_LEAST_PART = 0.005
_BAR = 60.0


@dataclass(frozen=True)
class Part:
    """One part of a place's score; its bar on a scale of -60 to 60 begins at `left` and is `width` wide."""

    words: str
    speaks_for: bool
    left: float
    width: float


@dataclass(frozen=True)
class AboutTrack:
    """A track with its thumb; `reason` and `because` are there where it is in the list."""

    track: dict[str, Any]
    reason: str | None
    because: list[Part]
    composition_id: str | None


def add_routes(blueprint: Blueprint) -> None:
    """Hang this part into the blueprint."""
    blueprint.add_url_rule("/fragments/tracks/<track_id>", view_func=about_fragment, methods=["GET"])


@page
def about_fragment(track_id: str) -> str:
    """The sheet's inside."""
    about = about_track(parts().database, parts().settings, viewer(), track_id)
    return render_template("_about.html", about=about, wishes=WISHES)


def about_track(database: Database, settings: Settings, who: Viewer, track_id: str) -> AboutTrack:
    """All of it; raises NotFound (``unknown_track``)."""
    with database.session(read_only=True) as db_session:
        track = find_track(db_session, who.user_id, track_id)
        shown = track_json(track, thumb_of(db_session, who.user_id, [track.id]).get(track.id))
        told = provenance_of(db_session, who.user_id, track.id)
    place = _place(database, settings, who, track_id)
    return AboutTrack(
        shown,
        place["reason"] if place else None,
        _because(place["parts"]) if place else [],
        told.composition_id,
    )


def _place(database: Database, settings: Settings, who: Viewer, track_id: str) -> dict[str, Any] | None:
    try:
        listed = listed_json(database, settings, who.user_id, who.list_revision, LISTED_PLACES)
    except NotPrepared:
        return None
    return next((place for place in map(json.loads, listed) if place["track"]["id"] == track_id), None)


def _because(scored: dict[str, float]) -> list[Part]:
    """The parts that count, the greatest first, drawn beside each other on one scale."""
    counted = {name: value for name, value in scored.items() if abs(value) >= _LEAST_PART}
    most = max(map(abs, counted.values()), default=1.0)
    return [
        Part(
            PART_WORDS.get(name, name.replace("_", " ").capitalize()),
            value > 0,
            round(_BAR + min(value, 0.0) / most * _BAR, 1),
            round(abs(value) / most * _BAR, 1),
        )
        for name, value in sorted(counted.items(), key=lambda each: -abs(each[1]))
    ]
