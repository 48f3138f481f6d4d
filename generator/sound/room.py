"""Width, room and glue: what makes rows of dry notes sound like one band in one place."""

import numpy as np
from scipy import signal

from generator.sound.equaliser import apply_sections, low_cut

WIDENING_DELAY_SECONDS, WIDENED_ABOVE_HZ = 0.011, 250.0
COMPRESSOR_FRAME_SECONDS = 0.01


def with_width(samples: np.ndarray, sample_rate: int, width: float) -> np.ndarray:
    """Return `samples` (2, time) float32 whose side signal is `width` times as large as its middle; 0 is mono.

    What is too wide is narrowed. What is too narrow is given complementary combs (Lauridsen's pseudo-stereo): a delayed,
    high-passed copy of the middle is added on the left and taken away on the right. Either way the mono sum stays what it was.
    """
    middle, side = (samples[0] + samples[1]) / 2, (samples[0] - samples[1]) / 2
    middle_energy, side_energy = float(np.vdot(middle, middle)), float(np.vdot(side, side))
    if middle_energy == 0.0:
        return samples
    now = float(np.sqrt(side_energy / middle_energy))
    if now > width:
        side = side * np.float32(width / now)
    else:
        amount = np.float32(np.sqrt(width**2 - now**2))
        delay = round(WIDENING_DELAY_SECONDS * sample_rate)
        delayed = high_pass(middle, sample_rate, WIDENED_ABOVE_HZ)[: max(len(middle) - delay, 0)]
        side[len(side) - len(delayed) :] += amount * delayed
    return np.stack([middle + side, middle - side])


def high_pass(samples: np.ndarray, sample_rate: int, cutoff_hz: float) -> np.ndarray:
    """Return `samples` (..., time) float32 without what lies below `cutoff_hz` (second-order Butterworth)."""
    return apply_sections(samples, low_cut(sample_rate, cutoff_hz))


def room_response(sample_rate: int, decay_seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Return a room's impulse response (2, time) float32 of unit energy, decorrelated left and right.

    Gaussian noise under an exponential decay (Moorer, "About this reverberation business", 1979) after a pre-delay and
    a dozen early reflections; treble dies twice as fast as the middle, as air and walls take it.
    """
    length = round(decay_seconds * sample_rate)
    seconds = np.arange(length) / sample_rate
    noise = rng.standard_normal((2, length)).astype(np.float32)
    dull = signal.sosfilt(signal.butter(1, 2200.0, fs=sample_rate, output="sos"), noise, axis=-1)
    # -60 dB after `decay_seconds`: e^-6.91.
    slow, fast = np.exp(-6.91 * seconds / decay_seconds), np.exp(-13.8 * seconds / decay_seconds)
    # The tail builds up over 30 ms, when reflections have become too many to be told apart.
    build_up = np.minimum(seconds / 0.03, 1.0)
    tail = (dull * slow + 0.5 * (noise - dull) * fast) * build_up
    early_at = np.sort(rng.uniform(0.004, 0.055, (2, 12)), axis=1)
    for channel in range(2):
        places = np.rint(early_at[channel] * sample_rate).astype(int)
        tail[channel, places] += 1.6 * np.exp(-early_at[channel] / 0.04) * rng.choice([-1.0, 1.0], 12)
    pre_delay = np.zeros((2, round(0.014 * sample_rate)))
    response = high_pass(np.concatenate([pre_delay, tail], axis=1), sample_rate, 180.0)
    return np.asarray(response / np.sqrt(np.square(response).sum(axis=1, keepdims=True)), dtype=np.float32)


def reverberate(send: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Return the room's answer (2, time) float32 to what is sent into it (2, time), cut to the same length."""
    wet = signal.oaconvolve(send, response, mode="full", axes=-1)
    return np.asarray(wet[:, : send.shape[1]], dtype=np.float32)


def compression_gain(
    samples: np.ndarray,
    sample_rate: int,
    *,
    threshold_db: float,
    ratio: float = 2.0,
    attack_seconds: float = 0.03,
    release_seconds: float = 0.25,
) -> np.ndarray:
    """Return the gain (time,) float32 that divides level above `threshold_db` (RMS of both channels) by `ratio`.

    The level is followed in frames of 10 ms, which is what makes it cheap: a bus compressor's times are longer.
    """
    frame = round(COMPRESSOR_FRAME_SECONDS * sample_rate)
    frames = samples.shape[1] // frame
    if frames < 2:
        return np.ones(samples.shape[1], dtype=np.float32)
    whole = samples[:, : frames * frame].reshape(-1, frames, frame)
    energy = np.einsum("cft,cft->f", whole, whole) / (samples.shape[0] * frame)
    level_db = 10.0 * np.log10(energy + 1e-12)
    wanted_db = -np.maximum(level_db - threshold_db, 0.0) * (1.0 - 1.0 / ratio)
    attack = 1.0 - np.exp(-COMPRESSOR_FRAME_SECONDS / attack_seconds)
    release = 1.0 - np.exp(-COMPRESSOR_FRAME_SECONDS / release_seconds)
    gain_db = np.empty(frames)
    now = 0.0
    for position, wanted in enumerate(wanted_db.tolist()):
        now += (attack if wanted < now else release) * (wanted - now)
        gain_db[position] = now
    return between_frames(10.0 ** (gain_db / 20.0), frame, samples.shape[1])


def between_frames(values: np.ndarray, frame: int, length: int) -> np.ndarray:
    """Return a curve (length,) float32 of straight lines between the middles of frames of `frame` samples, level at both ends."""
    values = values.astype(np.float32)
    half = frame // 2
    rise = np.arange(frame, dtype=np.float32) / np.float32(frame)
    inner = values[:-1, None] + np.diff(values)[:, None] * rise
    rest = np.full(max(length - half - inner.size, 0), values[-1], np.float32)
    return np.concatenate([np.full(half, values[0], np.float32), inner.ravel(), rest])[:length]
