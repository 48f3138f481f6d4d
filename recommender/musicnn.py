"""MusiCNN: a convolutional network that names what it hears in three seconds of music.

J. Pons and X. Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging" (arXiv 1909.06654);
the layers are those of section 2 and of J. Pons et al., "End-to-end learning for music audio tagging at scale"
(arXiv 1711.02520). Two sets of weights exist: one trained on the Million Song Dataset, one on MagnaTagATune.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE = 16_000
FFT_SAMPLES = 512
HOP_SAMPLES = 256
MEL_BANDS = 96
PATCH_FRAMES = 187
PATCH_SAMPLES = 3 * SAMPLE_RATE

PENULTIMATE_SIZE = 200
BATCH_NORM_EPSILON = 1e-3


def slaney_mel_filters() -> Tensor:
    """Triangular filters (96 bands, 257 bins), linear below 1 kHz and logarithmic above, each of unit area.

    M. Slaney, "Auditory Toolbox" (1998): 200/3 Hz a mel below 1 kHz, 27 equal log steps from 1 to 6.4 kHz.
    """
    linear_hz_per_mel = 200.0 / 3.0
    knee_hz, log_step = 1000.0, math.log(6.4) / 27.0
    knee_mel = knee_hz / linear_hz_per_mel
    nyquist_hz = SAMPLE_RATE / 2
    top_mel = knee_mel + math.log(nyquist_hz / knee_hz) / log_step

    mels = np.linspace(0.0, top_mel, MEL_BANDS + 2)
    edges_hz = np.where(
        mels < knee_mel, mels * linear_hz_per_mel, knee_hz * np.exp(log_step * (mels - knee_mel))
    )
    bins_hz = np.linspace(0.0, nyquist_hz, FFT_SAMPLES // 2 + 1)
    widths_hz = np.diff(edges_hz)
    ramps = edges_hz[:, None] - bins_hz[None, :]
    rising = -ramps[:-2] / widths_hz[:-1, None]
    falling = ramps[2:] / widths_hz[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return torch.from_numpy((triangles * area[:, None]).astype(np.float32))


class LogMel(nn.Module):
    """Log-compressed mel power spectrogram: log10(10000 m + 1), the power m rounded to half precision first.

    The rounding is part of the feature: the networks were trained on spectrograms stored that way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", slaney_mel_filters(), persistent=False)
        self.register_buffer("window", torch.hann_window(FFT_SAMPLES), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """(batch, time) samples at 16 kHz to (batch, frames, 96 bands), frames centred, silence beyond the ends."""
        spectrum = torch.stft(
            samples,
            FFT_SAMPLES,
            HOP_SAMPLES,
            window=self.get_buffer("window"),
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()
        mel = torch.matmul(self.get_buffer("filters"), power)
        return torch.log10(1.0 + 10_000.0 * mel.half().float()).transpose(1, 2)


@dataclass(frozen=True)
class MusicnnConfig:
    """Sizes of the published "musicnn" checkpoints."""

    timbral_channels: int = 204
    timbral_heights: tuple[int, ...] = (38, 67)  # 0.4 and 0.7 of the 96 bands
    timbral_frames: int = 7
    temporal_channels: int = 51
    temporal_frames: tuple[int, ...] = (128, 64, 32)
    middle_channels: int = 64
    middle_frames: int = 7
    tags: int = 50

    @property
    def front_channels(self) -> int:
        """Channels that leave the front end."""
        return self.timbral_channels * len(self.timbral_heights) + self.temporal_channels * len(
            self.temporal_frames
        )

    @property
    def pooled_channels(self) -> int:
        """Channels that are pooled over time: the front end's and three middle layers'."""
        return self.front_channels + 3 * self.middle_channels


class FrontEnd(nn.Module):
    """One bank of filters over the mel patch, its highest answer over the bands kept for every frame."""

    def __init__(self, channels: int, frames: int, height: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, channels, (frames, height))
        self.norm = nn.BatchNorm1d(channels, eps=BATCH_NORM_EPSILON)
        self.padding = (0, 0, (frames - 1) // 2, frames // 2)

    def forward(self, patches: Tensor) -> Tensor:
        """(batch, 1, frames, 96) to (batch, channels, frames).

        The published order is convolution, ReLU, norm, maximum over the bands. ReLU and norm are monotonic in each channel
        (falling where the norm's weight is negative), so the extreme is taken first: same numbers, a third of the time.
        """
        direction = torch.where(self.norm.weight < 0, -1.0, 1.0)
        answers = functional.conv2d(
            functional.pad(patches, self.padding),
            self.convolution.weight * direction[:, None, None, None],
            self.convolution.bias * direction if self.convolution.bias is not None else None,
        )
        extreme = answers.amax(dim=3) * direction[:, None]
        kept: Tensor = self.norm(functional.relu(extreme))
        return kept


class Middle(nn.Module):
    """A convolution over time that sees all channels."""

    def __init__(self, channels_in: int, channels: int, frames: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels_in, channels, frames, padding=frames // 2)
        self.norm = nn.BatchNorm1d(channels, eps=BATCH_NORM_EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        """(batch, channels_in, frames) to (batch, channels, frames)."""
        answers: Tensor = self.norm(functional.relu(self.convolution(features)))
        return answers


class Musicnn(nn.Module):
    """The whole network; built in evaluation mode, since it is never trained here."""

    def __init__(self, config: MusicnnConfig | None = None) -> None:
        super().__init__()
        config = config or MusicnnConfig()
        self.input_norm = nn.BatchNorm2d(1, eps=BATCH_NORM_EPSILON)
        self.front = nn.ModuleList(
            [
                FrontEnd(config.timbral_channels, config.timbral_frames, height)
                for height in config.timbral_heights
            ]
            + [FrontEnd(config.temporal_channels, frames, 1) for frames in config.temporal_frames]
        )
        middle_inputs = (config.front_channels, config.middle_channels, config.middle_channels)
        self.middle = nn.ModuleList(
            [Middle(channels, config.middle_channels, config.middle_frames) for channels in middle_inputs]
        )
        self.pooled_norm = nn.BatchNorm1d(2 * config.pooled_channels, eps=BATCH_NORM_EPSILON)
        self.penultimate = nn.Linear(2 * config.pooled_channels, PENULTIMATE_SIZE)
        self.penultimate_norm = nn.BatchNorm1d(PENULTIMATE_SIZE, eps=BATCH_NORM_EPSILON)
        self.tags = nn.Linear(PENULTIMATE_SIZE, config.tags)
        self.eval()

    @classmethod
    def from_weights(cls, tensors: Mapping[str, np.ndarray]) -> "Musicnn":
        """The network with these weights, named as in `state_dict`; raises ValueError when one is missing or odd."""
        network = cls()
        given = {
            name: torch.from_numpy(np.array(values, dtype=np.float32)) for name, values in tensors.items()
        }
        wanted = {name: values for name, values in network.state_dict().items() if "num_batches" not in name}
        if {name: tuple(values.shape) for name, values in given.items()} != {
            name: tuple(values.shape) for name, values in wanted.items()
        }:
            raise ValueError("These are not the weights of a MusiCNN network: names or shapes differ.")
        network.load_state_dict(given, strict=False)
        return network.requires_grad_(requires_grad=False)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel patches (batch, 187, 96) to penultimate features (batch, 200) and tag probabilities (batch, 50)."""
        normal = self.input_norm(patches[:, None])
        front = torch.cat([bank(normal) for bank in self.front], dim=1)  # (batch, 561, frames)
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        everything = torch.cat([front, first, second, third], dim=1)  # (batch, 753, frames)
        # the dense layer expects maximum and mean of each channel side by side
        pooled = torch.stack([everything.amax(dim=2), everything.mean(dim=2)], dim=2).flatten(1)
        hidden = functional.relu(self.penultimate(self.pooled_norm(pooled)))
        features = self.penultimate_norm(hidden)
        return features, torch.sigmoid(self.tags(features))
