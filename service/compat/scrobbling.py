"""Where scrobblers' protocols are mounted."""

from flask import Flask

from service.compat.audioscrobbler import views as audioscrobbler
from service.compat.audioscrobbler.at_root import install_handshake_at_root
from service.compat.lastfm import approval as lastfm_approval
from service.compat.lastfm import views as lastfm
from service.compat.listenbrainz import views as listenbrainz


def mount_scrobbling(app: Flask, url_path: str) -> None:
    """Below the root, where clients look, and below ``/apis``; all of it below ``url_path``."""
    app.register_blueprint(listenbrainz.blueprint, url_prefix="/1")
    app.register_blueprint(
        listenbrainz.blueprint, url_prefix="/apis/listenbrainz/1", name="listenbrainz_below_apis"
    )
    app.register_blueprint(lastfm.blueprint, url_prefix="/2.0")
    app.register_blueprint(lastfm.blueprint, url_prefix="/apis/audioscrobbler/2.0", name="lastfm_below_apis")
    app.register_blueprint(lastfm_approval.blueprint, url_prefix="/api/auth")
    app.register_blueprint(audioscrobbler.blueprint, url_prefix=audioscrobbler.PATH)
    install_handshake_at_root(app, url_path)
