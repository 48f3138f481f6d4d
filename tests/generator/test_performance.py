import numpy as np

from generator.notes import DRUM_PROGRAM, Notes
from generator.performance import FINAL_HOLD_SECONDS, TOUCHES, play
from tests.generator.pieces import small_band, track


def test_the_same_rng_plays_the_same_and_another_plays_otherwise() -> None:
    once, again = (play(small_band(), np.random.default_rng(3)) for _ in range(2))
    other = play(small_band(), np.random.default_rng(4))
    for first, second, third in zip(once, again, other, strict=True):
        assert np.array_equal(first.start_seconds, second.start_seconds)
        assert np.array_equal(first.velocity, second.velocity)
        assert not np.array_equal(first.start_seconds, third.start_seconds)


def test_deviations_stay_below_what_is_heard_as_a_mistake_and_drums_are_tightest() -> None:
    notes = small_band(bars=16)
    deviation = {}
    for written, played in zip(notes.tracks, play(notes, np.random.default_rng(0)), strict=True):
        # 120 bpm and twelve steps a beat: 24 steps a second.
        away = played.start_seconds - written.onset_steps / 24.0
        assert np.abs(away[written.onset_steps > 0]).max() <= 0.045
        deviation[written.row] = away.std()
    assert deviation["drums"] < min(deviation[row] for row in ("lead", "comp", "pad"))


def test_a_chord_is_strummed_upwards_within_its_spread() -> None:
    chord = track("comp", 24, [(12, 12, pitch, 80) for pitch in (67, 60, 64)])
    played = play(Notes((chord,), 120.0, 4, 1), np.random.default_rng(0))[0]
    by_pitch = played.start_seconds[np.argsort(played.pitch)]
    assert np.all(np.diff(by_pitch) > 0)
    assert by_pitch[-1] - by_pitch[0] <= TOUCHES["comp"].strum_seconds + 1e-9


def test_the_downbeat_is_played_louder_than_the_offbeat() -> None:
    hats = track("drums", DRUM_PROGRAM, [(step, 3, 42, 80) for step in range(0, 48 * 16, 6)])
    played = play(Notes((hats,), 120.0, 4, 16), np.random.default_rng(0))[0]
    step = hats.onset_steps % 48
    assert played.velocity[step == 0].mean() > played.velocity[step % 12 == 6].mean() + 5


def test_notes_at_the_last_bar_line_ring_on_and_others_do_not() -> None:
    lead = track("lead", 73, [(0, 12, 72, 80), (36, 12, 76, 80)])
    played = play(Notes((lead,), 120.0, 4, 1), np.random.default_rng(0))[0]
    length = played.end_seconds - played.start_seconds
    assert np.isclose(length[0], 0.5)
    assert np.isclose(length[1], 0.5 + FINAL_HOLD_SECONDS)


def test_velocities_stay_within_what_midi_can_write() -> None:
    extremes = track("lead", 73, [(step, 6, 72, 1 if step % 12 else 127) for step in range(0, 480, 6)])
    velocity = play(Notes((extremes,), 120.0, 4, 10), np.random.default_rng(0))[0].velocity
    assert velocity.min() >= 1
    assert velocity.max() <= 127


def test_an_empty_row_is_played_as_nothing() -> None:
    played = play(Notes((track("pad", 48, []),), 120.0, 4, 1), np.random.default_rng(0))[0]
    assert len(played.start_seconds) == 0
