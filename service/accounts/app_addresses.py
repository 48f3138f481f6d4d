"""What to paste into an app besides its password: the one place where these addresses are written."""

from typing import NamedTuple

# Clients of Last.fm's protocol sign by a key and a secret; with this key the secret is the app password.
LASTFM_API_KEY = "homespun"


class AppAddress(NamedTuple):
    """An address to paste, and into what."""

    protocol: str
    url: str
    paste_where: str


def app_addresses(server_url: str) -> list[AppAddress]:
    """The addresses of a house that listeners reach at ``server_url``, which has no slash at its end."""
    legacy = f"{server_url}/apis/audioscrobbler_legacy/"
    return [
        AppAddress("listenbrainz", server_url, "ListenBrainz API server; token: the app password"),
        AppAddress("listenbrainz", f"{server_url}/1", "ListenBrainz API address with its version"),
        AppAddress("listenbrainz", f"{server_url}/1/submit-listens", "ListenBrainz endpoint, in full"),
        AppAddress(
            "lastfm",
            f"{server_url}/2.0/",
            "Last.fm-compatible server (GNU FM, Libre.fm); user name and app password. "
            f"Where an API key is asked for: {LASTFM_API_KEY}, and as its secret the app password",
        ),
        AppAddress("audioscrobbler", legacy, "AudioScrobbler 1.2 handshake; user name and app password"),
    ]
