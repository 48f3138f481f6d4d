import numpy as np
import pytest
import torch
from torch.nn import functional

from recommender.musicnn import (
    MEL_BANDS,
    PATCH_FRAMES,
    SAMPLE_RATE,
    FrontEnd,
    LogMel,
    Musicnn,
    slaney_mel_filters,
)


def test_the_front_end_answers_as_in_the_published_order() -> None:
    rng = torch.Generator().manual_seed(1)
    bank = FrontEnd(channels=6, frames=7, height=38).eval()
    for values in bank.state_dict().values():
        if values.is_floating_point():
            values.copy_(torch.randn(values.shape, generator=rng))
    bank.norm.running_var.copy_(torch.rand(6, generator=rng) + 0.5)
    patches = torch.rand((2, 1, 20, MEL_BANDS), generator=rng)

    answers = functional.relu(bank.convolution(functional.pad(patches, bank.padding)))
    published = bank.norm(answers.flatten(2)).view_as(answers).amax(dim=3)

    assert (bank.norm.weight < 0).any()
    torch.testing.assert_close(bank(patches), published, rtol=1e-4, atol=1e-5)


def test_each_mel_filter_has_unit_area_where_bins_are_dense() -> None:
    hz_per_bin = SAMPLE_RATE / 512
    areas = slaney_mel_filters().sum(dim=1) * hz_per_bin
    torch.testing.assert_close(areas[60:], torch.ones(36), rtol=0.05, atol=0.0)


def test_a_higher_tone_lies_in_a_higher_band() -> None:
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    tones = torch.stack([torch.sin(2 * torch.pi * hz * time) for hz in (200.0, 1000.0, 5000.0)])
    loudest = LogMel()(tones)[:, 30].argmax(dim=1)
    assert (loudest.diff() > 10).all()


def test_silence_is_zero_in_the_mel_spectrogram() -> None:
    assert not LogMel()(torch.zeros(1, 4096)).any()


def test_a_batch_gives_the_same_as_one_patch_at_a_time() -> None:
    rng = torch.Generator().manual_seed(2)
    network = Musicnn()
    patches = torch.rand((3, PATCH_FRAMES, MEL_BANDS), generator=rng)
    with torch.inference_mode():
        together, _ = network(patches)
        alone = torch.cat([network(patch)[0] for patch in patches.split(1)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="names or shapes differ"):
        Musicnn.from_weights({"tags.bias": np.zeros(50, dtype=np.float32)})
