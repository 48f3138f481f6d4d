import pytest

from generator.latents import clash_share, resting_share
from generator.notes import Notes
from tests.generator.pieces import small_band, track


def test_a_band_in_c_major_does_not_clash() -> None:
    assert clash_share(small_band()) == 0


def test_a_held_semitone_between_two_rows_is_a_clash() -> None:
    lead = track("lead", 73, [(0, 12, 72, 90), (12, 12, 76, 90)])
    comp = track("comp", 0, [(0, 12, 71, 90), (12, 12, 60, 90)])
    assert clash_share(Notes((lead, comp), 120, 4, 1)) == pytest.approx(0.5)
    passing = track("comp", 0, [(0, 3, 71, 90), (12, 12, 60, 90)])
    assert clash_share(Notes((lead, passing), 120, 4, 1)) == 0


def test_a_missing_tune_weighs_as_much_as_all_that_accompanies_it() -> None:
    rows = ("lead", "comp", "pad", "bass", "drums")
    band = small_band()
    assert resting_share(band, rows) == 0
    assert resting_share(Notes(band.tracks[1:], 120, 4, 4), rows) == pytest.approx(0.5)
    assert resting_share(Notes(band.tracks[:1], 120, 4, 4), rows) == pytest.approx(0.5)
