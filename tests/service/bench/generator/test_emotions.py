import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generator.conditioning import Conditioning
from service.bench.generator.emotions import (
    MoodRequest,
    Row,
    hear_moods,
    measure_emotions,
    mood_requests,
    write_rows,
)

BASE = Conditioning(
    seconds=30, tempo_bpm=100, key=2, mode="major", style=(0.0,) * 24,
    programs={"lead": 24, "pad": 48, "bass": 33, "drums": 128},
)  # fmt: skip
BASES = {"soft": BASE, "loud": replace(BASE, tempo_bpm=130)}


def rows_of(requests: list[MoodRequest], sign: float) -> list[Row]:
    """Heard by an ear that follows the requests (sign 1) or hears their contrary (-1): the sound is the request itself."""

    def listener(samples: np.ndarray, sample_rate: int) -> dict[str, float]:
        assert sample_rate == 48_000
        valence, arousal = (float(value) for value in sign * samples[0])
        plain = {
            "flux": arousal,
            "onsets_per_second": arousal,
            "rolloff_octaves": arousal,
            "majorness": valence,
        }
        return {"valence": valence, "arousal": arousal, **plain}

    return hear_moods(
        requests,
        lambda request: (np.array([[request.valence, request.arousal]]), 48_000),
        listener,
        lambda _share, _text: None,
    )


def test_the_fixed_grid_keeps_tempo_rows_and_instruments_and_the_free_one_moves_them() -> None:
    requests = mood_requests(BASES, seconds=15, seed=3)
    fixed = [request for request in requests if request.grid == "fixed"]
    free = [request for request in requests if request.grid == "free"]
    assert (len(free), len(fixed)) == (2 * 25, 2 * 15)
    assert all(
        (request.conditioning.tempo_bpm, request.conditioning.programs)
        == (BASES[request.base].tempo_bpm, BASES[request.base].programs)
        for request in fixed
    )
    assert len({request.conditioning.density for request in fixed}) == 5
    assert len({request.conditioning.tempo_bpm for request in free if request.base == "soft"}) == 25
    assert len({len(request.conditioning.programs) for request in free}) > 1
    assert len({request.seed for request in requests}) == len({request.name for request in requests}) == 80


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_who_follows_is_followed_and_who_hears_the_contrary_is_not(
    sign: float, rng: np.random.Generator
) -> None:
    rows = rows_of(mood_requests(BASES, seconds=15, seed=0), sign)
    figures = measure_emotions(rows, [], rng, draws=60)
    assert figures["arousal"] == figures["arousal_fixed"] == figures["valence"] == pytest.approx(sign)
    assert figures["n"] == {"free": 50, "fixed": 30}
    assert figures["judge_valence"] is None
    for judge in figures["judges"].values():
        assert judge["arousal"]["low"] == pytest.approx(sign)
        assert judge["arousal"]["permuted_p95"] < 0.4
        assert judge["arousal"]["permuted_reach"] == (0.0 if sign > 0 else 1.0)
        assert set(judge["arousal"]["by_base"]) == set(BASES)


def test_the_judges_own_figures_come_from_labelled_tracks(rng: np.random.Generator) -> None:
    rows = rows_of(mood_requests({"soft": BASE}, seconds=15, seed=0), 1.0)
    backwards = [row | {"heard_valence": -row["heard_valence"]} for row in rows]
    figures = measure_emotions(rows, backwards, rng, draws=60)
    assert figures["judge_arousal"] == pytest.approx(1)
    assert figures["judge_valence"] == pytest.approx(-1)
    assert figures["labelled_n"] == len(rows)


def test_quick_asks_for_the_corners_and_rows_are_written(tmp_path: Path, rng: np.random.Generator) -> None:
    rows = rows_of(mood_requests(BASES, seconds=15, seed=0, quick=True), 1.0)
    assert len(rows) == 2 * (4 + 2)
    assert measure_emotions(rows, [], rng, draws=60)["judges"]["plain"]["arousal_fixed"]["n"] == 4
    write_rows(rows, tmp_path / "emotion.csv")
    with (tmp_path / "emotion.csv").open(newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == [row["name"] for row in rows]
