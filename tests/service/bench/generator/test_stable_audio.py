from pathlib import Path

import pytest
import torch

from service.bench.generator.stable_audio import (
    TINY,
    Architecture,
    decode_in_stretches,
    make_pipeline,
    measure_stable_audio,
)
from tests.service.jobs.test_compose_music import write_weights


def test_the_denoiser_is_as_large_as_the_published_one() -> None:
    with torch.device("meta"):
        pipeline = make_pipeline(Architecture(), torch.float32)
    sizes = [sum(each.numel() for each in part.parameters()) for part in (pipeline.transformer, pipeline.vae)]
    assert [round(size / 1e6) for size in sizes] == [459, 107]


def test_sound_that_is_decoded_in_stretches_is_the_same_as_all_at_once() -> None:
    autoencoder = make_pipeline(TINY, torch.float32).vae
    with torch.no_grad():
        for parameter in autoencoder.parameters():
            # Fresh networks add nothing in their attention, which is what would differ.
            parameter.add_(0.05 * torch.randn(parameter.shape))
    latents = torch.randn(1, 256, 10)
    with torch.no_grad():
        at_once = autoencoder.decode(latents).sample
    torch.testing.assert_close(decode_in_stretches(autoencoder, latents, 4), at_once, rtol=1e-3, atol=1e-4)
    assert at_once.abs().max() > 1e-2


def test_both_are_timed_in_one_run(tmp_path: Path) -> None:
    weights = write_weights(tmp_path / "weights", plays=True)
    told = measure_stable_audio(
        weights, 1, lambda _share, _words: None, architecture=TINY, music_seconds=4.0, times=1
    )
    assert len(told["ours"]) == 1
    assert len(told["theirs"]["steps"]) == 8
    ratio = told["vs_stable_audio_3_small"]
    assert ratio["value"] == pytest.approx(
        told["theirs"]["cpu_seconds"] / told["ours"][0]["cpu_seconds"], rel=0.1, abs=0.02
    )
    assert ratio["n"] == 1
