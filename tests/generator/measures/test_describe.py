import numpy as np
import pytest

from generator.measures.corruptions import jitter_pitch, swap_row
from generator.measures.describe import describe, feature_names
from generator.notes import Notes
from tests.generator.pieces import BAR_STEPS, small_band, track


def value(notes: Notes, name: str) -> float:
    return float(describe(notes)[feature_names().index(name)])


def test_every_feature_has_a_name_of_its_own_and_a_finite_value() -> None:
    for notes in (small_band(16), Notes((), 100.0, 4, 1), Notes((small_band().tracks[-1],), 90.0, 4, 4)):
        found = describe(notes)
        assert found.shape == (len(feature_names()),)
        assert np.isfinite(found).all()
    assert len(set(feature_names())) == len(feature_names())


def test_tempo_instruments_and_velocity_are_not_described() -> None:
    band = small_band(8)
    louder = tuple(
        track(
            one.row,
            11 if not one.is_drums else 128,
            [
                (*note, 30)
                for note in zip(
                    one.onset_steps.tolist(), one.duration_steps.tolist(), one.pitch.tolist(), strict=True
                )
            ],
        )
        for one in band.tracks
    )
    assert (describe(band) == describe(Notes(louder, 61.0, 4, 8))).all()


def test_the_key_changes_only_how_high_it_lies() -> None:
    lines = ((0, 12, 60), (12, 6, 62), (18, 6, 64), (24, 24, 67), (48, 24, 72), (72, 24, 71))
    chords = ((0, 48, 48), (0, 48, 52), (0, 48, 55), (48, 48, 43), (48, 48, 47), (48, 48, 50))
    low, high = (
        Notes(
            tuple(
                track(row, 0, [(on, long, pitch + up, 80) for on, long, pitch in notes])
                for row, notes in (("lead", lines), ("comp", chords))
            ),
            100.0,
            4,
            2,
        )
        for up in (0, 5)
    )
    differing = {
        name
        for name, one, two in zip(feature_names(), describe(low), describe(high), strict=True)
        if abs(one - two) > 1e-5
    }
    assert differing == {"lead: pitch, mean", "comp: pitch, mean"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lead: on beat", 1.0),
        ("lead: onsets a bar", np.log1p(4)),
        ("comp: notes an onset", 3.0),
        ("pad: legato", 1.0),
        ("bass: chord tones", 1.0),
        ("lead: rhythm repeated", 1.0),
        ("drums: kick share", 0.5),
        ("comp+bass: first with second", 1.0),
        ("lead+drums: onsets together", 1.0),
        ("harmony: changes", 0.0),
        ("all: rubbing", 0.0),
        ("lead+bass: crossing", 0.0),
    ],
)
def test_a_plain_band_is_described_as_it_is_written(name: str, expected: float) -> None:
    assert value(small_band(8), name) == pytest.approx(expected, abs=1e-5)


def test_rows_that_change_chords_together_agree_more_in_bars_together_than_apart() -> None:
    roots = (0, 5, 7, 9)
    comp = track(
        "comp",
        0,
        [(bar * BAR_STEPS, 48, 60 + roots[bar % 4] + part, 80) for bar in range(8) for part in (0, 4, 7)],
    )
    bass = track("bass", 33, [(bar * BAR_STEPS, 48, 36 + roots[bar % 4], 80) for bar in range(8)])
    still = track("bass", 33, [(bar * BAR_STEPS, 48, 36, 80) for bar in range(8)])
    name = "comp+bass: bar chroma agreement, gain"
    assert value(Notes((comp, bass), 100.0, 4, 8), name) > 0.2
    assert value(Notes((comp, still), 100.0, 4, 8), name) == pytest.approx(0.0, abs=1e-5)


def test_what_is_made_worse_is_described_otherwise() -> None:
    rng = np.random.default_rng(0)
    band = small_band(8)
    offbeat = Notes(
        (
            track("comp", 0, [(6 + 12 * beat, 6, 61, 80) for beat in range(8)]),
            track("lead", 0, [(9, 6, 61, 80)]),
        ),
        90.0,
        4,
        2,
    )
    for worse in (jitter_pitch(band, rng), swap_row(band, offbeat, rng)):
        assert np.abs(describe(worse) - describe(band)).max() > 0.02
