"""Learning the anchors' phrases: the rhythm of their tunes, and which bars say the same as an earlier one."""

import numpy as np

from generator.dataset import BarDataset
from generator.engines.event_tokens import DURATION_STEPS
from generator.engines.events import Events, dataset_events
from generator.notes import ROWS
from generator.taste.anchors import AnchorTable
from generator.taste.phrases import PhraseTable
from generator.training.texture_stage import corpus_bars
from generator.windows import WINDOW_BARS

_LEAD = ROWS.index("lead")


def learn_phrases(dataset: BarDataset, anchors: AnchorTable) -> PhraseTable:
    """Return the phrases of all anchors; raises ValueError where these do not say where in the corpus they stand."""
    segment_range = dataset.segment_range()
    onsets, lengths, again, bar_steps = [], [], [], []
    for first_bar in corpus_bars(dataset, anchors):
        events = dataset_events(dataset, segment_range, int(first_bar), WINDOW_BARS)
        tune = events.row == _LEAD
        onsets.append(events.onset_steps[tune])
        lengths.append(np.abs(events.duration_steps[tune][:, None] - DURATION_STEPS[None]).argmin(1))
        again.append(_said_before(events))
        bar_steps.append(events.bar_steps)
    return PhraseTable(
        first_note=np.cumsum([0, *map(len, onsets)]).astype(np.int32),
        onset_steps=np.concatenate(onsets).astype(np.int16),
        lengths=np.concatenate(lengths).astype(np.int8),
        again=np.array(again, np.int8),
        bar_steps=np.array(bar_steps, np.int8),
        passages_key=anchors.passages_key(),
    )


def _said_before(events: Events) -> list[int]:
    """Return for each bar the first earlier one whose tune is the same in steps and pitches, or -1."""
    bar, step = np.divmod(events.onset_steps, events.bar_steps)
    tune = events.row == _LEAD
    seen: dict[tuple[tuple[int, int], ...], int] = {}
    result = []
    for number in range(events.bars):
        mine = tune & (bar == number)
        content = tuple(zip(step[mine].tolist(), events.pitch[mine].tolist(), strict=True))
        result.append(seen.setdefault(content, number) if content else number)
    return [earlier if earlier < number else -1 for number, earlier in enumerate(result)]
