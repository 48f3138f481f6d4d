from dataclasses import dataclass, replace

import pytest

from generator.conditioning import Conditioning
from generator.critic import choose, strangeness
from generator.engines.event_network import EventNetwork, EventNetworkConfig
from generator.engines.transformer import TransformerEngine
from generator.notes import Notes
from tests.generator.pieces import small_band, track

ASKED = Conditioning(
    seconds=8, tempo_bpm=120, key=0, mode="major", style=(0.0,) * 24, programs={"lead": 73, "bass": 33}
)
PLAIN = Notes(
    (
        track("lead", 73, [(12 * beat, 12, 72, 80) for beat in range(16)]),
        track("bass", 33, [(24 * half, 24, 36, 80) for half in range(8)]),
    ),
    120.0,
    4,
    4,
)
CLASHING = replace(
    PLAIN, tracks=(PLAIN.tracks[0], track("bass", 33, [(24 * half, 24, 71, 80) for half in range(8)]))
)
WITHOUT_BASS = replace(PLAIN, tracks=PLAIN.tracks[:1])


@dataclass(frozen=True)
class CountsNotes:
    """A critic to whom each note more is a bit more: what it says of a piece can be read off."""

    typical_bits: tuple[float, float, float] | None = (8.0, 20.0, 32.0)

    def bits_per_note(self, notes: Notes, *, transposition: int | None = None) -> float:
        del transposition
        return float(notes.note_count)


def test_the_draft_without_clashes_and_resting_rows_is_kept() -> None:
    assert choose([CLASHING, PLAIN, WITHOUT_BASS], ASKED) == 1


def test_among_drafts_as_clean_the_critic_keeps_the_usual_one() -> None:
    busy = replace(
        PLAIN, tracks=(track("lead", 73, [(4 * n, 4, 72, 80) for n in range(48)]), PLAIN.tracks[1])
    )
    drafts = [busy, replace(PLAIN, tracks=PLAIN.tracks[::-1])]
    assert choose(drafts, ASKED) == 0
    assert choose(drafts, ASKED, CountsNotes()) == 1


@pytest.mark.parametrize(
    ("notes", "expected"), [(4, 4 / 24), (8, 0.0), (16, 0.0), (20, 0.0), (44, 1.0), (0, 1.0)]
)
def test_loops_and_noise_are_strange_and_the_lower_half_of_what_is_usual_is_not(
    notes: int, expected: float
) -> None:
    piece = Notes((track("lead", 73, [(n, 1, 72, 80) for n in range(notes)]),), 120.0, 4, 1)
    assert strangeness(piece, CountsNotes()) == pytest.approx(expected)


def test_the_transformer_is_a_critic() -> None:
    network = EventNetwork(EventNetworkConfig(width=16, layers=1, heads=2, longest=200))
    knows = TransformerEngine(network, (1.0, 2.0, 3.0))
    assert choose([small_band(2), small_band(2)], ASKED, knows, transposition=0) == 0
    with pytest.raises(ValueError, match="typical_bits"):
        strangeness(small_band(2), TransformerEngine(network))
    with pytest.raises(ValueError, match="no draft"):
        choose([], ASKED, knows)
