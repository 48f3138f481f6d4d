import io
from pathlib import Path

import mido
import numpy as np
import pytest

from generator.notes import Notes
from generator.sound.fonts import default_font, fluidsynth_is_present, is_for_fluidsynth, sound_name
from generator.sound.loudness import integrated_lufs, weighted_energy
from generator.sound.rendering import TAIL_SECONDS, notes_to_midi, render_notes, render_stems
from tests.generator.pieces import small_band, track


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return render_notes(small_band(), rng=np.random.default_rng(1))


def test_a_render_is_stereo_and_lasts_its_bars_and_the_tail(sound: np.ndarray) -> None:
    assert sound.dtype == np.float32
    assert sound.shape == (2, round((8.0 + TAIL_SECONDS) * 48000))
    assert np.isfinite(sound).all()
    assert 0.05 < np.abs(sound).max() < 1.0


def test_the_same_rng_renders_the_same_samples(sound: np.ndarray) -> None:
    assert np.array_equal(sound, render_notes(small_band(), rng=np.random.default_rng(1)))


def test_the_image_is_wide_but_holds_together(sound: np.ndarray) -> None:
    assert 0.2 < np.corrcoef(sound)[0, 1] < 0.97
    left_db, right_db = 10 * np.log10(np.square(sound).mean(axis=1))
    assert abs(left_db - right_db) < 3.0


def test_the_tail_rings_and_dies_away(sound: np.ndarray) -> None:
    level = np.sqrt(np.square(sound[:, 8 * 48000 :]).mean(axis=0))
    assert level[:24000].mean() > 0.003
    assert level[-4800:].mean() < 0.1 * level[:24000].mean()


