import numpy as np

from generator.arranging.swing import offbeat_steps
from generator.notes import DRUM_PROGRAM, Notes
from generator.sound.performance import FINAL_HOLD_SECONDS, LARGEST_RITARDANDO_SECONDS, TOUCHES, play
from tests.generator.pieces import BAR_STEPS, small_band, track


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


def test_swung_offbeats_come_late_in_slow_music_and_even_out_in_fast() -> None:
    swung = track("comp", 0, [(12 * beat + step, 4, 60, 80) for beat in range(32) for step in (0, 8)])
    played = play(Notes((swung,), 160.0, 4, 8), np.random.default_rng(0))[0]
    offbeat = (played.start_seconds[1::2] - played.start_seconds[::2]).mean() / (60 / 160)
    assert np.isclose(offbeat, offbeat_steps(160.0) / 12, atol=0.02)
    places = [offbeat_steps(tempo) for tempo in (60.0, 160.0, 240.0, 320.0)]
    assert places == sorted(places, reverse=True)
    assert places[-1] >= 6.0


def test_straight_offbeats_stay_straight() -> None:
    straight = track("comp", 0, [(12 * beat + step, 4, 60, 80) for beat in range(32) for step in (0, 6)])
    played = play(Notes((straight,), 120.0, 4, 8), np.random.default_rng(0))[0]
    assert np.isclose((played.start_seconds[1::2] - played.start_seconds[::2]).mean(), 0.25, atol=0.01)


def ending(*rows: tuple[str, int]) -> Notes:
    """Return four bars of which the last is one held stroke."""
    steps = [*range(0, 3 * BAR_STEPS, 12), 3 * BAR_STEPS]
    lengths = [12] * (len(steps) - 1) + [BAR_STEPS]
    notes = [(step, length, 64, 80) for step, length in zip(steps, lengths, strict=True)]
    return Notes(tuple(track(row, program, notes) for row, program in rows), 60.0, 4, 4)


def test_the_last_chord_of_a_band_without_drums_comes_late_and_what_is_before_does_not() -> None:
    written = ending(("lead", 73), ("comp", 24))
    for one, played in zip(written.tracks, play(written, np.random.default_rng(0)), strict=True):
        late = played.start_seconds - one.onset_steps / 12
        assert 0.25 < late[-1] <= LARGEST_RITARDANDO_SECONDS + 0.05
        assert np.abs(late[:5]).max() < 0.05


def test_drums_keep_the_time_to_the_end() -> None:
    written = ending(("lead", 73), ("drums", DRUM_PROGRAM))
    lead = play(written, np.random.default_rng(0))[0]
    assert np.abs(lead.start_seconds - written.tracks[0].onset_steps / 12).max() < 0.05


def test_a_piano_is_pedalled_under_the_tune_but_not_where_it_is_played_detached() -> None:
    def sounding_seconds(length: int, program: int) -> float:
        chords = track("comp", program, [(12 * beat, length, 60, 80) for beat in range(0, 16, 2)])
        played = play(Notes((chords,), 120.0, 4, 5), np.random.default_rng(0))[0]
        return float((played.end_seconds - played.start_seconds).mean())

    assert np.isclose(sounding_seconds(18, 0), 1.0, atol=0.01)
    assert np.isclose(sounding_seconds(18, 24), 0.75, atol=0.01)
    assert np.isclose(sounding_seconds(6, 0), 0.25, atol=0.01)


def test_a_piece_grows_towards_its_last_third() -> None:
    steady = track("pad", 48, [(step, 12, 60, 80) for step in range(0, 20 * BAR_STEPS, 12)])
    velocity = play(Notes((steady,), 120.0, 4, 20), np.random.default_rng(0))[0].velocity.astype(float)
    phrases = velocity.reshape(5, -1).mean(axis=1)
    assert phrases.argmax() == 3
    assert phrases[3] > phrases[0] + 5


def test_high_notes_of_a_tune_are_played_louder() -> None:
    tune = track("lead", 73, [(12 * beat, 12, 66 + 12 * (beat % 2), 80) for beat in range(64)])
    velocity = play(Notes((tune,), 120.0, 4, 16), np.random.default_rng(0))[0].velocity
    offbeats = slice(3, None, 4)
    assert velocity[offbeats].mean() > velocity[2::4].mean() + 3
