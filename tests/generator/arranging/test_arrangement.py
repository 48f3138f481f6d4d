from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from generator.arranging.arrangement import arrange
from generator.arranging.ranges import BASS_RANGE, InstrumentRange, fit_to_range, instrument_range
from generator.conditioning import Conditioning
from generator.notes import DRUM_PROGRAM, Notes, NoteTrack
from tests.generator.pieces import BAR_STEPS, small_band, track

ASKED = Conditioning(
    seconds=20,
    tempo_bpm=120.0,
    key=0,
    mode="major",
    style=(0.0,) * 24,
    programs={"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": DRUM_PROGRAM},
)
TUNE = (60, 64, 67, 72, 67, 64)


def arranged(notes: Notes, seed: int = 0, **asked: float) -> dict[str, NoteTrack]:
    played = arrange(notes, replace(ASKED, **asked), np.random.default_rng(seed))  # type: ignore[arg-type]  # floats only
    return {one.row: one for one in played.tracks}


def alone(*tracks: NoteTrack, bars: int = 4) -> Notes:
    return Notes(tracks, 120.0, 4, bars)


def test_a_tune_below_the_flute_comes_up_as_a_whole_by_octaves() -> None:
    low = track("lead", 73, [(12 * beat, 12, 24 + pitch - 60, 90) for beat, pitch in enumerate(TUNE)])
    moved = arranged(alone(low))["lead"]
    shift = set((moved.pitch - low.pitch).tolist())
    assert len(shift) == 1
    assert shift.pop() % 12 == 0
    assert moved.pitch.min() >= instrument_range(73).low
    assert np.array_equal(moved.onset_steps, low.onset_steps)


def test_only_the_phrase_that_lies_outside_moves() -> None:
    near = [(12 * beat, 12, 72, 90) for beat in range(8)]
    deep = [(144 + 12 * beat, 12, pitch, 90) for beat, pitch in enumerate((50, 52, 53))]
    fitted = fit_to_range(track("lead", 73, near + deep), InstrumentRange(60, 94))
    assert fitted.pitch.tolist() == [72] * 8 + [62, 64, 65]


def test_the_tune_keeps_its_onsets_and_pitch_classes_whatever_is_asked() -> None:
    notes = small_band(8)
    written = notes.tracks[0]
    for asked in ({"register": 1.0}, {"articulation": 1.0}, {"dynamics": 0.0}, {"density": 1.0}):
        lead = arranged(notes, 0, **asked)["lead"]
        assert np.array_equal(lead.onset_steps, written.onset_steps)
        assert np.array_equal(lead.pitch % 12, written.pitch % 12)


def test_a_higher_register_never_gives_a_lower_tune() -> None:
    means = [
        arranged(small_band(), register=register)["lead"].pitch.mean() for register in np.linspace(0, 1, 9)
    ]
    assert np.all(np.diff(means) >= 0)
    assert means[-1] > means[0]


def test_tempo_metre_and_length_stay() -> None:
    notes = small_band(9)
    played = arrange(notes, ASKED, np.random.default_rng(0))
    assert (played.tempo_bpm, played.beats_per_bar, played.bars) == (120.0, 4, 9)
    for one in played.tracks:
        assert np.all(np.diff(one.onset_steps) >= 0)
        assert one.duration_steps.min() >= 1
        assert one.onset_steps.max() < 9 * BAR_STEPS
        assert {one.velocity.min() >= 1, one.velocity.max() <= 127} == {True}


@pytest.mark.parametrize("seed", range(5))
def test_who_plays_is_who_was_asked(seed: int) -> None:
    notes = small_band()
    asked = {one.row: one.program for one in notes.tracks}
    assert {row: one.program for row, one in arranged(notes, seed).items()} == asked


def test_the_same_seed_arranges_the_same_and_two_seeds_differ() -> None:
    def heard(seed: int) -> list[tuple[bytes, bytes]]:
        played = arranged(small_band(16), seed, drum_intensity=1.0)
        return [(one.onset_steps.tobytes(), one.pitch.tobytes()) for one in played.values()]

    assert heard(1) == heard(1)
    assert any(heard(1) != heard(seed) for seed in range(2, 5))


def test_chords_in_the_bass_are_opened_and_lie_above_it() -> None:
    mud = track("comp", 0, [(0, 48, pitch, 80) for pitch in (36, 40, 43)])
    bass = track("bass", 33, [(0, 48, 36, 90)])
    played = arranged(alone(mud, bass))
    sounding = np.sort(np.r_[played["comp"].pitch, played["bass"].pitch]).astype(int)
    assert played["comp"].pitch.min() > played["bass"].pitch.max()
    for low, high in pairwise(sounding):
        assert low >= 48 or high - low >= 7


def test_a_chord_over_the_tune_goes_below_it() -> None:
    lead = track("lead", 73, [(12 * beat, 12, 72, 90) for beat in range(16)])
    high = track("comp", 0, [(24 * half, 24, pitch, 80) for half in range(8) for pitch in (76, 79, 84)])
    assert arranged(alone(lead, high))["comp"].pitch.max() <= 72


