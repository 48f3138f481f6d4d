"""Codec, denoiser and sampler on tiny networks: what must hold whatever the weights are."""

from pathlib import Path

import numpy as np
import pytest
import torch

from generator.assembly import assemble, certain
from generator.bars import LOWEST_PITCH
from generator.codec import LATENT_ROWS, Codec, CodecConfig, codec_loss
from generator.corpus import read_corpus
from generator.dataset import BarDataset, BarPlanes, bar_planes, build_dataset
from generator.denoiser import SCALARS, Condition, Denoiser, DenoiserConfig
from generator.diffusion import SamplerConfig, flow_loss, sample_latent
from tests.generator.corpora import write_tables

CHANNELS, BARS, ROWS = 8, 16, len(LATENT_ROWS)


@pytest.fixture
def dataset(tmp_path: Path) -> BarDataset:
    return build_dataset(read_corpus(write_tables(tmp_path)))


@pytest.fixture
def planes(dataset: BarDataset) -> BarPlanes:
    return bar_planes(dataset, dataset.segment_range(), np.arange(6))


@pytest.fixture
def codec() -> Codec:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        return Codec(
            CodecConfig(latent_channels=CHANNELS, width=32, heads=2, encoder_layers=1, decoder_layers=1)
        )


@pytest.fixture
def denoiser() -> Denoiser:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        network = Denoiser(DenoiserConfig(latent_channels=CHANNELS, width=32, layers=2, heads=2))
        # an untrained output layer is zero, which would hide what reaches it
        torch.nn.init.normal_(network.out.weight)
        torch.nn.init.normal_(network.out_modulation.weight)
        torch.nn.init.normal_(network.modulation.weight, std=0.3)
        return network.eval()


def condition(batch: int = 2, absent: tuple[int, ...] = ()) -> Condition:
    rests = torch.zeros(batch, ROWS, dtype=torch.bool)
    rests[:, list(absent)] = True
    return Condition(
        style=torch.ones(batch, 24),
        scalars=torch.zeros(batch, len(SCALARS)),
        known=torch.ones(batch, len(SCALARS), dtype=torch.bool),
        has_style=torch.ones(batch, dtype=torch.bool),
        metre=torch.zeros(batch, dtype=torch.int64),
        absent=rests,
    )


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_few_steps_teach_the_codec(codec: Codec, planes: BarPlanes) -> None:
    optimiser = torch.optim.AdamW(codec.parameters(), lr=3e-3)
    losses = []
    for _ in range(16):
        loss, _ = codec_loss(codec, planes, rng())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]


def test_a_frozen_encoder_keeps_the_meaning_of_latents(codec: Codec, planes: BarPlanes) -> None:
    codec.freeze_encoder()
    before, _ = codec.encode(planes)
    trainable = [parameter for parameter in codec.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trainable, lr=1e-2)
    codec_loss(codec, planes, rng())[0].backward()
    optimiser.step()
    after, _ = codec.encode(planes)
    assert torch.equal(before, after)


def test_a_bar_of_one_chord_has_the_latent_of_its_chord_row(codec: Codec, planes: BarPlanes) -> None:
    mean, _ = codec.encode(planes)
    tonic = codec.encode_chords(torch.zeros(1, 4, dtype=torch.long))
    torch.testing.assert_close(mean[:1, 0], tonic)


def test_planes_and_notes_say_the_same(planes: BarPlanes) -> None:
    notes = assemble(
        planes.onset.numpy() > 0,
        certain(planes.sounding.numpy()),
        planes.velocity.numpy(),
        planes.drum_onset.numpy() > 0,
        planes.drum_velocity.numpy(),
        metre=0,
        transposition=0,
        programs={"bass": 33, "drums": 128},
        tempo_bpm=120,
    )
    bass, drums = notes.tracks
    assert bass.pitch.tolist() == [36] * 12
    assert bass.onset_steps.tolist() == [24 * number for number in range(12)]
    assert drums.pitch.tolist() == [36, 38, 36, 38] * 6
    assert int(planes.onset[0, 3, 0, 36 - LOWEST_PITCH]) == 1


