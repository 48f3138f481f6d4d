"""Rendered pieces of a written corpus: audio whose tempo, key and onsets are known from the notes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from generator.bars import METRES
from generator.corpus import Piece, read_corpus
from generator.notes import DRUM_PROGRAM, ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import SourceNotes, arrange
from generator.sound.fonts import default_font
from generator.sound.performance import play
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from recommender.embedding import spread_patches
from recommender.features import FEATURE_SECONDS, SAMPLE_RATE, middle_start_seconds

LONGEST_SECONDS = 240.0  # of a longer piece its first four minutes
BAND_PROGRAMS = 3  # instruments beside each other, drums among them
SAME_ONSET_SECONDS = 0.03  # strums and raggedness: notes closer than this are heard as one
TEMPO_WITHOUT_MARK_BPM = 104.0
DOTTED_BEAT = 1.5  # quarter notes in a beat of 6/8 and 12/8
PEAK = 0.7


@dataclass(frozen=True)
class RenderedPiece:
    """A piece as the library would hear it, at its own constant tempo, mono at 16 kHz.

    `samples_16k` (n,) is half a minute from its middle, `excerpts_16k` (excerpts, 48000) are spread over all of it. `bpm` counts felt beats: quarter notes, in 6/8 and 12/8 dotted ones; None where the source states no tempo. `tonic`
    (0 = C) and `mode` are the corpus's, None where it has none. `onset_seconds` (onsets,) are those in the
    middle, of the notes as they are played, each chord once.
    """

    piece_id: int
    work_id: str
    source: str
    style: str
    samples_16k: np.ndarray
    excerpts_16k: np.ndarray
    bpm: float | None
    tonic: int | None
    mode: str | None
    onset_seconds: np.ndarray
    programs: int
    has_drums: bool

    @property
    def is_band(self) -> bool:
        """Whether three programs or more play, drums among them."""
        return self.has_drums and self.programs >= BAND_PROGRAMS

    @property
    def onsets_per_second(self) -> float:
        """How many onsets a second were played."""
        return self.onset_seconds.size / (self.samples_16k.size / SAMPLE_RATE)


@dataclass(frozen=True)
class _Written:
    piece: Piece
    notes: Notes

    @property
    def is_band(self) -> bool:
        return len(self.notes.tracks) >= BAND_PROGRAMS and any(
            track.program == DRUM_PROGRAM for track in self.notes.tracks
        )


def rendered_pieces(
    corpus_dir: Path, count: int, seed: int, split: str, *, bands: bool = True
) -> Iterator[RenderedPiece]:
    """Yield up to `count` rendered pieces of one split, at most one of a work; the same seed gives the same sound.

    With `bands` those with drums, three instruments or more and a stated tempo, otherwise all others. Sources take
    turns, so that a large one does not speak for all. Raises ValueError where the folder holds no corpus.
    """
    found: dict[str, list[_Written]] = {}
    for piece in read_corpus(corpus_dir):
        if piece.split != split or not len(piece.notes):
            continue
        written = _Written(piece, _whole(piece))
        if written.notes.note_count and bands == (written.is_band and piece.tempo_bpm is not None):
            found.setdefault(piece.source, []).append(written)
    for written in _taking_turns(found, count, np.random.default_rng(seed)):
        yield _render(written, seed)


def _taking_turns(
    found: dict[str, list[_Written]], count: int, rng: np.random.Generator
) -> Iterator[_Written]:
    queues = [
        [found[source][place] for place in rng.permutation(len(found[source]))] for source in sorted(found)
    ]
    works: set[str] = set()
    while any(queues) and len(works) < count:
        for queue in queues:
            while queue and queue[-1].piece.work_id in works:
                queue.pop()
            if queue and len(works) < count:
                works.add(queue[-1].piece.work_id)
                yield queue.pop()


def _render(written: _Written, seed: int) -> RenderedPiece:
    piece, notes = written.piece, written.notes
    sound = render_notes(notes, rng=np.random.default_rng([seed, piece.piece_id]), font=default_font())
    mono = resample_poly(sound.mean(axis=0), SAMPLE_RATE, SYNTHESIS_RATE).astype(np.float32)
    mono *= np.float32(PEAK / max(float(np.abs(mono).max()), 1e-6))
    begin_seconds = middle_start_seconds(mono.size / SAMPLE_RATE)
    begin = int(begin_seconds * SAMPLE_RATE)
    middle = mono[begin : begin + int(FEATURE_SECONDS * SAMPLE_RATE)]
    # play draws first from the source of chance: the same one gives the performance that was rendered
    played = play(notes, np.random.default_rng([seed, piece.piece_id]))
    starts = np.sort(np.concatenate([track.start_seconds for track in played])) - begin_seconds
    starts = starts[(starts >= 0.0) & (starts < middle.size / SAMPLE_RATE)]
    beat = DOTTED_BEAT if METRES[piece.metre].name == "6/8" else 1.0
    return RenderedPiece(
        piece_id=piece.piece_id,
        work_id=piece.work_id,
        source=piece.source,
        style=piece.style,
        samples_16k=middle,
        excerpts_16k=spread_patches(mono),
        bpm=None if piece.tempo_bpm is None else piece.tempo_bpm / beat,
        tonic=piece.tonic,
        mode=piece.mode,
        onset_seconds=_apart(starts),
        programs=len(notes.tracks),
        has_drums=any(track.is_drums for track in notes.tracks),
    )


def _apart(starts: np.ndarray) -> np.ndarray:
    """The first of each run of starts (notes,) in ascending order that follow within `SAME_ONSET_SECONDS` of it."""
    kept: list[float] = []
    for start in starts.tolist():
        if not kept or start - kept[-1] > SAME_ONSET_SECONDS:
            kept.append(start)
    return np.array(kept)


def _whole(piece: Piece) -> Notes:
    """All bars of a piece, of a long one those that fill `LONGEST_SECONDS`."""
    tempo_bpm = piece.tempo_bpm or TEMPO_WITHOUT_MARK_BPM
    bar_steps = METRES[piece.metre].bar_steps
    bar_seconds = bar_steps / STEPS_PER_BEAT * 60.0 / tempo_bpm
    bars_in_all = int(np.ceil((piece.notes.onset_steps.max() + 1) / bar_steps))
    bars = min(bars_in_all, int(np.ceil(LONGEST_SECONDS / bar_seconds)))
    arranged = arrange(piece.notes)
    tracks = [
        _track(piece.notes.take(arranged.rows == row), ROWS[row], program, bars * bar_steps)
        for row, program in sorted(arranged.programs.items())
    ]
    return Notes(
        tuple(track for track in tracks if len(track.onset_steps)),
        tempo_bpm=tempo_bpm,
        beats_per_bar=bar_steps // STEPS_PER_BEAT,
        bars=bars,
    )


def _track(line: SourceNotes, row: str, program: int, steps: int) -> NoteTrack:
    line = line.take((line.onset_steps >= 0) & (line.onset_steps < steps))
    return NoteTrack(row, program, line.onset_steps, line.duration_steps, line.pitch, line.velocity)
