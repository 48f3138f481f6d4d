"""Tags of one file as plain lists of text, by mutagen: nothing here trusts their sizes or their contents."""

from collections.abc import Callable, Iterable
from typing import Any

import mutagen
from mutagen.asf import ASFTags
from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

# More than any real title; what is longer is cut here so that no answer grows with the file.
MAX_CHARACTERS = 4_096
MAX_VALUES = 8

Tags = dict[str, list[str]]
Names = dict[str, tuple[str, ...]]

ID3_FRAMES: Names = {
    "title": ("TIT2",),
    "artist": ("TPE1",),
    "album": ("TALB",),
    "album_artist": ("TPE2",),
    "genre": ("TCON",),
    "date": ("TDRC", "TYER", "TDOR"),
    "track_number": ("TRCK",),
    "disc_number": ("TPOS",),
    "isrc": ("TSRC",),
    "recording_mbid": ("UFID:http://musicbrainz.org",),
    "bpm": ("TBPM",),
    "key": ("TKEY",),
}
COMMENT_FIELDS: Names = {
    "title": ("title",),
    "artist": ("artist",),
    "album": ("album",),
    "album_artist": ("albumartist", "album artist"),
    "genre": ("genre",),
    "date": ("date", "year", "originaldate"),
    "track_number": ("tracknumber",),
    "disc_number": ("discnumber",),
    "isrc": ("isrc",),
    "recording_mbid": ("musicbrainz_trackid",),
    "bpm": ("bpm", "tempo"),
    "key": ("initialkey", "key"),
}
MP4_ATOMS: Names = {
    "title": ("\xa9nam",),
    "artist": ("\xa9ART",),
    "album": ("\xa9alb",),
    "album_artist": ("aART",),
    "genre": ("\xa9gen",),
    "date": ("\xa9day",),
    "track_number": ("trkn",),
    "disc_number": ("disk",),
    "isrc": ("----:com.apple.iTunes:ISRC",),
    "recording_mbid": ("----:com.apple.iTunes:MusicBrainz Track Id",),
    "bpm": ("tmpo",),
    "key": ("----:com.apple.iTunes:initialkey",),
}
ASF_FIELDS: Names = {
    "title": ("Title",),
    "artist": ("Author",),
    "album": ("WM/AlbumTitle",),
    "album_artist": ("WM/AlbumArtist",),
    "genre": ("WM/Genre",),
    "date": ("WM/Year",),
    "track_number": ("WM/TrackNumber",),
    "disc_number": ("WM/PartOfSet",),
    "isrc": ("WM/ISRC",),
    "recording_mbid": ("MusicBrainz/Track Id",),
    "bpm": ("WM/BeatsPerMinute",),
    "key": ("WM/InitialKey",),
}


def read_tags(path: bytes) -> Tags:
    """The tags we know, by our names; empty when there are none or they are broken.

    Broken tags make no file unreadable: mutagen raises almost anything on hostile ones, MemoryError included.
    """
    try:
        file = mutagen.File(path)
        if file is None or file.tags is None:
            return {}
        return _collected(file.tags)
    except Exception:  # noqa: BLE001  # whatever a broken tag raises, the audio may still be good
        return {}


def _collected(tags: Any) -> Tags:
    names, values_of = _dialect(tags)
    found: Tags = {}
    for name, keys in names.items():
        for key in keys:
            values = [str(value)[:MAX_CHARACTERS] for value in values_of(tags, key)][:MAX_VALUES]
            if values:
                found[name] = values
                break
    return found


def _dialect(tags: Any) -> tuple[Names, Callable[[Any, str], Iterable[Any]]]:
    if isinstance(tags, ID3):
        return ID3_FRAMES, _id3_values
    if isinstance(tags, MP4Tags):
        return MP4_ATOMS, _mp4_values
    if isinstance(tags, ASFTags):
        return ASF_FIELDS, _listed_values
    return COMMENT_FIELDS, _listed_values


def _listed_values(tags: Any, key: str) -> Iterable[Any]:
    values: list[Any] = tags.get(key, [])
    return values


def _id3_values(tags: Any, key: str) -> list[Any]:
    frame = tags.get(key)
    if frame is None:
        return []
    if key.startswith("UFID"):
        return [frame.data.decode("ascii", "replace")]
    # `genres` turns the numbers of ID3v1 into words.
    values: list[Any] = frame.genres if key == "TCON" else frame.text
    return values


def _mp4_values(tags: Any, key: str) -> Iterable[Any]:
    for value in tags.get(key, []):
        if isinstance(value, tuple):
            yield value[0] or ""
        elif isinstance(value, bytes):
            yield value.decode("utf-8", "replace")
        else:
            yield value
