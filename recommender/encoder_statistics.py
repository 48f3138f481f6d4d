"""How the encoder's numbers are spread over real music: measured once, and part of the encoder from then on."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

STATISTICS_FILE = Path(__file__).with_name("encoder_statistics.json")


@dataclass(frozen=True)
class EncoderStatistics:
    """Means and standard deviations, float32, over the tracks that the file names.

    Of raw encodings (400,), and of the tags' log odds (100,).
    """

    mean: np.ndarray
    deviation: np.ndarray
    tag_mean: np.ndarray
    tag_deviation: np.ndarray


@cache
def frozen_statistics() -> EncoderStatistics:
    """The committed statistics. Other ones make another encoder, which takes another ENCODER_NAME."""
    stored = json.loads(STATISTICS_FILE.read_text(encoding="utf-8"))
    return EncoderStatistics(
        **{
            name: np.array(stored[name], dtype=np.float32)
            for name in ("mean", "deviation", "tag_mean", "tag_deviation")
        }
    )
