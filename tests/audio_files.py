"""Real audio files for tests, a few kilobytes each, made by the encoders that PyAV and soundfile bring along."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

SUFFIXES = ("mp3", "flac", "ogg", "opus", "m4a", "wav", "wma")
_ENCODERS = {
    "mp3": "libmp3lame",
    "flac": "flac",
    "opus": "libopus",
    "m4a": "aac",
    "wav": "pcm_s16le",
    "wma": "wmav2",
}
_CONTAINERS = {"m4a": "ipod", "wma": "asf", "opus": "ogg"}


def melody(seconds: float, *, seed: int = 1, sample_rate: int = 44_100, channels: int = 2) -> np.ndarray:
    """float32 (channels, time) of half-second notes with overtones; another seed is another melody."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    pitches_hz = 220 * 2 ** (rng.integers(0, 24, round(seconds * 2) + 1) / 12)
    phase = 2 * np.pi * np.cumsum(pitches_hz[(time * 2).astype(int)]) / sample_rate
    tone = sum(np.sin(phase * overtone) / overtone for overtone in (1, 2, 3)) * np.exp(-3 * (time % 0.5))
    return (0.2 * np.stack([tone, 0.8 * tone][:channels])).astype(np.float32)


def write_audio(path: Path, samples: np.ndarray, sample_rate: int = 44_100) -> Path:
    """Encode float samples (channels, time) by the file's suffix; Opus is always at 48 kHz."""
    suffix = path.suffix[1:]
    if suffix == "ogg":
        soundfile.write(path, samples.T, sample_rate, format="OGG", subtype="VORBIS")
        return path
    layout = {1: "mono", 2: "stereo"}[samples.shape[0]]
    coded_rate = 48_000 if suffix == "opus" else sample_rate
    with av.open(path, "w", format=_CONTAINERS.get(suffix, suffix)) as container:
        stream = container.add_stream(_ENCODERS[suffix], rate=coded_rate, layout=layout)
        if suffix == "wma":
            stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, 0, Fraction(1, sample_rate)
        resampler = av.AudioResampler(
            format=stream.format, layout=layout, rate=coded_rate, frame_size=stream.frame_size or 1024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