def test_given_tokens_come_back_unchanged(denoiser: Denoiser) -> None:
    known = torch.randn(2, BARS, ROWS, CHANNELS, generator=rng())
    given = torch.zeros(2, BARS, ROWS, dtype=torch.bool)
    given[:, :8] = True
    latent = sample_latent(denoiser, known, given, condition(), SamplerConfig(steps=4), rng(1))
    assert torch.equal(latent[:, :8], known[:, :8])
    assert not torch.isclose(latent[:, 8:], known[:, 8:]).any(dim=-1).all()


def test_the_same_seed_gives_the_same_latent(denoiser: Denoiser) -> None:
    known, given = torch.zeros(2, BARS, ROWS, CHANNELS), torch.zeros(2, BARS, ROWS, dtype=torch.bool)
    one, same, other = (
        sample_latent(denoiser, known, given, condition(), SamplerConfig(steps=3), rng(seed))
        for seed in (5, 5, 6)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_varied_return_stays_nearer_than_a_new_section(denoiser: Denoiser) -> None:
    known = torch.randn(2, BARS, ROWS, CHANNELS, generator=rng())
    given = torch.zeros(2, BARS, ROWS, dtype=torch.bool)
    plain = SamplerConfig(steps=10, guidance_scale=1.0)
    distance = [
        float(
            (
                sample_latent(denoiser, known, given, condition(), plain, rng(1), from_level=level) - known
            ).norm()
        )
        for level in (0.3, 1.0)
    ]
    assert distance[0] < distance[1]


def test_what_an_absent_row_holds_cannot_be_heard(denoiser: Denoiser) -> None:
    latent = torch.randn(2, BARS, ROWS, CHANNELS, generator=rng())
    changed = latent.clone()
    changed[:, :, 2] = 9.0
    given, level = torch.zeros(2, BARS, ROWS, dtype=torch.bool), torch.full((2,), 0.5)
    with torch.inference_mode():
        first, second = (denoiser(one, level, given, condition(absent=(2,))) for one in (latent, changed))
    assert torch.equal(first, second)
    assert not first[:, :, 2].any()


def test_windows_of_unlike_rows_are_refused(denoiser: Denoiser) -> None:
    asked = condition()
    asked.absent[0, 3] = True
    latent = torch.zeros(2, BARS, ROWS, CHANNELS)
    given, level = torch.zeros(2, BARS, ROWS, dtype=torch.bool), torch.full((2,), 0.5)
    with pytest.raises(ValueError, match="equally many rows"):
        denoiser(latent, level, given, asked)


def test_an_unconditional_twin_does_not_see_style_or_scalars(denoiser: Denoiser) -> None:
    latent = torch.randn(2, BARS, ROWS, CHANNELS, generator=rng())
    given, level = torch.zeros(2, BARS, ROWS, dtype=torch.bool), torch.full((2,), 0.5)
    asked = condition()
    other = Condition(
        asked.style * 3, asked.scalars + 0.7, asked.known, asked.has_style, asked.metre, asked.absent
    )
    with torch.inference_mode():
        plain = [denoiser(latent, level, given, one.without_style()) for one in (asked, other)]
        styled = [denoiser(latent, level, given, one) for one in (asked, other)]
    assert torch.equal(*plain)
    assert not torch.equal(*styled)


def test_loss_counts_only_rows_that_play(denoiser: Denoiser) -> None:
    latent = torch.randn(2, BARS, ROWS, CHANNELS, generator=rng())
    given = torch.zeros(2, BARS, ROWS, dtype=torch.bool)
    weight = torch.ones(2, BARS, ROWS)
    weight[:, :, 5] = 0
    changed = latent.clone()
    changed[:, :, 5] = 50.0
    with torch.inference_mode():
        losses = [
            float(flow_loss(denoiser, one, given, weight, condition(absent=(5,)), rng(3)))
            for one in (latent, changed)
        ]
    assert losses[0] == pytest.approx(losses[1])
