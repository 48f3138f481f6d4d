"""Why a track is in the list, in one plain sentence."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from recommender.pipeline import Recommendation
from recommender.reasons import ReasonKind
from service.sentences import marked
from service.store.tables import Track

_SENTENCES: dict[ReasonKind, str] = {
    "cold": marked("No plays yet: %(start_words)s."),
    "all_muted": marked("All of your taste is muted: %(start_words)s."),
    "liked": marked("You gave it a thumb up; it belongs to %(where_words)s."),
    "near_liked": marked("It sounds like %(anchor)s, to which you gave a thumb up."),
    "composed": marked("Composed for you: %(near_words)s."),
    "familiar": marked("You have played it %(times_words)s: %(near_words)s."),
    "further": marked("New to you and something different: %(near_words)s."),
    "similar": marked("New to you: %(near_words)s."),
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
        where_words = self._listening(reason.cluster)
        anchor = self._name(reason.anchor_id, besides=recommendation.track_id)
        here_words = self._words.get(recommendation.track_id, marked("something new"))
        return _SENTENCES[reason.kind] % {
            "anchor": anchor,
            "near_words": marked(f"it is near {anchor} in {where_words}")
            if anchor
            else marked(f"it stands at the centre of {where_words}"),
            "start_words": marked(f"a varied start, here {here_words}"),
            "times_words": _times(reason.plays),
            "where_words": where_words,
        }

    def _name(self, track_id: str | None, besides: str) -> str:
        if track_id is None or track_id == besides or track_id not in self._tracks:
            return ""
        return quoted(self._tracks[track_id])

    def _listening(self, cluster: int | None) -> str:
        if cluster is None or cluster >= len(self._clusters):
            return marked("what you play")
        row = self._clusters[cluster]
        return marked(f"your {row.name} listening") if row.name else marked(f"your listening to {row.words}")


def quoted(track: Track) -> str:
    """A track as a sentence names it: its title in quotation marks, and its artist where known."""
    title = f"\u201c{display_title(track)}\u201d"
    return f"{title} by {track.artist}" if track.artist else title


def display_title(track: Track) -> str:
    """The title, or the file's name where it has none."""
    return track.title or track.display_path.rsplit("/", 1)[-1]


def _times(plays: int) -> str:
    return {1: marked("once"), 2: marked("twice")}.get(plays, marked(f"{plays} times"))
