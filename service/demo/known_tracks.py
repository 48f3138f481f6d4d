"""What a music app would know of the demo's tracks, also of those that are not rendered yet."""

from service.demo.histories import KnownTrack
from service.demo.music import ALBUM, package_tracks
from service.demo.scores import SCORES, SOUNDING_SECONDS


def known_tracks() -> dict[str, KnownTrack]:
    """All tracks of the demo by slug; raises NotPrepared (``demo_not_installed``)."""
    from_package = {
        track.slug: KnownTrack(track.title, track.artist, ALBUM, track.seconds) for track in package_tracks()
    }
    from_scores = {
        score.slug: KnownTrack(score.title, score.composer, score.album, SOUNDING_SECONDS[score.slug])
        for score in SCORES
    }
    return from_package | from_scores
