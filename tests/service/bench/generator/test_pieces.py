import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generator.networks import ANCHORS_FILE
from generator.pipeline import Composer
from generator.taste.anchors import AnchorTable
from service.bench.generator.pieces import (
    BenchRequest,
    compose_pieces,
    read_pieces,
    read_requests,
    requests_for,
)
from service.errors import InvalidRequest
from tests.generator.same_notes import same_notes
from tests.service.bench.generator.bench_things import bench_weights, small_cluster

SECONDS = 4.0


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def requests(weights: Path) -> list[BenchRequest]:
    clusters = [small_cluster("waltzes", 0), small_cluster("marches", 1)]
    return requests_for(clusters, AnchorTable.load(weights / ANCHORS_FILE), each=2, seconds=SECONDS, seed=3)


@pytest.fixture(scope="module")
def composer(weights: Path) -> Composer:
    return Composer.load(weights, threads=1)


def silent(_share: float, _words: str) -> None:
    """Nobody watches."""


def test_each_cluster_asks_with_seeds_of_its_own(requests: list[BenchRequest]) -> None:
    assert [request.cluster for request in requests] == ["waltzes"] * 2 + ["marches"] * 2
    seeds = [request.seed for request in requests]
    assert len(set(seeds)) == 4
    assert min(np.diff(sorted(seeds))) > 2


def test_a_run_that_was_stopped_goes_on_where_it_was(
    requests: list[BenchRequest], composer: Composer, tmp_path: Path
) -> None:
    first = compose_pieces(requests[:1], composer, tmp_path, silent)
    made = (tmp_path / f"{requests[0].name}.flac").stat().st_mtime_ns
    pieces = compose_pieces(requests[:2], composer, tmp_path, silent)
    assert first[0].flac_file.stat().st_mtime_ns == made
    assert [piece.name for piece in read_pieces(tmp_path)] == [request.name for request in requests[:2]]
    again = composer.compose(requests[1].conditioning, pieces[1].seed)
    assert same_notes(pieces[1].notes, again.notes)
    assert soundfile.info(pieces[1].flac_file).duration == pytest.approx(SECONDS)
    assert pieces[1].conditioning == requests[1].conditioning
    assert {path.suffix for path in tmp_path.glob(f"{requests[1].name}.*")} == {
        ".flac",
        ".json",
        ".mid",
        ".npz",
    }


def test_a_piece_of_another_request_is_made_anew(
    requests: list[BenchRequest], composer: Composer, tmp_path: Path
) -> None:
    compose_pieces(requests[:1], composer, tmp_path, silent)
    faster = replace(requests[0], conditioning=replace(requests[0].conditioning, tempo_bpm=150.0))
    (piece,) = compose_pieces([faster], composer, tmp_path, silent)
    assert piece.conditioning.tempo_bpm == 150.0
    assert piece.notes.tempo_bpm == pytest.approx(150.0, rel=0.35)


def test_requests_are_read_from_json_lines(requests: list[BenchRequest], tmp_path: Path) -> None:
    told = [
        {"conditioning": json.loads(request.conditioning.to_json()), "seed": request.seed, "cluster": "x/y"}
        for request in requests
    ]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in told), encoding="utf-8")
    read = read_requests(path)
    assert [request.conditioning for request in read] == [request.conditioning for request in requests]
    assert read[1].name == "002-x-y"


def test_a_request_that_nobody_can_follow_is_told_by_its_line(
    requests: list[BenchRequest], tmp_path: Path
) -> None:
    good = {"conditioning": json.loads(requests[0].conditioning.to_json()), "seed": 1, "cluster": "a"}
    bad = {**good, "conditioning": {**good["conditioning"], "tempo_bpm": 900}}
    path = tmp_path / "requests.jsonl"
    path.write_text(json.dumps(good) + "\n" + json.dumps(bad) + "\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"Line 2 .*tempo") as raised:
        read_requests(path)
    assert raised.value.code == "wrong_requests"
