"""Drawing events from the event network, note after note."""

import numpy as np
import torch

from generator.bars import METRES, PATCHES_PER_BAR, PITCHES
from generator.chords import CHORD_CLASSES, NO_CHORD
from generator.denoiser import Condition
from generator.engines.event_loss import impossible_whats, impossible_whens
from generator.engines.event_network import EventNetwork, KeyValueCache, TokenBatch
from generator.engines.event_tokens import (
    DURATION_STEPS,
    NEXT_BAR,
    NOTHING,
    START,
    UNKNOWN_VELOCITY,
    EventTokens,
    beat_of,
    tokens_of,
    velocity_of,
)
from generator.engines.events import DRUMS, Events, ordered_events
from generator.form import tonic_chord
from generator.windows import WINDOW_BARS

TOP_SHARE = 0.95
"""Drawn is what makes up the likeliest 95% (Holtzman et al. 2020): the rest holds the strays."""

MOST_NOTES_A_BAR = 120
"""Denser than any bar of the corpus; what draws on past it is stuck."""


class _Drawing:
    """Events drawn so far, and the network's state after them."""

    def __init__(
        self, network: EventNetwork, condition: Condition, metre: int, rng: np.random.Generator
    ) -> None:
        self.network, self.condition, self.rng = network, condition, rng
        self.metre = metre
        self.bar_steps, self.beats = METRES[metre].bar_steps, METRES[metre].patches
        self.context = network.context(condition)
        self.absent = condition.absent[:, 1:]
        self.notes: list[tuple[int, int, int, int, int]] = []
        self.chords: list[list[int]] = []
        self.first_bar = 0
        self._restart([])

    def _restart(self, tokens: list[EventTokens]) -> None:
        self.cache = KeyValueCache(self.network.config, 1, self.network.config.longest + MOST_NOTES_A_BAR + 4)
        nothing = np.zeros(1, np.int64)
        start = EventTokens(
            nothing + START, nothing + NOTHING, nothing, nothing + UNKNOWN_VELOCITY, nothing, nothing,
            np.full((1, PATCHES_PER_BAR), NO_CHORD, np.int64),
        )  # fmt: skip
        self._read(tokens[0] if tokens else start)

    def _read(self, tokens: EventTokens) -> None:
        batch = TokenBatch(*(torch.from_numpy(getattr(tokens, name))[None] for name in TokenBatch.__dataclass_fields__))  # fmt: skip
        self.hidden = self.network(batch, self.context, self.cache)[:, -1]
        self.when, self.what = int(tokens.when[-1]), int(tokens.what[-1])

    def begin_bar(self, chord: int | None) -> None:
        """Draw the chords of a bar, or take `chord` throughout, and read them; forget what lies far back."""
        bar = len(self.chords) - self.first_bar
        if bar == WINDOW_BARS or self.cache.count > self.network.config.longest:
            self._forget()
            bar = len(self.chords) - self.first_bar
        drawn = [NO_CHORD] * PATCHES_PER_BAR
        before = CHORD_CLASSES - 1
        for place in range(self.beats):
            if chord is None:
                logits = self.network.chord_logits(self.hidden, place, torch.tensor([before]))
                before = self._draw(logits[0])
            else:
                before = chord
            drawn[place] = before
        self.chords.append(drawn)
        self._read_one(NEXT_BAR, NOTHING, 0, UNKNOWN_VELOCITY, bar, bar * self.bar_steps)

    def draw_bar(self) -> None:
        """Draw the notes of the bar that has begun."""
        bar = len(self.chords) - 1 - self.first_bar
        beats = torch.tensor([self.beats])
        for _ in range(MOST_NOTES_A_BAR):
            when_now, what_now = torch.tensor([self.when]), torch.tensor([self.what])
            logits = self.network.when_logits(self.hidden)
            when = self._draw(logits.masked_fill(impossible_whens(when_now, beats), -torch.inf)[0])
            if when == NEXT_BAR:
                return
            next_when = torch.tensor([when])
            chord = torch.tensor([self.chords[-1][int(beat_of(np.array(when)))]])
            gone = impossible_whats(when_now, what_now, next_when, self.absent)
            if bool(gone.all()):
                return
            what = self._draw(
                self.network.what_logits(self.hidden, next_when, chord).masked_fill(gone, -torch.inf)[0]
            )
            durations, velocities = self.network.length_logits(self.hidden, next_when, torch.tensor([what]))
            row, pitch = divmod(what, PITCHES)
            duration = 0 if row == DRUMS else self._draw(durations[0])
            velocity = self._draw(velocities[0])
            onset = (len(self.chords) - 1) * self.bar_steps + when
            self.notes.append((row, onset, duration, pitch, velocity))
            self._read_one(when, what, duration, velocity, bar, bar * self.bar_steps + when)

    def events(self) -> Events:
        """Return what was drawn."""
        columns = np.array(self.notes, np.int64).reshape(-1, 5).T
        row, onset, duration, pitch, velocity = columns
        return ordered_events(
            row, onset, DURATION_STEPS[duration], pitch, velocity_of(velocity), np.array(self.chords), self.metre
        )  # fmt: skip

    def _read_one(self, when: int, what: int, duration: int, velocity: int, bar: int, now: int) -> None:
        when_, what_, duration_, velocity_, bar_, now_ = (
            np.array([value], np.int64) for value in (when, what, duration, velocity, bar, now)
        )
        chords = np.array(self.chords[-1:], np.int64)
        self._read(EventTokens(when_, what_, duration_, velocity_, bar_, now_, chords))

    def _forget(self) -> None:
        """Keep the last eight bars, or as many of them as leave room for eight more."""
        events = self.events()
        for kept in range(WINDOW_BARS // 2, 0, -1):
            first = max(len(self.chords) - kept, 0)
            tokens = tokens_of(events.take(first, kept))
            if len(tokens) <= self.network.config.longest // 2 or kept == 1:
                break
        self.first_bar = first
        self._restart([tokens])

    def _draw(self, logits: torch.Tensor) -> int:
        share = torch.softmax(logits, dim=-1).double().numpy()
        order = np.argsort(-share, kind="stable")
        total = np.cumsum(share[order])
        count = int(np.searchsorted(total, TOP_SHARE)) + 1
        place = int(np.searchsorted(total[:count], self.rng.random() * total[count - 1]))
        return int(order[min(place, count - 1)])


@torch.inference_mode()
def draw_events(
    network: EventNetwork,
    condition: Condition,
    metre: int,
    bars: int,
    mode: str,
    rng: np.random.Generator,
) -> Events:
    """Draw `bars` bars of events under a condition (batch of one); the last bar stands on the tonic of the mode."""
    drawing = _Drawing(network, condition, metre, rng)
    for bar in range(bars):
        drawing.begin_bar(tonic_chord(mode) if bar == bars - 1 else None)
        drawing.draw_bar()
    return drawing.events()
