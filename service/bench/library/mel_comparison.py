"""The mel spectrogram the encoder listens to, computed here and by librosa from the same excerpts."""

import importlib
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from recommender.musicnn import FFT_SAMPLES, HOP_SAMPLES, MEL_BANDS, SAMPLE_RATE, LogMel
from service.audio import AudioError, DecoderPool

MOST_TRACKS = 40
"""So many tracks say enough of a ratio."""

WHY_NOT = "librosa is not installed: `pip install librosa` into this environment to be told how they compare."

Spectrogram = NDArray[np.float32]
Way = Callable[[NDArray[np.float32]], Spectrogram]


def compare_mels(files: Sequence[Path]) -> dict[str, Any]:
    """CPU-seconds a track of both ways in one thread, their ratio, and the highest difference of the values.

    Both give log10(10000 m + 1) of 96 mel bands; what is loaded and built by a first call stands apart.
    ``{"librosa": None, "why": ...}`` where librosa is not installed.
    """
    if find_spec("librosa") is None:
        return {"librosa": None, "why": WHY_NOT}
    chosen = files[:: max(1, len(files) // MOST_TRACKS)][:MOST_TRACKS]
    excerpts = list(_excerpts(chosen))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        began = time.process_time()
        librosa = importlib.import_module("librosa")
        import_seconds = time.process_time() - began
        ours, our_first, our_mels = _run(_our_way(), excerpts)
        theirs, their_first, their_mels = _run(_librosas_way(librosa), excerpts)
    finally:
        torch.set_num_threads(before)
    differences = [np.abs(a - b).max() for a, b in zip(our_mels, their_mels, strict=True)]
    return {
        "tracks": len(excerpts),
        "librosa": librosa.__version__,
        "cpu_seconds_a_track": {"homespun": round(ours, 5), "librosa": round(theirs, 5)},
        "librosa_takes_times_as_long": round(theirs / ours, 2) if ours else None,
        "apart": {
            "librosa_import_cpu_seconds": round(import_seconds, 3),
            "librosa_first_call_cpu_seconds": round(their_first, 3),
            "homespun_first_call_cpu_seconds": round(our_first, 3),
        },
        "largest_difference": round(float(max(differences, default=0.0)), 6),
        "largest_value": round(float(max((mel.max() for mel in our_mels), default=0.0)), 3),
        "compared": "log10(10000 m + 1), m the power in 96 mel bands; ours is rounded to half precision, as in training",
    }


def _excerpts(files: Sequence[Path]) -> Any:
    with DecoderPool(1) as pool:
        for file in files:
            try:
                yield pool.load_excerpts(file)
            except AudioError:
                continue


def _run(way: Way, excerpts: Sequence[NDArray[np.float32]]) -> tuple[float, float, list[Spectrogram]]:
    """CPU-seconds a track, those of a first call, and the spectrograms (patches, frames, bands)."""
    if not excerpts:
        return 0.0, 0.0, []
    began = time.process_time()
    way(excerpts[0])
    first = time.process_time() - began
    began = time.process_time()
    found = [way(each) for each in excerpts]
    return (time.process_time() - began) / len(excerpts), first, found


def _our_way() -> Way:
    mel = LogMel()

    def way(patches: NDArray[np.float32]) -> Spectrogram:
        with torch.inference_mode():
            return np.asarray(mel(torch.from_numpy(patches)).numpy(), np.float32)

    return way


def _librosas_way(librosa: Any) -> Way:
    def way(patches: NDArray[np.float32]) -> Spectrogram:
        mel = librosa.feature.melspectrogram(
            y=patches, sr=SAMPLE_RATE, n_fft=FFT_SAMPLES, hop_length=HOP_SAMPLES, n_mels=MEL_BANDS, power=2.0
        )
        return np.asarray(np.log10(1.0 + 10_000.0 * mel).transpose(0, 2, 1), np.float32)

    return way
