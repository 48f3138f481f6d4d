"""Pairs whose notes are known: a recording in the library and the corpus piece that it is a recording of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy import signal

from generator.bars import METRES
from generator.corpus import Piece, read_corpus
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import SourceNotes, arrange
from service.bench.ear.transcription import HEARD_RATE

TEMPO_WITHOUT_MARK_BPM = 120.0
"""How MIDI plays a file that states no tempo."""

FRAMES_PER_SECOND = 100
FURTHEST_OFF_SECONDS = 0.5
ALIGNED_FROM = 0.15
"""Correlation of written and heard onsets."""

NEARLY_EQUAL = 0.85


def recorded_pieces(titles: Iterable[Sequence[str]], corpus_dir: Path) -> dict[int, Piece]:
    """Return the corpus piece of each library file that is a recording of one: file number -> piece.

    `titles` gives each file's names (stem, title tag); a name counts where exactly one piece and one file bear it, case
    aside. Raises ValueError where the folder holds no corpus.
    """
    names = [{name.casefold() for name in file if name} for file in titles]
    files_named = Counter(name for file in names for name in file)
    pieces: dict[str, Piece] = {}
    pieces_named: Counter[str] = Counter()
    for piece in read_corpus(corpus_dir):
        title = piece.title.casefold()
        if files_named[title]:
            pieces_named[title] += 1
            pieces[title] = piece
    return {
        number: pieces[name]
        for number, file in enumerate(names)
        for name in file
        if files_named[name] == 1 and pieces_named[name] == 1
    }


def piece_seconds(piece: Piece) -> float:
    """Return how long a piece lasts up to its last onset, at its own tempo."""
    return float(piece.notes.onset_steps.max(initial=0)) * _step_seconds(piece)


def excerpt_starts(piece: Piece, duration_seconds: float, excerpt_seconds: float, count: int) -> list[float]:
    """Return where excerpts begin in seconds, spread over what piece and recording share, each on a step of the grid."""
    shared = min(piece_seconds(piece), duration_seconds) - excerpt_seconds
    step = _step_seconds(piece)
    return (
        [round(shared * (place + 0.5) / count / step) * step for place in range(count)] if shared > 0 else []
    )


def written_notes(piece: Piece, start_seconds: float, seconds: float) -> Notes:
    """Return what a piece plays from `start_seconds` on as an arrangement of at least `seconds`."""
    step = _step_seconds(piece)
    first, steps = round(start_seconds / step), round(seconds / step)
    arranged = arrange(piece.notes)
    tracks = [
        _cut(piece.notes.take(arranged.rows == row), ROWS[row], program, first, steps)
        for row, program in sorted(arranged.programs.items())
    ]
    bar_steps = METRES[piece.metre].bar_steps
    return Notes(
        tuple(track for track in tracks if len(track.onset_steps)),
        tempo_bpm=60.0 / STEPS_PER_BEAT / step,
        beats_per_bar=bar_steps // STEPS_PER_BEAT,
        bars=max(-(-steps // bar_steps), 1),
    )


def heard_later_by(notes: Notes, samples_16k: np.ndarray) -> float | None:
    """Return how many seconds later than written notes are heard in mono audio (n,) at 16 kHz, at most half a second.

    A tempo that the source rounds drifts by as much. None where the onsets heard are not those of the notes.
    """
    heard = _rises(samples_16k)
    written = np.zeros(len(heard))
    step = notes.duration_seconds / (notes.bars * notes.beats_per_bar * STEPS_PER_BEAT)
    for track in notes.tracks:
        frames = np.rint(track.onset_steps * step * FRAMES_PER_SECOND).astype(np.int64)
        written[frames[frames < len(written)]] = 1.0
    written = np.convolve(written, [0.5, 1.0, 0.5], "same")
    if not written.std() or not heard.std():
        return None
    furthest = round(FURTHEST_OFF_SECONDS * FRAMES_PER_SECOND)
    lags = np.arange(-furthest, furthest + 1)
    agreement = np.array([np.corrcoef(np.roll(written, lag), heard)[0, 1] for lag in lags])
    if agreement.max() < ALIGNED_FROM:
        return None
    # a beat that repeats agrees with itself at other lags too: of nearly equal ones the smallest is meant
    likely = lags[agreement >= NEARLY_EQUAL * agreement.max()]
    return float(likely[np.argmin(np.abs(likely))]) / FRAMES_PER_SECOND


def _rises(samples_16k: np.ndarray) -> np.ndarray:
    """Return how much louder the spectrum grows (frames,) from frame to frame, 100 frames a second."""
    hop = HEARD_RATE // FRAMES_PER_SECOND
    _, _, spectrum = signal.stft(samples_16k, HEARD_RATE, nperseg=2 * hop, noverlap=hop)
    loudness = np.log1p(1000.0 * np.abs(spectrum))
    rises: np.ndarray = np.maximum(np.diff(loudness, axis=1, prepend=loudness[:, :1]), 0.0).sum(0)
    return rises


def _step_seconds(piece: Piece) -> float:
    return 60.0 / (piece.tempo_bpm or TEMPO_WITHOUT_MARK_BPM) / STEPS_PER_BEAT


def _cut(line: SourceNotes, row: str, program: int, first_step: int, steps: int) -> NoteTrack:
    onset = line.onset_steps - first_step
    inside = (onset >= 0) & (onset < steps)
    kept = line.take(inside)
    return NoteTrack(
        row,
        program,
        onset[inside],
        np.minimum(kept.duration_steps, steps - onset[inside]),
        kept.pitch,
        kept.velocity,
    )
