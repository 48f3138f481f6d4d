"""Small pieces whose properties are known by construction."""

import numpy as np

from generator.notes import DRUM_PROGRAM, STEPS_PER_BEAT, Notes, NoteTrack

BAR_STEPS = 4 * STEPS_PER_BEAT


def track(row: str, program: int, notes: list[tuple[int, int, int, int]]) -> NoteTrack:
    """Return a row from (onset step, duration in steps, pitch, velocity)."""
    table = np.array(sorted(notes), dtype=np.int64).reshape(-1, 4)
    return NoteTrack(
        row=row,
        program=program,
        onset_steps=table[:, 0].astype(np.int32),
        duration_steps=table[:, 1].astype(np.int32),
        pitch=table[:, 2].astype(np.int16),
        velocity=table[:, 3].astype(np.int16),
    )


def small_band(bars: int = 4, tempo_bpm: float = 120.0) -> Notes:
    """Return a band of five rows on a C major chord; at 120 bpm a bar lasts two seconds."""
    lead, comp, pad, bass, drums = [], [], [], [], []
    for bar in range(bars):
        begin = bar * BAR_STEPS
        lead += [(begin + 12 * beat, 12, 72 + degree, 90) for beat, degree in enumerate((0, 4, 7, 4))]
        comp += [(begin + step, 10, pitch, 75) for step in (0, 24) for pitch in (60, 64, 67)]
        pad += [(begin, BAR_STEPS, pitch, 65) for pitch in (55, 60, 64)]
        bass += [(begin + step, 20, 36, 90) for step in (0, 24)]
        drums += [(begin + step, 3, key, 95) for step, key in ((0, 36), (12, 38), (24, 36), (36, 38))]
    tracks = (
        track("lead", 73, lead),
        track("comp", 0, comp),
        track("pad", 48, pad),
        track("bass", 33, bass),
        track("drums", DRUM_PROGRAM, drums),
    )
    return Notes(tracks, tempo_bpm, 4, bars)
