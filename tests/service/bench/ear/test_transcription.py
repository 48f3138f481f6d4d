import numpy as np
import pytest

from service.bench.ear.transcription import HEARD_RATE, Transcriber, notes_from_posteriors
from service.errors import NotPrepared

SECONDS = np.arange(200) / 86.13


def posteriors() -> tuple[np.ndarray, np.ndarray]:
    """Silence: probabilities (frames, keys) of strikes and of sound."""
    return np.full((200, 88), 0.01), np.full((200, 88), 0.02)


def test_a_note_lasts_from_its_strike_until_it_no_longer_sounds() -> None:
    onsets, sounding = posteriors()
    onsets[20, 39], sounding[20:80, 39] = 0.9, 0.7
    notes = notes_from_posteriors(onsets, sounding, SECONDS)
    assert notes.pitch.tolist() == [60]
    assert notes.start_seconds[0] == pytest.approx(SECONDS[20])
    assert notes.end_seconds[0] == pytest.approx(SECONDS[80])
    assert notes.strength[0] == pytest.approx(0.7)


def test_a_key_that_is_struck_again_ends_the_note_before() -> None:
    onsets, sounding = posteriors()
    onsets[[20, 60], 39], sounding[20:100, 39] = 0.9, 0.7
    notes = notes_from_posteriors(onsets, sounding, SECONDS)
    assert notes.start_seconds.tolist() == [SECONDS[20], SECONDS[60]]
    assert notes.end_seconds.tolist() == [SECONDS[60], SECONDS[100]]


def test_a_gap_is_bridged_and_a_blip_is_no_note() -> None:
    onsets, sounding = posteriors()
    onsets[20, 39], sounding[20:80, 39] = 0.9, 0.7
    sounding[40:45, 39], sounding[45:55, 39] = 0.1, np.linspace(0.1, 0.7, 10)
    onsets[150, 50], sounding[150:156, 50] = 0.9, 0.7
    notes = notes_from_posteriors(onsets, sounding, SECONDS)
    assert notes.pitch.tolist() == [60]
    assert notes.end_seconds[0] == pytest.approx(SECONDS[80])


def test_what_begins_to_sound_without_a_strike_is_a_note_too() -> None:
    onsets, sounding = posteriors()
    onsets[20, 39], sounding[20:80, 39] = 0.9, 0.7
    sounding[120:170, 45] = 0.7
    assert notes_from_posteriors(onsets, sounding, SECONDS).pitch.tolist() == [60, 66]


def test_silence_has_no_notes() -> None:
    assert len(notes_from_posteriors(*posteriors(), SECONDS)) == 0


def test_a_played_tone_is_heard_at_its_pitch_and_time_or_we_say_what_to_install() -> None:
    try:
        transcriber = Transcriber()
    except NotPrepared as missing:
        assert "pip install --no-deps basic-pitch" in str(missing)  # noqa: PT017  # either outcome is right
        return
    time = np.arange(4 * HEARD_RATE) / HEARD_RATE
    tone = sum(np.sin(2 * np.pi * 440.0 * part * time) / part for part in (1, 2, 3))
    tone = np.where((time >= 1.0) & (time < 2.5), 0.3 * tone * np.exp(-(time - 1.0)), 0.0)
    notes = transcriber.transcribe(tone.astype(np.float32))
    loudest = int(np.argmax(notes.strength))
    assert notes.pitch[loudest] == 69
    assert notes.start_seconds[loudest] == pytest.approx(1.0, abs=0.06)
    assert notes.end_seconds[loudest] == pytest.approx(2.5, abs=0.25)
