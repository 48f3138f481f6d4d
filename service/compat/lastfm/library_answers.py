"""What is answered about tracks, artists and albums, in Last.fm's shapes."""

from collections.abc import Sequence

from service.compat.lastfm.calls import Page
from service.compat.lastfm.nodes import Node, artist_called
from service.library.albums import Album
from service.store.tables import Track

_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"


def track_node(track: Track, heard: int, *, is_loved: bool) -> Node:
    """A track."""
    title, artist = track.title or "", track.artist or ""
    album = [] if not track.album else [_titled(track.album, track.album_artist or artist)]
    return Node(
        "track",
        children=[
            Node("name", title),
            Node("mbid", track.recording_mbid or ""),
            Node("url"),
            Node("duration", str(round(track.duration_seconds * 1000))),
            *_counts(heard),
            Node("artist", children=[Node("name", artist), Node("mbid"), Node("url")]),
            *album,
            Node("userplaycount", str(heard)),
            Node("userloved", str(int(is_loved))),
            _tags([track.genre] if track.genre else []),
        ],
    )


def artist_node(name: str, heard: int) -> Node:
    """An artist."""
    counts = [*_counts(heard), Node("userplaycount", str(heard))]
    return Node(
        "artist", children=[Node("name", name), Node("mbid"), Node("url"), Node("stats", children=counts)]
    )


def album_node(album: Album, tracks: Sequence[Track], heard: int) -> Node:
    """An album with its tracks in their order."""
    rows = [
        Node(
            "track",
            children=[
                Node("name", track.title or ""),
                Node("duration", str(round(track.duration_seconds))),
                artist_called(track.artist or ""),
            ],
            attributes={"rank": str(rank)},
        )
        for rank, track in enumerate(tracks, start=1)
    ]
    return Node(
        "album",
        children=[
            Node("name", album.name),
            Node("artist", album.artist or ""),
            Node("mbid"),
            Node("url"),
            *_counts(heard),
            Node("userplaycount", str(heard)),
            Node("tracks", children=rows, list_of="track"),
            _tags([album.genre] if album.genre else []),
        ],
    )


def similar_tracks_node(found: Sequence[tuple[Track, float]]) -> Node:
    """Tracks, each with how alike it is, from 0 to 1."""
    nodes = [
        Node(
            "track",
            children=[
                Node("name", track.title or ""),
                Node("mbid", track.recording_mbid or ""),
                Node("match", _match(cosine)),
                Node("duration", str(round(track.duration_seconds))),
                artist_called(track.artist or ""),
            ],
        )
        for track, cosine in found
    ]
    return Node("similartracks", children=nodes, list_of="track")


def similar_artists_node(found: Sequence[tuple[str, float]]) -> Node:
    """Artists, each with how alike they are, from 0 to 1."""
    nodes = [
        Node("artist", children=[Node("name", name), Node("mbid"), Node("match", _match(cosine))])
        for name, cosine in found
    ]
    return Node("similarartists", children=nodes, list_of="artist")


def matches_node(kind: str, query: str, page: Page, found: Sequence[tuple[str, str]]) -> Node:
    """What a search for a ``kind`` found on this page: names, and whose they are where they are somebody's."""
    nodes = [
        Node(
            kind,
            children=[
                Node("name", name),
                *([Node("artist", artist)] if kind != "artist" else []),
                Node("mbid"),
                Node("listeners", "0"),
            ],
        )
        for name, artist in found
    ]
    return Node(
        "results",
        children=[
            Node("opensearch:startIndex", str(page.offset)),
            Node("opensearch:itemsPerPage", str(page.size)),
            Node(f"{kind}matches", children=nodes, list_of=kind),
        ],
        attributes={"for": query, "xmlns:opensearch": _OPENSEARCH},
    )


def tags_node(genres: Sequence[tuple[str, int]]) -> Node:
    """Genres, with how many files name each."""
    nodes = [
        Node("tag", children=[Node("name", name), Node("count", str(count)), Node("url")])
        for name, count in genres
    ]
    return Node("toptags", children=nodes, list_of="tag")


def correction_node(kind: str, name: str, artist: str = "") -> Node:
    """How a track or an artist is written here."""
    by = [artist_called(artist)] if kind == "track" else []
    told = Node(kind, children=[Node("name", name), Node("mbid"), *by])
    return Node("corrections", children=[Node("correction", children=[told], attributes={"index": "0"})])


def _counts(heard: int) -> list[Node]:
    """What others of the house hear is theirs: only the listener counts."""
    return [Node("listeners", str(int(heard > 0))), Node("playcount", str(heard))]


def _titled(album: str, artist: str) -> Node:
    return Node("album", children=[Node("artist", artist), Node("title", album), Node("mbid")])


def _tags(genres: Sequence[str]) -> Node:
    return Node(
        "toptags", children=[Node("tag", children=[Node("name", each)]) for each in genres], list_of="tag"
    )


def _match(cosine: float) -> str:
    return f"{min(max(cosine, 0.0), 1.0):.4f}"
