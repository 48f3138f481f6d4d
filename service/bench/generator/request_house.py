"""A store of its own, with a listener to compose for, so that a whole request can be timed as the service answers it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

from generator.networks import ANCHORS_FILE
from generator.taste.anchors import AnchorTable
from service.bench.synthetic_store import StoreSizes, make_synthetic_store
from service.settings import Settings
from service.store.database import Database
from service.store.tables import ModelVersion, User

SIZES = StoreSizes(tracks=400, listeners=1, listens=200)


@dataclass(frozen=True)
class RequestHouse:
    """An open store, and the one who asks."""

    database: Database
    settings: Settings
    user_id: str


def make_request_house(database: Database, settings: Settings, weights_dir: Path) -> RequestHouse:
    """Fill an empty store. Its tracks are made up, and said to be heard by the encoder that the anchors know.

    Nobody has a standing order, so that nothing else is composed.
    """
    store = make_synthetic_store(database, settings, SIZES)
    encoder = AnchorTable.load(weights_dir / ANCHORS_FILE).encoder
    with database.session() as db_session:
        db_session.execute(update(User).values(fresh_per_taste=0))
        db_session.execute(update(ModelVersion).where(ModelVersion.kind == "encoder").values(name=encoder))
    return RequestHouse(database, settings, store.listener_ids[0])