def test_a_chord_note_that_grinds_against_the_tune_gives_way() -> None:
    """B against a held C is a semitone in every octave but the one that makes a seventh of it."""
    lead = track("lead", 73, [(0, 96, 72, 90)])
    chord = track("comp", 0, [(0, 48, pitch, 80) for pitch in (64, 67, 71)])
    comp = arranged(alone(lead, chord))["comp"]
    assert not np.isin(np.abs(comp.pitch.astype(int) - 72), (1, 2, 13)).any()
    assert {64, 67} <= set(comp.pitch.tolist())


def test_the_bass_comes_into_its_register_and_plays_one_note_at_a_time() -> None:
    high = track("bass", 33, [(24 * half, 30, pitch, 90) for half in range(8) for pitch in (72, 79)])
    bass = arranged(alone(high))["bass"]
    assert bass.pitch.min() >= BASS_RANGE.low
    assert bass.pitch.max() <= BASS_RANGE.high
    assert np.all(bass.onset_steps[1:] >= (bass.onset_steps + bass.duration_steps)[:-1])


def test_a_wind_player_has_one_voice() -> None:
    double = track("lead", 73, [(0, 24, 72, 90), (0, 24, 67, 90), (12, 12, 74, 90)])
    lead = arranged(alone(double))["lead"]
    assert lead.pitch.tolist() == [72, 74]
    assert lead.duration_steps.tolist() == [12, 12]


def test_strays_of_a_twelfth_come_back_to_the_beat() -> None:
    stray = track("comp", 0, [(step, 6, 60, 80) for step in (0, 13, 35, 56)])
    assert arranged(alone(stray))["comp"].onset_steps.tolist() == [0, 12, 36, 56]


def test_no_drums_are_invented() -> None:
    silent = Notes(small_band(16).tracks[:-1], 120.0, 4, 16)
    assert "drums" not in arranged(silent, density=1.0, drum_intensity=1.0)


def test_every_section_starts_on_a_crash_after_a_fill() -> None:
    drums = arranged(small_band(24), drum_intensity=0.8)["drums"]
    crashes = drums.onset_steps[drums.pitch == 49]
    assert crashes.tolist() == [8 * BAR_STEPS, 16 * BAR_STEPS]
    before = (drums.onset_steps >= 8 * BAR_STEPS - 12) & (drums.onset_steps < 8 * BAR_STEPS)
    assert before.sum() >= 3


def test_the_kick_joins_the_bass_on_one() -> None:
    bass = track("bass", 33, [(bar * BAR_STEPS, 24, 36, 90) for bar in range(8)])
    beat = [(bar * BAR_STEPS + 24, 3, 36, 90) for bar in range(8)]
    beat += [(bar * BAR_STEPS + step, 3, 38, 90) for bar in range(8) for step in (12, 36)]
    drums = arranged(alone(bass, track("drums", DRUM_PROGRAM, beat), bars=8))["drums"]
    kicks = set(drums.onset_steps[drums.pitch == 36].tolist())
    assert {bar * BAR_STEPS for bar in range(7)} <= kicks


def test_more_drive_never_takes_a_stroke_away_and_ghosts_are_quiet() -> None:
    counts, ghosts = [], np.zeros(0)
    for drive in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drums = arranged(small_band(8), drum_intensity=drive)["drums"]
        counts.append(len(drums.onset_steps))
        ghosts = drums.velocity[(drums.pitch == 38) & (drums.onset_steps % 12 != 0)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert 0 < ghosts.max() < drums.velocity[drums.pitch == 38].max() - 20


@pytest.mark.parametrize("row", ["lead", "comp", "pad", "bass"])
def test_legato_is_longer_than_staccato_in_every_row(row: str) -> None:
    lengths = []
    for articulation in (0.0, 0.25, 0.5, 0.75, 1.0):
        played = arranged(small_band(), articulation=articulation)[row]
        lengths.append(played.duration_steps[played.onset_steps < 3 * BAR_STEPS].sum())
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1]


def test_the_ending_is_held_however_short_the_rest_is_played() -> None:
    last = track("lead", 73, [(0, 12, 72, 90), (3 * BAR_STEPS, BAR_STEPS, 72, 90)])
    assert arranged(alone(last), articulation=1.0)["lead"].duration_steps.tolist() == [6, BAR_STEPS]


def test_louder_is_harder_and_of_wider_range() -> None:
    waves = track("lead", 73, [(12 * beat, 12, 72, 80 + 8 * (beat % 3)) for beat in range(16)])
    levels = [arranged(alone(waves), dynamics=dynamics)["lead"].velocity for dynamics in (0.05, 0.5, 0.95)]
    assert np.all(np.diff([level.mean() for level in levels]) > 10)
    assert np.all(np.diff([level.std() for level in levels]) > 0)


def test_a_row_without_notes_and_a_piece_without_any_are_passed_over() -> None:
    assert arrange(alone(track("pad", 48, [])), ASKED, np.random.default_rng(0)).tracks == ()
