from pathlib import Path

from sqlalchemy import func, select

from service.bench.synthetic_store import StoreSizes, SyntheticStore, make_synthetic_store
from service.library.published_index import open_index
from service.settings import load_settings
from service.store.database import Database, open_database
from service.store.tables import Listen, TasteCluster, Track

SIZES = StoreSizes(tracks=600, listeners=5, listens=400, most_listens=200)


def made_in(folder: Path, seed: int = 0) -> tuple[SyntheticStore, Database, Path]:
    settings = load_settings(data_dir=folder)
    database = open_database(settings)
    return make_synthetic_store(database, settings, SIZES, seed=seed), database, settings.index_dir


def test_a_store_has_the_sizes_asked_for(tmp_path: Path) -> None:
    made, database, index_dir = made_in(tmp_path)
    with database.session(read_only=True) as db_session:
        assert db_session.scalar(select(func.count()).select_from(Track)) == 605
        rows = db_session.execute(
            select(Listen.user_id, func.count().label("listens")).group_by(Listen.user_id)
        )
        listens = {row.user_id: row.listens for row in rows}
        with_taste = set(db_session.scalars(select(TasteCluster.user_id)))
    database.close()
    assert open_index(index_dir)[0].tracks == 605
    assert max(listens, key=lambda user_id: listens[user_id]) == made.listener_ids[0]
    assert max(listens.values()) <= 200
    assert with_taste == set(made.listener_ids)


def test_the_same_seed_makes_the_same_store(tmp_path: Path) -> None:
    stores = [made_in(tmp_path / name, seed) for name, seed in (("one", 3), ("two", 3), ("other", 4))]
    for _, database, _ in stores:
        database.close()
    assert stores[0][0] == stores[1][0] != stores[2][0]
