"""Notes heard in real audio, by Basic Pitch where it is installed: a bench's tool, never what the service needs."""

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import signal

from service.errors import NotPrepared

HEARD_RATE = 16_000
_MODEL_RATE, _HOP, _WINDOW_SAMPLES, _WINDOW_FRAMES, _OVERLAP_FRAMES = 22_050, 256, 43_844, 172, 30
_WINDOW_HOP = _WINDOW_SAMPLES - _OVERLAP_FRAMES * _HOP
_LOWEST_PITCH = 21
_INPUT = "serving_default_input_2:0"
_ONSETS, _SOUNDING = "StatefulPartitionedCall:2", "StatefulPartitionedCall:1"

ONSET_THRESHOLD, SOUNDING_THRESHOLD = 0.5, 0.3
_SHORTEST_FRAMES, _PATIENCE_FRAMES = 11, 11

INSTALL_SENTENCE = (
    "Transcribing needs Basic Pitch, which is not installed: "
    "pip install onnxruntime, then pip install --no-deps basic-pitch==0.4.0."
)


@dataclass(frozen=True)
class HeardNotes:
    """Notes in order of their starts: `start_seconds`, `end_seconds` (notes,) float64, `pitch` int16 (MIDI numbers), `strength` 0-1."""

    start_seconds: np.ndarray
    end_seconds: np.ndarray
    pitch: np.ndarray
    strength: np.ndarray

    def __len__(self) -> int:
        return len(self.pitch)


class Transcriber:
    """Basic Pitch (Bittner et al., ICASSP 2022) run by ONNX Runtime on one thread."""

    def __init__(self) -> None:
        """Load the network that lies in the `basic_pitch` package; raises NotPrepared (transcriber_missing) without it."""
        spec = importlib.util.find_spec("basic_pitch")
        if spec is None or not spec.submodule_search_locations or not importlib.util.find_spec("onnxruntime"):
            raise NotPrepared(INSTALL_SENTENCE, code="transcriber_missing")
        model = Path(spec.submodule_search_locations[0]) / "saved_models" / "icassp_2022" / "nmp.onnx"
        # an optional package, imported by name: the project runs without it
        runtime: Any = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def transcribe(self, samples_16k: np.ndarray) -> HeardNotes:
        """Return the notes of mono audio (n,) at 16 kHz; what lies above 8 kHz is not needed to hear pitches."""
        samples = signal.resample_poly(samples_16k, _MODEL_RATE // 50, HEARD_RATE // 50).astype(np.float32)
        padded = np.concatenate([np.zeros(_OVERLAP_FRAMES // 2 * _HOP, np.float32), samples])
        starts = np.arange(0, len(padded), _WINDOW_HOP)
        padded = np.pad(padded, (0, int(starts[-1]) + _WINDOW_SAMPLES - len(padded)))
        windows = np.stack([padded[start : start + _WINDOW_SAMPLES] for start in starts])[..., None]
        onsets, sounding = (
            part[:, _OVERLAP_FRAMES // 2 : -_OVERLAP_FRAMES // 2].reshape(-1, part.shape[-1])
            for part in self._session.run([_ONSETS, _SOUNDING], {_INPUT: windows})
        )
        frame = np.arange(_WINDOW_FRAMES - _OVERLAP_FRAMES) * _HOP
        seconds = (starts[:, None] + frame).ravel() / _MODEL_RATE
        kept = seconds < len(samples) / _MODEL_RATE
        return notes_from_posteriors(onsets[kept], sounding[kept], seconds[kept])


def notes_from_posteriors(onsets: np.ndarray, sounding: np.ndarray, seconds: np.ndarray) -> HeardNotes:
    """Return notes from probabilities (frames, 88) that a key is struck and that it sounds; frames begin at `seconds`.

    As in Basic Pitch: where a key begins to sound without a strike counts as one too, a note begins at a peak of its
    strikes and ends where it has not sounded for a while; notes shorter than about 0.13 s are dropped.
    """
    struck = np.maximum(onsets, _begins_to_sound(onsets, sounding))
    peaks = np.zeros_like(struck, bool)
    peaks[1:-1] = (struck[1:-1] > struck[:-2]) & (struck[1:-1] >= struck[2:])
    found: list[tuple[int, int, int, float]] = []
    left = sounding.copy()
    # from the end backwards, so that a note lasts at most until its key is struck again
    for frame, key in np.argwhere(peaks & (struck >= ONSET_THRESHOLD))[::-1]:
        rests = left[frame + 1 :, key] < SOUNDING_THRESHOLD
        silent_run = np.convolve(rests, np.ones(_PATIENCE_FRAMES, np.int64))[: len(rests)] >= _PATIENCE_FRAMES
        end = (
            frame + 1 + (int(silent_run.argmax()) + 1 - _PATIENCE_FRAMES if silent_run.any() else len(rests))
        )
        if end - frame <= _SHORTEST_FRAMES:
            continue
        found.append(
            (int(frame), min(end, len(seconds) - 1), int(key), float(sounding[frame:end, key].mean()))
        )
        left[frame:end, max(key - 1, 0) : key + 2] = 0.0
    found.sort()
    columns = np.array(found, np.float64).reshape(-1, 4)
    return HeardNotes(
        start_seconds=seconds[columns[:, 0].astype(np.int64)],
        end_seconds=seconds[columns[:, 1].astype(np.int64)],
        pitch=(columns[:, 2] + _LOWEST_PITCH).astype(np.int16),
        strength=columns[:, 3],
    )


def _begins_to_sound(onsets: np.ndarray, sounding: np.ndarray) -> np.ndarray:
    """Return how suddenly each key begins to sound within two frames, on the scale of `onsets`."""
    rises = [
        sounding - np.concatenate([np.zeros((lag, sounding.shape[1]), sounding.dtype), sounding[:-lag]])
        for lag in (1, 2)
    ]
    rise = np.maximum(np.minimum(*rises), 0.0)
    rise[:2] = 0.0
    scaled: np.ndarray = rise * (onsets.max() / max(float(rise.max()), 1e-6))
    return scaled
