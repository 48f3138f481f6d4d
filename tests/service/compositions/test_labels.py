import io

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC, FLACNoHeaderError

from service.audio import flac_bytes
from service.compositions.covers import draw_cover
from service.compositions.labels import TRAINED_ALGORITHMIC_MEDIA, Labels, labelled

LABELS = Labels("Harbour at Dusk ☾", "Zoë", "latent-diffusion", "homespun-1@0123456789ab", 42, "TimGM6mb")


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4800)).astype(np.float32)


@pytest.fixture(scope="module")
def cover() -> bytes:
    return draw_cover(np.ones((2, 2), dtype=np.float32), 0.0, 0.0)


def test_a_file_says_that_it_was_composed_by_a_machine_by_which_and_for_whom(
    samples: np.ndarray, cover: bytes
) -> None:
    tags = FLAC(io.BytesIO(labelled(flac_bytes(samples, 48000), LABELS, cover)))
    assert tags["AI_GENERATED"] == ["1"]
    assert tags["DIGITALSOURCETYPE"] == [TRAINED_ALGORITHMIC_MEDIA]
    assert tags["TITLE"] == ["Harbour at Dusk ☾"]
    assert tags["ARTIST"] == ["Zoë's studio"]
    assert tags["COMPOSITION_ENGINE"] == ["latent-diffusion"]
    assert tags["COMPOSITION_MODEL"] == ["homespun-1@0123456789ab"]
    assert tags["COMPOSITION_SEED"] == ["42"]
    assert tags["COMMENT"] == tags["AI_DISCLOSURE"]
    for fact in ("Zoë", "latent-diffusion", "homespun-1@0123456789ab", "42", "generative model"):
        assert fact in tags["AI_DISCLOSURE"][0]


def test_the_cover_is_inside(samples: np.ndarray, cover: bytes) -> None:
    (picture,) = FLAC(io.BytesIO(labelled(flac_bytes(samples, 48000), LABELS, cover))).pictures
    assert picture.data == cover
    assert picture.mime == "image/png"


def test_labelling_leaves_the_sound_alone_and_gives_the_same_bytes(samples: np.ndarray, cover: bytes) -> None:
    plain = flac_bytes(samples, 48000)
    first, second = (labelled(plain, LABELS, cover) for _ in range(2))
    assert first == second
    before, _ = soundfile.read(io.BytesIO(plain), dtype="int16")
    after, _ = soundfile.read(io.BytesIO(first), dtype="int16")
    assert np.array_equal(before, after)


def test_what_is_no_flac_is_refused(cover: bytes) -> None:
    with pytest.raises((FLACNoHeaderError, mutagen.MutagenError)):
        labelled(b"not a flac file at all", LABELS, cover)
