from pathlib import Path

import numpy as np

from service.bench.ear.heard_store import HeardStore, HeardTrack


def test_what_was_heard_comes_back_to_the_last_bit_and_only_from_the_same_encoder(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    sizes = {"raw": (400,), "vector": (60,), "tags": (100,)}
    arrays = {name: rng.random(size).astype(np.float32) for name, size in sizes.items()}
    heard = HeardTrack(**arrays, facts={"tempo_bpm": 101.25, "warnings": ["short"], "is_music": True})
    store = HeardStore(tmp_path, "ear", "0" * 64)
    assert store.get("a" * 32) is None
    store.put("a" * 32, heard)
    again = HeardStore(tmp_path, "ear", "0" * 64).get("a" * 32)
    assert again is not None
    assert again.facts == heard.facts
    for name, values in arrays.items():
        assert np.array_equal(getattr(again, name), values)
    assert HeardStore(tmp_path, "ear", "1" * 64).get("a" * 32) is None


def test_rows_are_kept_by_their_name(tmp_path: Path) -> None:
    store = HeardStore(tmp_path, "ear", "0" * 64)
    assert store.get_rows("rendered") is None
    store.put_rows("rendered", {"rows": [1, 2]})
    assert store.get_rows("rendered") == {"rows": [1, 2]}
