"""Job: excerpts of the scores that music21 brings along, as audio files."""

import io
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import music21
import mutagen.flac
import numpy as np
import soundfile

from generator.notes import STEPS_PER_BEAT, Notes, NoteTrack
from generator.sound.mastering import master
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from service.errors import InvalidRequest
from service.jobs.score_excerpts import ScoreExcerpt
from service.operations.fence import Fence
from service.operations.job_queue import Report
from service.settings import Settings
from service.store.database import Database
from service.store.media import write_atomically

PLAIN_VELOCITY = 78
"""For notes whose score says nothing about their loudness."""


@dataclass(frozen=True)
class Inputs:
    """The excerpts still to be rendered, and the folder they go to."""

    folder: Path
    excerpts: tuple[ScoreExcerpt, ...]


@dataclass(frozen=True)
class RenderedScore:
    """A finished file, not yet written."""

    path: Path
    content: bytes


def load_inputs(db: Database, settings: Settings, payload: dict[str, Any]) -> Inputs:  # noqa: ARG001  # every job's load_inputs is given these
    """Read the request and leave out what a former run has rendered."""
    folder = Path(payload["folder"])
    excerpts = [_excerpt(fields) for fields in payload["excerpts"]]
    return Inputs(folder, tuple(each for each in excerpts if not (folder / each.file_name).exists()))


def compute(inputs: Inputs, report: Report) -> Generator[RenderedScore, None, None]:
    """Render one excerpt after the other."""
    for position, excerpt in enumerate(inputs.excerpts):
        report(position / len(inputs.excerpts), f"{excerpt.composer}: {excerpt.title}")
        yield RenderedScore(inputs.folder / excerpt.file_name, render(excerpt))


def store_result(db: Database, output: RenderedScore, fence: Fence) -> dict[str, Any]:  # noqa: ARG001  # a file, no row: nothing to fence
    """Put the file into its folder."""
    write_atomically(output.path, output.content)
    return {"last_file": output.path.name}


def render(excerpt: ScoreExcerpt) -> bytes:
    """Return the excerpt as a tagged FLAC file (48 kHz, stereo, -16 LUFS); the same bytes whenever it is asked."""
    notes = read_notes(excerpt)
    rng = np.random.default_rng(np.frombuffer(excerpt.slug.encode(), dtype=np.uint8))
    mastered = master(render_notes(notes, rng=rng), SYNTHESIS_RATE, target_lufs=-16.0)
    buffer = io.BytesIO()
    soundfile.write(buffer, mastered.samples.T, SYNTHESIS_RATE, format="FLAC", subtype="PCM_16")
    return _tagged(buffer, excerpt)


def read_notes(excerpt: ScoreExcerpt) -> Notes:
    """Return the excerpt on the project's grid, each part one track.

    Raises InvalidRequest ``score_not_as_expected`` where the score has other parts or fewer bars than asked.
    """
    parts = _parts(excerpt.corpus_path)
    last_bar = excerpt.first_bar + excerpt.bars - 1
    if len(parts) != len(excerpt.parts) or any(_bar_count(part) < last_bar for part in parts):
        raise InvalidRequest(
            f"The score {excerpt.corpus_path} has {len(parts)} parts and {min(map(_bar_count, parts))} bars; "
            f"the excerpt asks for {len(excerpt.parts)} parts and goes to bar {last_bar}.",
            code="score_not_as_expected",
        )
    bars = [_bars(part)[excerpt.first_bar - 1 : last_bar] for part in parts]
    # Taken from the first part for all: grace notes make some bars of some parts longer on paper than they sound.
    lengths = [_bar_quarters(bar) for bar in bars[0]]
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    tracks = [
        _track(row, program, _events(part, starts))
        for part, (row, program) in zip(bars, excerpt.parts, strict=True)
    ]
    if excerpt.chords is not None:
        tracks.append(_track(*excerpt.chords, _strummed(bars[0], starts)))
    beats_per_bar = round(max(lengths))
    return Notes(
        tracks=tuple(track for track in tracks if len(track.pitch)),
        tempo_bpm=excerpt.quarters_per_minute,
        beats_per_bar=beats_per_bar,
        bars=int(np.ceil(starts[-1] / beats_per_bar)),
    )


