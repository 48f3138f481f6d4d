"""A band for transcribed notes: who plays which of them, on what, and whether drums play along."""

from dataclasses import dataclass

import numpy as np
from scipy import signal

from generator.notes import DRUM_PROGRAM, STEPS_PER_BEAT, Notes, NoteTrack
from recommender.tags import TAGS
from service.bench.ear.transcription import HEARD_RATE, HeardNotes

GRID_TEMPO_BPM = 160.0
"""A grid and no claim about the music: a step lasts 31 ms, and a render lasts as long as what was transcribed."""

BEATS_PER_BAR = 4
_STEP_SECONDS = 60.0 / GRID_TEMPO_BPM / STEPS_PER_BEAT
_BASS_BELOW, _LEAD_FROM = 50, 57
_HELD_SECONDS = 0.7
_SAME_STRIKE_SECONDS = 0.05


@dataclass(frozen=True)
class _Band:
    """General MIDI programs of a sound, and the tags that speak for it."""

    lead: int
    comp: int
    pad: int
    bass: int
    tags: tuple[str, ...]


_BANDS = (
    _Band(30, 30, 29, 34, ("msd:metal", "msd:heavy metal", "msd:hard rock", "mtt:metal")),
    _Band(29, 27, 18, 33, ("msd:rock", "msd:alternative rock", "msd:classic rock", "mtt:rock", "msd:punk")),
    _Band(25, 24, 24, 32, ("msd:acoustic", "msd:folk", "msd:country", "mtt:guitar", "mtt:country")),
    _Band(66, 0, 26, 32, ("msd:jazz", "msd:blues")),
    _Band(0, 0, 0, 0, ("mtt:piano",)),
    _Band(6, 6, 6, 6, ("mtt:harpsichord",)),
    _Band(46, 46, 48, 46, ("mtt:harp",)),
    _Band(40, 48, 48, 43, ("mtt:strings", "mtt:violin", "mtt:cello")),
    _Band(73, 48, 49, 43, ("mtt:classical", "mtt:classic", "mtt:flute")),
    _Band(52, 52, 52, 48, ("mtt:choir", "mtt:choral", "mtt:opera")),
    _Band(104, 104, 89, 32, ("mtt:sitar", "mtt:indian")),
    _Band(81, 90, 89, 38, ("mtt:techno", "mtt:dance", "msd:dance", "msd:House", "msd:electro", "mtt:beats")),
    _Band(80, 62, 90, 38, ("msd:electronic", "mtt:electronic", "mtt:synth", "msd:electronica")),
    _Band(88, 92, 89, 39, ("msd:ambient", "mtt:ambient", "mtt:new age", "msd:chillout", "msd:experimental")),
)
_VOICE_PROGRAM, _VOICE_TAGS = 53, ("mtt:vocal", "mtt:vocals", "mtt:singing", "mtt:voice")
_VOICE_FROM = 0.35
_DRUM_TAGS = (
    "mtt:drums", "mtt:beat", "mtt:beats", "mtt:techno", "mtt:rock", "msd:rock", "msd:metal", "msd:dance", "msd:Hip-Hop",
)  # fmt: skip
_DRUMS_FROM = 0.30

# kick, closed hat and snare, by the band in which a strike shows (Hz)
_DRUM_BANDS = ((36, 35.0, 110.0), (38, 1500.0, 4000.0), (42, 5500.0, 7900.0))
_DRUM_HOP, _DRUM_FFT = 160, 512
_DRUM_RISE_DB, _DRUM_APART_SECONDS = 6.0, 0.09


def band_notes(heard: HeardNotes, tags: np.ndarray, usual_tags: np.ndarray, samples_16k: np.ndarray) -> Notes:
    """Return transcribed notes as an arrangement that lasts as long as the audio they were heard in.

    The lowest notes go to the bass, the highest line to the lead, held notes to the pad, the rest to the comp. The
    instruments are those whose `tags` (100,) stand out most against `usual_tags` (100,), tag probabilities of the
    excerpt and their means over all excerpts; drums, where the tags have any, strike where their bands rise.
    """
    chosen = _choose_band(tags, usual_tags)
    lead = _VOICE_PROGRAM if _mean(tags, _VOICE_TAGS) >= _VOICE_FROM else chosen.lead
    rows = _rows(heard)
    tracks = [
        _track(heard, rows == row, name, program)
        for row, (name, program) in enumerate(
            (("lead", lead), ("comp", chosen.comp), ("pad", chosen.pad), ("bass", chosen.bass))
        )
        if (rows == row).any()
    ]
    if max(tags[TAGS.index(name)] for name in _DRUM_TAGS) >= _DRUMS_FROM:
        tracks.extend(_drums(samples_16k))
    bar_seconds = BEATS_PER_BAR * 60.0 / GRID_TEMPO_BPM
    bars = max(int(np.ceil(samples_16k.size / HEARD_RATE / bar_seconds)), 1)
    return Notes(tuple(tracks), GRID_TEMPO_BPM, BEATS_PER_BAR, bars)


