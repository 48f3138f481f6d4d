"""Lists of what a house has none of: apps that look for it are told so. Making any is not offered."""

from flask import Response

from service.compat.opensubsonic.answering import answer
from service.compat.opensubsonic.methods import method

_LISTS = {
    "getChatMessages": ("chatMessages", "chatMessage"),
    "getInternetRadioStations": ("internetRadioStations", "internetRadioStation"),
    "getNewestPodcasts": ("newestPodcasts", "episode"),
    "getPodcasts": ("podcasts", "channel"),
    "getShares": ("shares", "share"),
    "getVideos": ("videos", "video"),
}


def _offer(name: str, list_name: str, element: str) -> None:
    @method(name, "library:read")
    def none() -> Response:
        return answer(**{list_name: {element: []}})


for _name, (_list_name, _element) in _LISTS.items():
    _offer(_name, _list_name, _element)
