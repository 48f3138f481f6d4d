"""How much real music of a style clashes: the level that composed pieces are held against."""

from collections.abc import Mapping, Sequence

import numpy as np

from generator.measures.clashes import clashes_per_100_notes
from generator.notes import Notes
from generator.taste.anchors import AnchorTable

PERCENTILE = 95
FEWEST_WORKS = 20
ALL_STYLES = "all"
_NEAREST_ANCHORS = 16


def clash_levels(windows: Sequence[Notes], styles: Sequence[str], works: Sequence[str]) -> dict[str, float]:
    """Return the 95th percentile of clashes per 100 notes by style, fit for JSON, and of all under "all".

    Give windows of training works. A style with fewer than twenty works has no level of its own. Drums alone have
    nothing to clash with and are left out. Raises ValueError where no window is left.
    """
    pitched = [
        any(not track.is_drums and len(track.onset_steps) for track in notes.tracks) for notes in windows
    ]
    style, work = np.array(styles, dtype=str)[pitched], np.array(works, dtype=str)[pitched]
    clashes = np.array(
        [clashes_per_100_notes(notes) for notes, counts in zip(windows, pitched, strict=True) if counts]
    )
    if not len(clashes):
        raise ValueError("clash levels need windows in which something pitched sounds")
    levels = {ALL_STYLES: float(np.percentile(clashes, PERCENTILE))}
    for name in np.unique(style):
        mine = style == name
        if len(np.unique(work[mine])) >= FEWEST_WORKS:
            levels[str(name)] = float(np.percentile(clashes[mine], PERCENTILE))
    return {name: round(level, 2) for name, level in levels.items()}


def level_of(style: str, levels: Mapping[str, float]) -> float:
    """Return a style's level, or that of all styles where it has none."""
    return levels.get(style, levels[ALL_STYLES])


def nearest_style(style: Sequence[float], anchors: AnchorTable) -> str:
    """Return the corpus style that most of the sixteen anchors nearest to a style vector (24,) have."""
    distance = np.square(anchors.styles - np.asarray(style, np.float32)).sum(1)
    nearest = np.argsort(distance, kind="stable")[: min(_NEAREST_ANCHORS, len(distance))]
    names, counts = np.unique([anchors.source_styles[index] for index in nearest], return_counts=True)
    return str(names[counts.argmax()])