def _choose_band(tags: np.ndarray, usual_tags: np.ndarray) -> _Band:
    standing_out = np.log((tags + 0.01) / (usual_tags + 0.01)) + 0.5 * np.log(tags + 0.01)
    return max(_BANDS, key=lambda band: max(standing_out[TAGS.index(name)] for name in band.tags))


def _mean(tags: np.ndarray, names: tuple[str, ...]) -> float:
    return float(np.mean([tags[TAGS.index(name)] for name in names]))


def _rows(heard: HeardNotes) -> np.ndarray:
    """Return each note's row (notes,): 0 lead, 1 comp, 2 pad, 3 bass."""
    begins = heard.start_seconds[:, None]
    sounding = (heard.start_seconds <= begins + _SAME_STRIKE_SECONDS) & (
        heard.end_seconds > begins + _SAME_STRIKE_SECONDS
    )
    np.fill_diagonal(sounding, val=True)
    lowest = np.where(sounding, heard.pitch, 128).min(1, initial=128)
    highest = np.where(sounding, heard.pitch, -1).max(1, initial=-1)
    held = heard.end_seconds - heard.start_seconds >= _HELD_SECONDS
    rows = np.where(held, 2, 1)
    rows[(heard.pitch == highest) & (heard.pitch >= _LEAD_FROM)] = 0
    rows[(heard.pitch == lowest) & (heard.pitch < _BASS_BELOW)] = 3
    return rows


def _track(heard: HeardNotes, mine: np.ndarray, row: str, program: int) -> NoteTrack:
    onset = np.rint(heard.start_seconds[mine] / _STEP_SECONDS).astype(np.int32)
    end = np.rint(heard.end_seconds[mine] / _STEP_SECONDS).astype(np.int32)
    velocity = np.clip(30.0 + 110.0 * heard.strength[mine], 20, 120)
    order = np.argsort(onset, kind="stable")
    return NoteTrack(
        row,
        program,
        onset[order],
        np.maximum(end - onset, 1)[order],
        heard.pitch[mine][order],
        velocity.astype(np.int16)[order],
    )


def _drums(samples_16k: np.ndarray) -> list[NoteTrack]:
    """Return a row of drums that strikes where a band rises by 6 dB within 20 ms, or no row."""
    frequency, _, spectrum = signal.stft(
        samples_16k, HEARD_RATE, nperseg=_DRUM_FFT, noverlap=_DRUM_FFT - _DRUM_HOP
    )
    power = np.abs(spectrum) ** 2
    strikes: list[tuple[int, int, int]] = []
    for key, low, high in _DRUM_BANDS:
        level_db = 10 * np.log10(power[(frequency >= low) & (frequency < high)].sum(0) + 1e-10)
        rise = np.maximum(level_db[2:] - level_db[:-2], 0.0) * (level_db[2:] > level_db.max() - 30.0)
        peaks, _ = signal.find_peaks(
            rise, height=_DRUM_RISE_DB, distance=int(_DRUM_APART_SECONDS * HEARD_RATE / _DRUM_HOP)
        )
        loud = np.clip(100.0 + 2.0 * (level_db[peaks + 2] - level_db.max()), 45, 115)
        steps = np.rint((peaks + 1) * _DRUM_HOP / HEARD_RATE / _STEP_SECONDS).astype(np.int64)
        strikes += zip(steps.tolist(), [key] * len(steps), loud.astype(int).tolist(), strict=True)
    if not strikes:
        return []
    onset, pitch, velocity = np.array(sorted(strikes)).T
    return [
        NoteTrack(
            "drums",
            DRUM_PROGRAM,
            onset.astype(np.int32),
            np.full(len(onset), 3, np.int32),
            pitch.astype(np.int16),
            velocity.astype(np.int16),
        )
    ]
