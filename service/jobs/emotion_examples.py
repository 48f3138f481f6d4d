"""Music with what people say of its mood: files by their titles and genres, a written corpus by its words, rendered."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.signal import resample_poly

from generator.bars import METRES
from generator.corpus import PIECES_FILE, Piece, read_corpus
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack
from generator.rows import DRUM_KEYS, arrange, drum_class
from generator.sound.fonts import default_font
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from recommender.embedding import TrackEncoder, spread_patches
from recommender.emotion_training import HeardExample
from recommender.features import FEATURE_SECONDS, SAMPLE_RATE, measure_features, middle_start_seconds
from recommender.mood_words import SaidMood, arousal_of_groove, mood_of_words
from recommender.musicnn import PATCH_SAMPLES
from service.audio import AudioError, DecoderPool
from service.errors import InvalidRequest
from service.operations.job_queue import Report

SUFFIXES = (".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma")
TITLE_TAGS = ("title", "genre")
EXCERPTS = 4  # of 3 s, for the tags of a training example
MOST_WITHOUT_WORDS = 80  # files of a library that only show what usual music is
PEAK = 0.7
FEWEST_NOTES = 10
_GROOVE = "groove="


def library_files(library: Path) -> list[Path]:
    """The audio files below a folder, sorted by name; raises InvalidRequest (library_empty)."""
    files = sorted(path for path in library.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise InvalidRequest(f"There is no music in {library}.", code="library_empty")
    return files


def library_hash(library: Path) -> str:
    """One SHA-256 over the names and contents of a library's audio files, for model cards."""
    digest = hashlib.sha256()
    for path in library_files(library):
        digest.update(path.relative_to(library).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def library_examples(
    library: Path, encoder: TrackEncoder, pool: DecoderPool, report: Report
) -> Iterator[HeardExample]:
    """Files whose name, title or genre says a mood, and some others; a group is a folder at the library's top."""
    said = {path: mood for path in library_files(library) if (mood := _said_of(path, pool)) is not None}
    told = [path for path, mood in said.items() if mood != SaidMood(None, None)]
    others = [path for path in said if path not in set(told)]
    step = max(1, len(others) // MOST_WITHOUT_WORDS)
    chosen = sorted([*told, *others[::step]])
    for number, path in enumerate(chosen):
        report(number / len(chosen), f"listening to {number + 1} of {len(chosen)} files")
        try:
            excerpts = pool.load_excerpts(
                path, excerpt_seconds=PATCH_SAMPLES / SAMPLE_RATE, excerpts=EXCERPTS, sample_rate=SAMPLE_RATE
            )
            middle = pool.load(
                path,
                sample_rate=SAMPLE_RATE,
                mono=True,
                start_seconds=middle_start_seconds(pool.probe(path).duration_seconds),
                max_seconds=FEATURE_SECONDS,
            )
        except AudioError:
            continue  # a file that cannot be played teaches nothing
        yield HeardExample(
            collection="titles",
            group=path.relative_to(library).parts[0],
            tags=encoder.encode(excerpts.reshape(-1)).tags,
            features=measure_features(middle.samples[0], excerpts),
            valence=said[path].valence,
            arousal=said[path].arousal,
        )


def _said_of(path: Path, pool: DecoderPool) -> SaidMood | None:
    """What is said of a file; None when it cannot be read, or is a sound rather than music."""
    try:
        if pool.probe(path).duration_seconds < FEATURE_SECONDS:
            return None
        tags = pool.read_tags(path)
    except AudioError:
        return None
    return mood_of_words(" ".join([path.stem, *(word for name in TITLE_TAGS for word in tags.get(name, []))]))


def corpus_examples(
    corpus: Path, encoder: TrackEncoder, rng: np.random.Generator, report: Report
) -> Iterator[HeardExample]:
    """One arrangement of each work of the training split that has mood words, rendered; a group is a work.

    Valence is the mood words', which describe the progression of chords; arousal what the groove's name says, for the
    grooves were drawn without regard to those words. Raises InvalidRequest (corpus_unusable) where a corpus has none.
    """
    words = _mood_rows(corpus)
    chosen = {int(rng.choice(words_of_work)) for words_of_work in _by_work(words)}
    done = 0
    for piece in read_corpus(corpus):
        if piece.piece_id not in chosen or piece.tempo_bpm is None:
            continue
        done += 1
        report(done / len(chosen), f"rendering {done} of {len(chosen)} pieces")
        notes = _opening(piece)
        if notes.note_count < FEWEST_NOTES:
            continue
        samples = _rendered(notes, np.random.default_rng(piece.piece_id))
        row = words[piece.piece_id]
        yield HeardExample(
            collection="rendered",
            group=piece.work_id,
            tags=encoder.encode(spread_patches(samples, EXCERPTS).reshape(-1)).tags,
            features=measure_features(samples),
            valence=float(row["valence"]),
            arousal=arousal_of_groove(_groove(row["tags"])),
        )


def _mood_rows(corpus: Path) -> dict[int, dict[str, str | float]]:
    table = corpus / PIECES_FILE
    if not table.is_file():
        raise InvalidRequest(f"{corpus} has no {PIECES_FILE} with mood words.", code="corpus_unusable")
    columns = ["id", "work_id", "split", "tags", "valence"]
    rows = pq.read_table(table, columns=columns).to_pylist()
    found = {row["id"]: row for row in rows if row["valence"] is not None and row["split"] == "train"}
    if not found:
        raise InvalidRequest(f"No piece of {corpus} has mood words.", code="corpus_unusable")
    return found


def _by_work(rows: dict[int, dict[str, str | float]]) -> list[list[int]]:
    works: dict[str, list[int]] = {}
    for piece_id in sorted(rows):
        works.setdefault(str(rows[piece_id]["work_id"]), []).append(piece_id)
    return [works[work] for work in sorted(works)]


def _groove(tags: str | float) -> str:
    words = str(tags).split(";")
    return next((word.removeprefix(_GROOVE) for word in words if word.startswith(_GROOVE)), "")


def _opening(piece: Piece) -> Notes:
    """The first bars of a piece that fill the time features are measured over, from the first note's bar on."""
    if piece.tempo_bpm is None:
        raise ValueError("a piece without a tempo cannot be timed")
    bar_steps = METRES[piece.metre].bar_steps
    beats_per_bar = bar_steps // STEPS_PER_BEAT
    bars = int(np.ceil(FEATURE_SECONDS * piece.tempo_bpm / 60.0 / beats_per_bar))
    first = int(piece.notes.onset_steps.min(initial=0)) // bar_steps * bar_steps
    inside = (piece.notes.onset_steps >= first) & (piece.notes.onset_steps < first + bars * bar_steps)
    arrangement = arrange(piece.notes)
    tracks = []
    for number, row in enumerate(ROWS):
        notes = piece.notes.take(inside & (arrangement.rows == number))
        if not len(notes):
            continue
        pitch = np.array(DRUM_KEYS)[drum_class(notes.pitch)] if row == "drums" else notes.pitch
        tracks.append(
            NoteTrack(
                row,
                arrangement.programs[number],
                (notes.onset_steps - first).astype(np.int32),
                notes.duration_steps.astype(np.int32),
                pitch.astype(np.int16),
                np.clip(notes.velocity, 1, 127).astype(np.int16),
            )
        )
    return Notes(tuple(tracks), piece.tempo_bpm, beats_per_bar, bars)


def _rendered(notes: Notes, rng: np.random.Generator) -> np.ndarray:
    """Mono at 16 kHz, as loud as its peak lets it be."""
    mono = resample_poly(
        render_notes(notes, rng=rng, font=default_font()).mean(axis=0), SAMPLE_RATE, SYNTHESIS_RATE
    )
    mono = mono[: int(FEATURE_SECONDS * SAMPLE_RATE)]
    samples: np.ndarray = (PEAK * mono / max(float(np.abs(mono).max()), 1e-6)).astype(np.float32)
    return samples
