"""How much louder or softer a track is to be played so that all sound alike."""

import math

from service.audio import AudioMeasures

TARGET_LUFS = -18.0  # that of ReplayGain 2
MOST_GAIN_DB = 12.0
SILENCE_LUFS = -70.0


def gain_db(measures: AudioMeasures) -> float:
    """What a player adds, in dB: to -18 LUFS, but no more than the highest sample allows without clipping.

    A track is raised by 12 dB at most, so that what is nearly silent stays soft; silence is left as it is.
    """
    if measures.loudness_lufs <= SILENCE_LUFS or measures.peak <= 0.0:
        return 0.0
    wanted = TARGET_LUFS - measures.loudness_lufs
    headroom = -20 * math.log10(measures.peak)
    return round(min(wanted, MOST_GAIN_DB, max(headroom, 0.0)), 2)