def test_a_note_sounds_at_its_pitch() -> None:
    a4 = Notes((track("lead", 80, [(0, 96, 69, 100)]),), 120.0, 4, 2)
    middle = render_notes(a4, rng=np.random.default_rng(0)).mean(axis=0)[24000:120000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    frequency = np.fft.rfftfreq(len(middle), 1 / 48000)
    harmonic = frequency[np.argmax(spectrum)] / 440.0
    assert abs(harmonic - round(harmonic)) < 0.02 * round(harmonic)


def test_rows_meet_at_their_levels_whatever_the_font_gives() -> None:
    """A whispering and a blaring program end within 3 dB of each other."""
    levels = []
    for program in (75, 62):
        line = track("lead", program, [(step, 12, 72, 90) for step in range(0, 96, 12)])
        levels.append(render_notes(Notes((line,), 120.0, 4, 2), rng=np.random.default_rng(0)).std())
    assert abs(20 * np.log10(levels[0] / levels[1])) < 3.0


@pytest.fixture(scope="module")
def stems() -> dict[str, np.ndarray]:
    return render_stems(small_band(), rng=np.random.default_rng(1))


def test_the_stems_sum_to_the_mix(sound: np.ndarray, stems: dict[str, np.ndarray]) -> None:
    assert set(stems) == {"lead", "comp", "pad", "bass", "drums"}
    assert np.abs(sum(stems.values()) - sound).max() < 1e-4


def test_the_tune_is_heard_over_what_accompanies_it(stems: dict[str, np.ndarray]) -> None:
    loudness = {row: integrated_lufs(weighted_energy(stem, 48000)) for row, stem in stems.items()}
    assert all(loudness["lead"] > loudness[row] + 1.5 for row in ("comp", "pad", "bass"))
    assert all(loudness["lead"] < loudness[row] + 12.0 for row in loudness)


def test_the_bass_stands_in_the_middle_and_the_chords_beside_it(stems: dict[str, np.ndarray]) -> None:
    def side_share(stem: np.ndarray) -> float:
        return float(np.square(stem[0] - stem[1]).sum() / np.square(stem).sum())

    assert side_share(stems["bass"]) < 0.01
    assert min(side_share(stems["comp"]), side_share(stems["pad"])) > 0.1


def treble_share(sound: np.ndarray) -> float:
    power = np.square(np.abs(np.fft.rfft(sound.mean(axis=0))))
    return float(power[np.fft.rfftfreq(sound.shape[1], 1 / 48000) > 2500].sum() / power.sum())


def test_a_brighter_request_and_a_harder_touch_give_more_treble() -> None:
    line = [(step, 12, 60, 60) for step in range(0, 96, 12)]
    soft = Notes((track("comp", 0, line),), 120.0, 4, 2)
    hard = Notes((track("comp", 0, [(*note[:3], 110) for note in line]),), 120.0, 4, 2)
    shares = [
        treble_share(render_notes(soft, rng=np.random.default_rng(0), brightness=brightness))
        for brightness in (0.1, 0.5, 0.9)
    ]
    assert shares == sorted(shares)
    assert shares[2] > 1.5 * shares[0]
    assert treble_share(render_notes(hard, rng=np.random.default_rng(0))) > shares[1]


def test_the_sound_of_a_piece_has_a_name() -> None:
    assert sound_name(default_font()) == "TimGM6mb.sf2, midirenderer"
    assert sound_name(Path("MuseScore_General_Lite.sf3")) == "MuseScore_General_Lite.sf3, FluidSynth"


@pytest.mark.skipif(not fluidsynth_is_present(), reason="FluidSynth is an optional part of the system")
def test_fluidsynth_plays_any_font_but_the_small_one(tmp_path: Path) -> None:
    other = tmp_path / "other.sf2"
    other.write_bytes(default_font().read_bytes())
    assert is_for_fluidsynth(other)
    once, again = (render_notes(small_band(1), rng=np.random.default_rng(0), font=other) for _ in range(2))
    assert np.array_equal(once, again)
    assert 0.05 < np.abs(once).max() < 1.0


def test_other_sample_rates_keep_the_length() -> None:
    assert render_notes(small_band(1), rng=np.random.default_rng(0), sample_rate=16000).shape == (2, 72000)


def test_notes_without_a_single_note_render_to_silence() -> None:
    empty = Notes((track("pad", 48, []),), 120.0, 4, 1)
    assert not render_notes(empty, rng=np.random.default_rng(0)).any()


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.sf2"):
        render_notes(small_band(1), rng=np.random.default_rng(0), font=tmp_path / "none.sf2")


def test_midi_holds_title_tempo_metre_rows_and_drums_on_channel_ten() -> None:
    file = mido.MidiFile(file=io.BytesIO(notes_to_midi(small_band(), "Träumerei ☾")), charset="utf-8")
    conductor = {message.type: message for message in file.tracks[0]}
    assert conductor["track_name"].name == "Träumerei ☾"
    assert mido.tempo2bpm(conductor["set_tempo"].tempo) == pytest.approx(120.0)
    assert (conductor["time_signature"].numerator, conductor["time_signature"].denominator) == (4, 4)
    assert [row.name for row in file.tracks[1:]] == ["lead", "comp", "pad", "bass", "drums"]
    channels = {row.name: {m.channel for m in row if m.type == "note_on"} for row in file.tracks[1:]}
    assert channels["drums"] == {9}
    assert len(set.union(*channels.values())) == 5
    programs = {row.name: m.program for row in file.tracks[1:] for m in row if m.type == "program_change"}
    assert programs == {"lead": 73, "comp": 0, "pad": 48, "bass": 33, "drums": 0}
    assert file.length == pytest.approx(8.0)


def test_midi_gives_back_every_note_on_the_grid() -> None:
    lead = track("lead", 73, [(0, 6, 60, 80), (7, 5, 62, 90), (47, 1, 64, 100)])
    file = mido.MidiFile(file=io.BytesIO(notes_to_midi(Notes((lead,), 90.0, 4, 1), "x")))
    now, struck, released = 0, [], []
    for message in file.tracks[1]:
        now += message.time
        if message.type == "note_on":
            struck.append((now // 40, message.note, message.velocity))
        if message.type == "note_off":
            released.append((now // 40, message.note))
    assert struck == [(0, 60, 80), (7, 62, 90), (47, 64, 100)]
    assert released == [(6, 60), (12, 62), (48, 64)]


def test_a_key_struck_again_ends_the_note_before_and_doubles_are_one() -> None:
    lead = track("lead", 73, [(0, 24, 60, 80), (12, 12, 60, 80), (12, 6, 60, 80)])
    file = mido.MidiFile(file=io.BytesIO(notes_to_midi(Notes((lead,), 120.0, 4, 1), "x")))
    sounding = 0
    for message in file.tracks[1]:
        sounding += {"note_on": 1, "note_off": -1}.get(message.type, 0)
        assert sounding in (0, 1)
    assert sum(message.type == "note_on" for message in file.tracks[1]) == 2
