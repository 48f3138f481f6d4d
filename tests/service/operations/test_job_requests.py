import json
import os
from pathlib import Path

from service.operations import job_requests
from service.store.ids import new_id
from service.store.tables import utc_now


def test_a_seed_that_is_not_given_is_drawn_into_the_request() -> None:
    seeds = {job_requests.compose_music(new_id()).payload["seed"] for _ in range(5)}
    assert len(seeds) > 1
    assert all(0 <= seed <= job_requests.LARGEST_SEED for seed in seeds)


def test_a_folder_whose_name_is_no_text_can_be_scanned(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    payload = json.loads(json.dumps(dict(job_requests.scan_library(folder).payload)))
    assert bytes.fromhex(payload["folder_hex"]) == os.path.realpath(folder)


def test_a_scan_that_believes_what_is_missing_is_another_than_one_that_does_not(tmp_path: Path) -> None:
    careful, believing = (
        job_requests.scan_library(tmp_path, accept_missing=accept_missing) for accept_missing in (False, True)
    )
    assert careful.singleton_key != believing.singleton_key
    assert careful.singleton_key == job_requests.scan_library(tmp_path / "." / "x" / "..").singleton_key


def test_a_taste_is_found_a_little_later_for_what_is_told_meanwhile() -> None:
    user_id = new_id()
    soon, now = job_requests.taste_soon(user_id), job_requests.update_taste(user_id)
    assert soon.run_after is not None
    assert soon.run_after > utc_now()
    assert now.run_after is None
    assert soon.singleton_key == now.singleton_key
