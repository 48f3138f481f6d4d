from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generator.corpus import read_corpus
from generator.sound.rendering import SYNTHESIS_RATE, render_notes
from recommender.tags import TAGS
from service.bench.ear.pair_gathering import TRANSCRIBED, WRITTEN, gather_pairs
from service.bench.ear.pairs_written import written_notes
from service.bench.ear.transcription import INSTALL_SENTENCE
from service.errors import NotFound, NotPrepared
from tests.generator.corpora import write_tables


@dataclass(frozen=True)
class Colour:
    vector: np.ndarray
    tags: np.ndarray


def hear_colour(samples_16k: np.ndarray) -> Colour:
    """Which frequencies sound, instead of what an encoder hears: enough to tell whether the right piece was played."""
    frames = samples_16k[: samples_16k.size // 1600 * 1600].reshape(-1, 1600)
    level = np.log(np.abs(np.fft.rfft(frames * np.hanning(1600))).mean(0)[5:200] + 1e-3)
    level -= level.mean()
    vector = (level / np.linalg.norm(level)).astype(np.float32)
    return Colour(vector, np.full(len(TAGS), 0.1, np.float32))


@pytest.fixture
def music(tmp_path: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A library of a recording of Song 1, half a minute of hiss and a jingle, and the corpus that has Song 1."""
    corpus = write_tables(tmp_path / "corpus", pieces=2)
    song = list(read_corpus(corpus))[1]
    sound = render_notes(written_notes(song, 0.0, 34.0), rng=rng)[:, ::3]
    rate = SYNTHESIS_RATE // 3
    for name, samples in {
        "one/song 1.flac": sound / np.abs(sound).max(),
        "two/hiss.flac": 0.1 * rng.standard_normal((1, 30 * rate)),
        "two/jingle.flac": 0.1 * rng.standard_normal((1, 2 * rate)),
    }.items():
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples.T, rate)
    return tmp_path / "library", corpus


def test_recordings_are_paired_with_their_notes_or_we_say_what_to_install(music: tuple[Path, Path]) -> None:
    library, corpus = music
    said: list[float] = []
    try:
        pairs = gather_pairs(library, corpus, hear_colour, lambda share, _: said.append(share))
    except NotPrepared as missing:
        assert str(missing) == INSTALL_SENTENCE  # noqa: PT017  # either outcome is right
        return
    assert [pair.kind for pair in pairs.pairs] == [WRITTEN] * 2 + [TRANSCRIBED]
    assert {(pair.package, pair.track) for pair in pairs.pairs} == {("one", "one/song 1.flac")}
    hiss = hear_colour(np.random.default_rng(0).standard_normal(48_000)).vector
    assert np.all((pairs.real[:2] * pairs.rendered[:2]).sum(1) > 0.8)
    assert np.all(pairs.rendered[:2] @ hiss < 0.5)
    assert pairs.left_out == {"few_notes": 1, "short": 1}
    assert said == sorted(said)


def test_a_library_without_pairs_is_told_so(tmp_path: Path) -> None:
    corpus = write_tables(tmp_path / "corpus", pieces=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises((NotFound, NotPrepared)):
        gather_pairs(tmp_path / "empty", corpus, hear_colour, lambda *_: None)
