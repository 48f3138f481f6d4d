"""An audio file is listened to: what the encoder makes of it, what is measured in it, and what to beware of.

The one place where files become what is kept of them, for jobs and benches alike.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import PATCHES, TrackEncoder, TrackEncoding, spread_patches
from recommender.emotion import Emotion, estimate_emotion
from recommender.emotion_curve import emotion_curve
from recommender.features import FEATURE_SECONDS, Features, measure_features
from recommender.musicnn import PATCH_SAMPLES, SAMPLE_RATE
from recommender.voice import is_speech, voice_likelihood
from service.audio import AnyPath, AudioError, AudioMeasures, DecoderPool, ListenedAudio

STAGES = ("decode", "encode", "features", "measure")
"""What listening to a file consists of: excerpts and the middle decoded, encoded, measured; the whole file measured."""

LONG_MIX_SECONDS = 30 * 60.0
NEARLY_SILENT_LUFS = -50.0
SILENT_LUFS = -70.0
FULL_SCALE = 0.9999
CLIPPED_SHARE = 0.5
NARROW_BAND_HZ = 4_500.0
# Of the energy: -60 dB, which a resampler's leftovers stay below.
NARROW_BAND_SHARE = 1e-6

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """What was heard in one file, all of it finite numbers.

    `emotion_curve` float32 (patches, 2) holds valence and arousal along the track; `voice` is how likely somebody sings,
    0 to 1. What is no music (somebody reads or talks, or silence) is to be kept out of tastes and lists. `warnings` are
    codes of `hearing_warnings.WARNINGS`; `cpu_seconds` is what each of the `STAGES` cost, in all processes.
    """

    encoding: TrackEncoding
    features: Features
    emotion: Emotion
    emotion_curve: Samples
    measures: AudioMeasures
    voice: float
    is_music: bool
    warnings: tuple[str, ...]
    cpu_seconds: dict[str, float] = field(compare=False)


def hear(file_name: AnyPath, duration_seconds: float, encoder: TrackEncoder, pool: DecoderPool) -> Heard:
    """Listens to a file that lasts so long: ten excerpts spread over it, half a minute from its middle, all of it once.

    Raises AudioError; code ``unreadable_audio`` too where the engines refuse what was decoded, and ``not_a_number`` where
    what they find is none.
    """
    meter = _Meter(pool)
    with meter.stage("decode"):
        excerpts, listened = _listen(file_name, pool)
    meter.move("decode", "measure", listened.measuring_cpu_seconds)
    measures, middle = listened.measures, listened.middle
    try:
        with meter.stage("encode"):
            encoding = encoder.encode(excerpts.reshape(-1))
        with meter.stage("features"):
            features = measure_features(middle, excerpts)
            emotion = estimate_emotion(encoding.tags, features)
            curve = emotion_curve(excerpts, encoding.patch_tags, emotion)
            voice = voice_likelihood(encoding.tags)
            is_spoken = is_speech(encoding.tags, features)
            is_narrow = _is_narrow(middle)
    except ValueError as error:
        raise AudioError(str(error), code="unreadable_audio") from error
    found = {
        "short_track": not len(listened.excerpts),
        "long_mix": duration_seconds > LONG_MIX_SECONDS,
        "speech": is_spoken,
        "nearly_silent": measures.loudness_lufs < NEARLY_SILENT_LUFS,
        "clipped": _is_clipped(measures),
        "narrow_band": is_narrow,
    }
    heard = Heard(
        encoding=encoding,
        features=features,
        emotion=emotion,
        emotion_curve=curve,
        measures=measures,
        voice=voice,
        is_music=measures.loudness_lufs > SILENT_LUFS and not is_spoken,
        warnings=tuple(code for code, holds in found.items() if holds),
        cpu_seconds=dict(meter.cpu_seconds),
    )
    check_numbers(heard)
    return heard


def _listen(file_name: AnyPath, pool: DecoderPool) -> tuple[Samples, ListenedAudio]:
    """What the encoder listens to, mono excerpts (patches, 48000) at 16 kHz, and all else of the same pass over the file.

    A file shorter than one excerpt is repeated until it fills one.
    """
    listened = pool.listen(
        file_name,
        sample_rate=SAMPLE_RATE,
        excerpt_seconds=PATCH_SAMPLES / SAMPLE_RATE,
        excerpts=PATCHES,
        middle_seconds=FEATURE_SECONDS,
    )
    if len(listened.excerpts):
        return listened.excerpts, listened
    if not listened.middle.size:
        raise AudioError("It lasts too short a time to be heard at all.", code="audio_too_short")
    # Of a file that short the middle is all of it.
    return spread_patches(listened.middle[: PATCH_SAMPLES - 1]), listened


class _Meter:
    """CPU-seconds by stage: this thread's, and those of the decoders that answer it."""

    def __init__(self, pool: DecoderPool) -> None:
        self.cpu_seconds: Counter[str] = Counter()
        self._pool = pool

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        before = self._now()
        try:
            yield
        finally:
            self.cpu_seconds[name] += self._now() - before  # type: ignore[assignment]  # a Counter of floats works as well

    def move(self, source: str, target: str, cpu_seconds: float) -> None:
        """So much of what one stage cost was another's."""
        self.cpu_seconds[source] -= cpu_seconds  # type: ignore[assignment]  # as above
        self.cpu_seconds[target] += cpu_seconds  # type: ignore[assignment]  # as above

    def _now(self) -> float:
        return time.thread_time() + self._pool.cpu_seconds


def _is_clipped(measures: AudioMeasures) -> bool:
    return (
        float(np.mean(np.asarray(measures.peaks) >= FULL_SCALE)) > CLIPPED_SHARE if measures.peaks else False
    )


def _is_narrow(middle_16k: Samples) -> bool:
    """Whether something sounds, and next to nothing above 4.5 kHz."""
    seconds = middle_16k[: middle_16k.size // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE)
    # Without a window the edges of each second would sound at every frequency.
    spectrum = np.fft.rfft(seconds * np.hanning(SAMPLE_RATE).astype(np.float32))
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    # In blocks of a second the bins are one hertz apart.
    return 0.0 < float(power[round(NARROW_BAND_HZ) :].sum()) + 1e-30 < NARROW_BAND_SHARE * float(power.sum())


def check_numbers(heard: Heard) -> None:
    """No NaN and no infinity leaves here: they would poison every mean and every search they come into."""
    values = [heard.encoding.vector, heard.encoding.tags, heard.emotion_curve, np.asarray(heard.voice)]
    for part in (heard.features, heard.emotion, heard.measures):
        values += [np.asarray(getattr(part, each.name)) for each in fields(part) if each.type is not str]
    if not all(np.isfinite(value).all() for value in values if value.dtype.kind in "fiub"):
        raise AudioError("What was measured in it is no number.", code="not_a_number")
