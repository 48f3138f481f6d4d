"""A listener of two tastes, so that what is shown of tastes can be looked at without finding them first."""

import numpy as np
from apiflask import APIFlask
from sqlalchemy.orm import Session

from service.accounts.login_sessions import open_session
from service.store.tables import TasteCluster, TasteClusterTrack, Track, User
from tests.service.clients import listener, parts_of
from tests.service.small_library import add_sounding_tracks, blob_encoder, publish


def add_two_tastes(db_session: Session, user: User, rng: np.random.Generator) -> list[Track]:
    """Piano and metal at night, five tracks each; returns the tracks."""
    encoder = blob_encoder(db_session)
    encoder.promoted = True
    found = []
    for position, sound in enumerate(("piano", "metal")):
        tracks = add_sounding_tracks(db_session, sound, 5, rng)
        cluster = TasteCluster(
            user_id=user.id,
            position=position,
            words=f"{sound} at night",
            medoid_track_id=tracks[0].id,
            centroid=np.eye(8, dtype="<f4")[position].tobytes(),
            encoder_id=encoder.id,
            share=0.6 - 0.2 * position,
            valence=0.2,
            arousal=0.0,
            valence_spread=0.1,
            arousal_spread=0.1,
            hour_profile=[1.0 / 24] * 24,
        )
        db_session.add(cluster)
        db_session.flush()
        for track in tracks:
            db_session.add(TasteClusterTrack(cluster_id=cluster.id, track_id=track.id, weight=1.0))
        found += tracks
    return found


def house_of_two_tastes(app: APIFlask, rng: np.random.Generator) -> str:
    """Ada's two tastes in this application's house, published; returns the secret of a session of hers."""
    parts = parts_of(app)
    with parts.database.session() as db_session:
        ada = listener(db_session, "ada")
        add_two_tastes(db_session, ada, rng)
        secret = open_session(db_session, parts.settings, ada.id).secret
    publish(parts.database, parts.settings)
    return secret
