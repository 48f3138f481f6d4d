import numpy as np
import pytest

from recommender.tags import TAGS
from service.bench.ear.transcribed_band import band_notes
from service.bench.ear.transcription import HEARD_RATE, HeardNotes

USUAL = np.full(len(TAGS), 0.1)
SILENCE = np.zeros(6 * HEARD_RATE, np.float32)


def tagged(**probabilities: float) -> np.ndarray:
    tags = USUAL.copy()
    for name, probability in probabilities.items():
        tags[TAGS.index(name.replace("_", ":", 1))] = probability
    return tags


def heard() -> HeardNotes:
    """A held chord under a tune, over a bass."""
    rows = [(0.0, 2.0, 40), (0.0, 2.0, 55), (0.0, 0.4, 72), (0.5, 0.9, 74), (1.0, 1.4, 76), (1.0, 1.3, 62)]
    start, end, pitch = np.array(rows).T
    return HeardNotes(start, end, pitch.astype(np.int16), np.full(len(rows), 0.5))


def test_the_lowest_notes_are_the_bass_the_highest_the_lead_and_held_ones_the_pad() -> None:
    notes = band_notes(heard(), tagged(mtt_strings=0.6), USUAL, SILENCE)
    assert {track.row: track.pitch.tolist() for track in notes.tracks} == {
        "lead": [72, 74, 76],
        "comp": [62],
        "pad": [55],
        "bass": [40],
    }
    assert notes.duration_seconds == pytest.approx(6.0)
    lead = notes.tracks[0]
    step_seconds = 60.0 / notes.tempo_bpm / 12
    np.testing.assert_allclose(lead.onset_steps * step_seconds, [0.0, 0.5, 1.0], atol=step_seconds / 2)


@pytest.mark.parametrize(
    ("tag", "programs"),
    [
        ("mtt_strings", {40, 48, 43}),
        ("mtt_piano", {0}),
        ("msd_metal", {30, 29, 34}),
        ("mtt_harpsichord", {6}),
    ],
)
def test_instruments_are_those_whose_tags_stand_out(tag: str, programs: set[int]) -> None:
    notes = band_notes(heard(), tagged(**{tag: 0.7}), USUAL, SILENCE)
    assert {track.program for track in notes.tracks} == programs


def test_what_everything_is_tagged_with_chooses_nothing() -> None:
    usual = tagged(msd_metal=0.7)
    notes = band_notes(heard(), tagged(msd_metal=0.7, mtt_piano=0.6), usual, SILENCE)
    assert {track.program for track in notes.tracks} == {0}


def test_drums_strike_where_the_sound_does_if_the_tags_have_any(rng: np.random.Generator) -> None:
    samples = 0.001 * rng.standard_normal(6 * HEARD_RATE)
    for second in range(1, 6):
        samples[second * HEARD_RATE :][:800] += 0.5 * rng.standard_normal(800)
    drummed = band_notes(heard(), tagged(mtt_drums=0.6), USUAL, samples.astype(np.float32))
    drums = next(track for track in drummed.tracks if track.is_drums)
    step_seconds = 60.0 / drummed.tempo_bpm / 12
    hats = drums.onset_steps[drums.pitch == 42] * step_seconds
    np.testing.assert_allclose(hats, [1, 2, 3, 4, 5], atol=0.05)
    plain = band_notes(heard(), USUAL, USUAL, samples.astype(np.float32))
    assert not any(track.is_drums for track in plain.tracks)
