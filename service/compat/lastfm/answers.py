"""What methods answer, in Last.fm's shapes."""

from datetime import datetime

from service.compat.lastfm.nodes import Node, artist_called
from service.compat.lastfm.reading import TAKEN, TrackTold
from service.listening.heard import HeardKind, HeardOften
from service.store.tables import HeardNow, Listen, Thumb, Track, UnmatchedThumb, User

# The month's name as Last.fm writes it, whatever the language of the machine.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IGNORED = ("", "Artist name was ignored", "Track name was ignored", "Timestamp too old", "Timestamp too new")


def session_node(name: str, key: str) -> Node:
    """A session."""
    return Node("session", children=[Node("name", name), Node("key", key), Node("subscriber", "0")])


def token_node(token: str) -> Node:
    """A token, which a listener has to approve before it is good for a session."""
    return Node("token", token)


def scrobbles_node(told: list[TrackTold]) -> Node:
    """What became of each scrobble."""
    accepted = sum(each.ignored == TAKEN for each in told)
    return Node(
        "scrobbles",
        children=[
            Node("scrobble", children=[*_names(each), Node("timestamp", each.timestamp)]) for each in told
        ],
        attributes={"accepted": str(accepted), "ignored": str(len(told) - accepted)},
    )


def now_playing_node(told: TrackTold) -> Node:
    """What was taken for heard now."""
    return Node("nowplaying", children=_names(told))


def user_node(user: User, heard: int) -> Node:
    """A listener, of whom others are told nothing."""
    registered = str(int(user.created_at.timestamp()))
    return Node(
        "user",
        children=[
            Node("name", user.name),
            Node("realname"),
            Node("playcount", str(heard)),
            Node("country", "None"),
            Node("subscriber", "0"),
            Node("registered", _day(user.created_at), attributes={"unixtime": registered}),
        ],
    )


def recent_node(playing: HeardNow | None, listens: list[Listen], attributes: dict[str, str]) -> Node:
    """What is heard now, and what was."""
    nodes = [] if playing is None else [_recent(playing, None)]
    nodes += [_recent(listen, listen.listened_at) for listen in listens]
    return Node("recenttracks", children=nodes, attributes=attributes, list_of="track")


def track_scrobbles_node(listens: list[Listen], attributes: dict[str, str]) -> Node:
    """When a track was heard."""
    nodes = [_recent(listen, listen.listened_at) for listen in listens]
    return Node("trackscrobbles", children=nodes, attributes=attributes, list_of="track")


def library_node(often: list[HeardOften], attributes: dict[str, str]) -> Node:
    """Artists that were heard, the most heard first."""
    nodes = [
        Node(
            "artist",
            children=[Node("name", each.name), Node("playcount", str(each.times)), Node("tagcount", "0")],
        )
        for each in often
    ]
    return Node("artists", children=nodes, attributes=attributes, list_of="artist")


def weeks_node(weeks: list[tuple[int, int]], user: str) -> Node:
    """Weeks that there are charts of, as seconds since 1970."""
    nodes = [Node("chart", attributes={"from": str(begin), "to": str(end)}) for begin, end in weeks]
    return Node("weeklychartlist", children=nodes, attributes={"user": user}, list_of="chart")


def week_node(kind: HeardKind, often: list[HeardOften], attributes: dict[str, str]) -> Node:
    """What was heard most in a week."""
    nodes = []
    for rank, each in enumerate(often, start=1):
        by = [] if kind == "artist" else [Node("artist", each.artist, attributes={"mbid": ""})]
        told = [*by, Node("name", each.name), Node("mbid"), Node("playcount", str(each.times))]
        nodes.append(Node(kind, children=told, attributes={"rank": str(rank)}))
    return Node(f"weekly{kind}chart", children=nodes, attributes=attributes, list_of=kind)


def nobody_node(user: str) -> Node:
    """A house keeps no list of friends."""
    attributes = {"user": user, "page": "1", "perPage": "50", "totalPages": "1", "total": "0"}
    return Node("friends", attributes=attributes, list_of="user")


def no_tags_node(user: str) -> Node:
    """Nobody puts tags on music here."""
    return Node("toptags", attributes={"user": user}, list_of="tag")


def loved_node(
    loved: list[tuple[Thumb | UnmatchedThumb, Track | UnmatchedThumb]], attributes: dict[str, str]
) -> Node:
    """Tracks with a thumb up, and what waits for its track with one."""
    nodes = [
        Node(
            "track",
            children=[
                Node("name", track.title or ""),
                Node("mbid", track.recording_mbid or ""),
                artist_called(track.artist or ""),
                _date(thumb.created_at),
            ],
        )
        for thumb, track in loved
    ]
    return Node("lovedtracks", children=nodes, attributes=attributes, list_of="track")


def top_node(kind: HeardKind, often: list[HeardOften], first_rank: int, attributes: dict[str, str]) -> Node:
    """What was heard most."""
    nodes = []
    for rank, each in enumerate(often, start=first_rank):
        by = [] if kind == "artist" else [artist_called(each.artist)]
        told = [Node("name", each.name), Node("playcount", str(each.times)), Node("mbid"), *by]
        nodes.append(Node(kind, children=told, attributes={"rank": str(rank)}))
    return Node(f"top{kind}s", children=nodes, attributes=attributes, list_of=kind)


def _names(told: TrackTold) -> list[Node]:
    as_told = {"corrected": "0"}
    return [
        Node("track", told.title, attributes=as_told),
        Node("artist", told.artist, attributes=as_told),
        Node("album", told.album, attributes=as_told),
        Node("albumArtist", told.album_artist, attributes=as_told),
        Node("ignoredMessage", _IGNORED[told.ignored], attributes={"code": str(told.ignored)}),
    ]


def _recent(heard: HeardNow | Listen, listened_at: datetime | None) -> Node:
    told = [
        Node("artist", heard.artist, attributes={"mbid": ""}),
        Node("name", heard.title),
        Node("mbid", heard.recording_mbid or ""),
        Node("album", heard.album or "", attributes={"mbid": ""}),
    ]
    if listened_at is None:
        return Node("track", children=told, attributes={"nowplaying": "true"})
    return Node("track", children=[*told, _date(listened_at)])


def _date(moment: datetime) -> Node:
    said = f"{moment.day:02} {_MONTHS[moment.month - 1]} {moment:%Y, %H:%M}"
    return Node("date", said, attributes={"uts": str(int(moment.timestamp()))})


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