@lru_cache(maxsize=1)
def _parts(corpus_path: str) -> list[Any]:
    """The parts as they sound, ties joined; kept for the next excerpt because a long score takes seconds to read."""
    path = Path(music21.__file__).parent / "corpus" / corpus_path
    with warnings.catch_warnings():
        # Bars that are too long on paper are known and dealt with above.
        warnings.simplefilter("ignore", music21.musicxml.xmlObjects.MusicXMLWarning)
        score = music21.converter.parse(path, forceSource=True)
    if isinstance(score, music21.stream.Opus):
        score = score.mergeScores()
    parts = list(score.parts)
    for part in parts:
        part.toSoundingPitch(inPlace=True)
        part.stripTies(inPlace=True)
    return parts


def _bars(part: Any) -> list[Any]:
    return list(part.getElementsByClass(music21.stream.Measure))


def _bar_count(part: Any) -> int:
    return len(_bars(part))


def _bar_quarters(bar: Any) -> float:
    nominal = float(bar.barDuration.quarterLength)
    # A pick-up bar is shorter than its metre; nothing else here is.
    return min(nominal, float(bar.highestTime)) if bar.number == 0 else nominal


def _events(bars: list[Any], starts: np.ndarray) -> list[tuple[float, float, int]]:
    """Return (onset, duration, pitch) of what sounds in `bars`, in quarters from their beginning."""
    return [
        (start + float(element.offset), float(element.quarterLength), pitch.midi)
        for bar, start in zip(bars, starts[:-1], strict=True)
        for element in bar.flatten().notes
        if not (element.duration.isGrace or isinstance(element, music21.harmony.ChordSymbol))
        for pitch in element.pitches
    ]


def _strummed(bars: list[Any], starts: np.ndarray) -> list[tuple[float, float, int]]:
    """Return the bars' chord symbols as chords struck on every second quarter, as (onset, duration, pitch)."""
    symbols = [
        (start + float(symbol.offset), [pitch.midi for pitch in symbol.pitches])
        for bar, start in zip(bars, starts[:-1], strict=True)
        for symbol in bar.flatten().getElementsByClass(music21.harmony.ChordSymbol)
    ]
    ends = [onset for onset, _ in symbols[1:]] + [float(starts[-1])]
    return [
        (float(struck), min(2.0, end - float(struck)), pitch)
        for (onset, pitches), end in zip(symbols, ends, strict=True)
        for struck in np.arange(onset, end, 2.0)
        for pitch in pitches
    ]


def _track(row: str, program: int, events: list[tuple[float, float, int]]) -> NoteTrack:
    events = sorted(events)
    onsets = np.rint([onset * STEPS_PER_BEAT for onset, _, _ in events]).astype(np.int32)
    durations = np.rint([duration * STEPS_PER_BEAT for _, duration, _ in events]).astype(np.int32)
    return NoteTrack(
        row=row,
        program=program,
        onset_steps=onsets,
        duration_steps=np.maximum(durations, 1),
        pitch=np.array([pitch for _, _, pitch in events], dtype=np.int16),
        velocity=np.full(len(events), PLAIN_VELOCITY, dtype=np.int16),
    )


def _tagged(buffer: io.BytesIO, excerpt: ScoreExcerpt) -> bytes:
    buffer.seek(0)
    audio = mutagen.flac.FLAC(buffer)
    audio["title"] = excerpt.title
    audio["artist"] = excerpt.composer
    audio["album"] = excerpt.album
    audio["genre"] = "classical"
    audio["copyright"] = excerpt.terms
    buffer.seek(0)
    audio.save(buffer)
    return buffer.getvalue()


def _excerpt(fields: dict[str, Any]) -> ScoreExcerpt:
    chords = fields["chords"]
    return ScoreExcerpt(
        **{
            **fields,
            "parts": tuple((row, program) for row, program in fields["parts"]),
            "chords": None if chords is None else (chords[0], chords[1]),
        }
    )
