"""Drawing events from the event network, note after note."""

from collections.abc import Iterable, Sequence

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
from generator.taste.phrases import TuneBar
from generator.windows import WINDOW_BARS

TOP_SHARE = 0.95
"""Drawn is what makes up the likeliest 95% (Holtzman et al. 2020): the rest holds the strays."""

PITCH_TOP_SHARE = 0.87
"""Of pitches in a given rhythm less is drawn of: on held-back works chord tones on strong beats are then as many as in real tunes."""

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

    def go_on_from(self, events: Events) -> None:
        """Read events as if they had been drawn."""
        tokens = tokens_of(events)
        notes = tokens.what < NOTHING
        columns = (
            events.row,
            events.onset_steps,
            tokens.duration[notes],
            events.pitch,
            tokens.velocity[notes],
        )
        self.notes = list(zip(*(column.tolist() for column in columns), strict=True))
        self.chords = events.chords.tolist()
        self._restart([tokens])

    def begin_bar(self, chords: Sequence[int] | None) -> None:
        """Draw the chords of a bar, or take those (beats,), and read them; forget what lies far back."""
        bar = len(self.chords) - self.first_bar
        if bar == WINDOW_BARS or self.cache.count > self.network.config.longest:
            self._forget()
            bar = len(self.chords) - self.first_bar
        drawn = [NO_CHORD] * PATCHES_PER_BAR
        before = CHORD_CLASSES - 1
        for place in range(self.beats):
            if chords is None:
                logits = self.network.chord_logits(self.hidden, place, torch.tensor([before]))
                before = self._draw(logits[0])
            else:
                before = int(chords[place])
            drawn[place] = before
        self.chords.append(drawn)
        self._read_one(NEXT_BAR, NOTHING, 0, UNKNOWN_VELOCITY, bar, bar * self.bar_steps)

    def draw_bar(self) -> None:
        """Draw the notes of the bar that has begun."""
        beats = torch.tensor([self.beats])
        for _ in range(MOST_NOTES_A_BAR):
            impossible = impossible_whens(torch.tensor([self.when]), beats)
            logits = self.network.when_logits(self.hidden)
            when = self._draw(logits.masked_fill(impossible, -torch.inf)[0])
            if when == NEXT_BAR or not self._draw_note(when, None):
                return

    def draw_pitches(self, rhythm: Iterable[tuple[int, int]]) -> None:
        """Draw what is played in the bar that has begun at given steps for given lengths (numbers in `DURATION_STEPS`)."""
        for when, duration in rhythm:
            self._draw_note(when, duration)

    def play_again(self, bar: int) -> None:
        """Play in the bar that has begun what was played in an earlier one."""
        moved = len(self.chords) - 1 - bar
        here = len(self.chords) - 1 - self.first_bar
        start = bar * self.bar_steps
        for row, onset, duration, pitch, velocity in list(self.notes):
            if not start <= onset < start + self.bar_steps:
                continue
            when = onset - start
            self.notes.append((row, onset + moved * self.bar_steps, duration, pitch, velocity))
            what = row * PITCHES + pitch
            self._read_one(when, what, duration, velocity, here, here * self.bar_steps + when)

    def _draw_note(self, when: int, duration: int | None) -> bool:
        """Draw a note at a step of the bar, and its length where none is given; say whether there is one left to draw."""
        bar = len(self.chords) - 1 - self.first_bar
        next_when = torch.tensor([when])
        chord = torch.tensor([self.chords[-1][int(beat_of(np.array(when)))]])
        gone = impossible_whats(torch.tensor([self.when]), torch.tensor([self.what]), next_when, self.absent)
        if bool(gone.all()):
            return False
        logits = self.network.what_logits(self.hidden, next_when, chord).masked_fill(gone, -torch.inf)[0]
        what = self._draw(logits, TOP_SHARE if duration is None else PITCH_TOP_SHARE)
        durations, velocities = self.network.length_logits(self.hidden, next_when, torch.tensor([what]))
        row, pitch = divmod(what, PITCHES)
        if duration is None:
            duration = 0 if row == DRUMS else self._draw(durations[0])
        velocity = self._draw(velocities[0])
        onset = (len(self.chords) - 1) * self.bar_steps + when
        self.notes.append((row, onset, duration, pitch, velocity))
        self._read_one(when, what, duration, velocity, bar, bar * self.bar_steps + when)
        return True

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

    def _draw(self, logits: torch.Tensor, top_share: float = TOP_SHARE) -> int:
        share = torch.softmax(logits, dim=-1).double().numpy()
        order = np.argsort(-share, kind="stable")
        total = np.cumsum(share[order])
        count = int(np.searchsorted(total, top_share)) + 1
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
        drawing.begin_bar([tonic_chord(mode)] * PATCHES_PER_BAR if bar == bars - 1 else None)
        drawing.draw_bar()
    return drawing.events()


@torch.inference_mode()
def draw_tune(
    network: EventNetwork,
    condition: Condition,
    chords: np.ndarray,
    bars: Sequence[TuneBar],
    metre: int,
    rng: np.random.Generator,
    *,
    before: Events | None = None,
) -> Events:
    """Draw a row by itself over given chords (bars, 4) of the key frame, each bar as `bars` says; the band is not heard.

    `condition` (batch of one) lets one row play. `before` is what went before, of the same row; bars that are played again
    are counted from its first.
    """
    drawing = _Drawing(network, condition, metre, rng)
    heard = 0
    if before is not None and before.bars:
        drawing.go_on_from(before)
        heard = before.bars
    for chord_row, bar in zip(chords.tolist(), bars, strict=True):
        drawing.begin_bar(chord_row)
        if bar.again is not None:
            drawing.play_again(bar.again)
        elif bar.rhythm is None:
            drawing.draw_bar()
        else:
            drawing.draw_pitches(bar.rhythm)
    return drawing.events().take(heard, len(chords))
