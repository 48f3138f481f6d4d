"""Why a track is in the list, in one plain sentence."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from recommender.pipeline import ReasonKind, Recommendation
from service.store.tables import Track

_SENTENCES: dict[ReasonKind, str] = {
    "cold": "No plays yet: {start}.",
    "all_muted": "All of your taste is muted: {start}.",
    "liked": "You gave it a thumb up; it belongs to {where}.",
    "near_liked": "It sounds like {anchor}, to which you gave a thumb up.",
    "composed": "Composed for you: {near}.",
    "familiar": "You have played it {times}: {near}.",
    "further": "New to you and something different: {near}.",
    "similar": "New to you: {near}.",
}


class NamedTaste(Protocol):
    """What a sentence says of a cluster: the listener's name for it, or the words found for it."""

    @property
    def name(self) -> str | None:
        """The listener's name for it."""

    @property
    def words(self) -> str:
        """The words found for it."""


class ReasonWriter:
    """Writes reasons for one listener's list. tracks: by id, all that a reason may name; words: cold start, by id."""

    def __init__(
        self, tracks: Mapping[str, Track], clusters: Sequence[NamedTaste], words: Mapping[str, str]
    ) -> None:
        self._tracks, self._clusters, self._words = tracks, clusters, words

    def write(self, recommendation: Recommendation) -> str:
        """The sentence."""
        reason = recommendation.reason
        where = self._listening(reason.cluster)
        anchor = self._name(reason.anchor_id, besides=recommendation.track_id)
        near = f"it is near {anchor} in {where}" if anchor else f"it stands at the centre of {where}"
        start = f"a varied start, here {self._words.get(recommendation.track_id, 'something new')}"
        return _SENTENCES[reason.kind].format(
            anchor=anchor, near=near, start=start, times=_times(reason.plays), where=where
        )

    def _name(self, track_id: str | None, besides: str) -> str:
        if track_id is None or track_id == besides or track_id not in self._tracks:
            return ""
        return quoted(self._tracks[track_id])

    def _listening(self, cluster: int | None) -> str:
        if cluster is None or cluster >= len(self._clusters):
            return "what you play"
        row = self._clusters[cluster]
        return f"your {row.name or row.words} listening" if row.name else f"your listening to {row.words}"


def quoted(track: Track) -> str:
    """A track as a sentence names it: its title in quotation marks, and its artist where known."""
    title = f"\u201c{display_title(track)}\u201d"
    return f"{title} by {track.artist}" if track.artist else title


def display_title(track: Track) -> str:
    """The title, or the file's name where it has none."""
    return track.title or track.display_path.rsplit("/", 1)[-1]


def _times(plays: int) -> str:
    return {1: "once", 2: "twice"}.get(plays, f"{plays} times")
