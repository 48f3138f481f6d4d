"""From latents to notes: chords first, then every row under them."""

from dataclasses import dataclass

import numpy as np
import torch

from generator.assembly import assemble
from generator.bars import METRES, transposition_to_frame
from generator.codec import Codec
from generator.conditioning import Conditioning
from generator.notes import ROWS, STEPS_PER_BEAT, Notes, NoteTrack


@dataclass(frozen=True)
class LatentScale:
    """Mean and deviation of the codec's latents (6, channels); the denoiser works on standardised ones."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def standardise(self, latent: torch.Tensor) -> torch.Tensor:
        """Return (..., 6, channels) latents at unit variance."""
        return (latent - self.mean) / self.deviation

    def restore(self, latent: torch.Tensor) -> torch.Tensor:
        """Undo `standardise`."""
        return latent * self.deviation + self.mean


_ONE_VOICE = [ROWS.index("lead"), ROWS.index("bass")]

DOUBLED_LOG_ODDS = 1.5
"""How sure a second note must be that begins with another one in a row of one voice: of the corpus's tunes one in eighty does."""

ONSET_THRESHOLD = 0.35
"""On works held out for validation this decodes nearly as many notes as were written; .5 decodes a sixth fewer, at the same F1."""

MOST_LOG_ODDS = 6.0
"""No single step is surer than this that a pitch sounds: a note does not end for one step's sake."""

SHORTEST_LINE_NOTE_STEPS = 2
"""A twelfth of a beat is no written note: what decodes that short is a stray of the decoder."""


def transposition_of(conditioning: Conditioning) -> int:
    """Return the semitones that bring a request's key into the key frame."""
    return transposition_to_frame(conditioning.key, conditioning.mode)


def metre_number(name: str) -> int:
    """Return the index into `METRES` of a metre's name."""
    return [metre.name for metre in METRES].index(name)


@torch.inference_mode()
def decode_notes(
    codec: Codec,
    latent: torch.Tensor,
    conditioning: Conditioning,
    transposition: int,
    *,
    chords: torch.Tensor | None = None,
    threshold: float = ONSET_THRESHOLD,
) -> Notes:
    """Decode latents (bars, 6, channels) into notes on the conditioning's instruments, in its key and metre.

    They are decoded under the chords that row 0 holds, or under `chords` (bars, 4) of the key frame where these are known.
    """
    metre = metre_number(conditioning.metre)
    chords = codec.decode_chords(latent).argmax(-1) if chords is None else chords
    patches = torch.full((len(latent),), METRES[metre].patches)
    logits = codec.decode(latent, chords, patches)
    bar = float(np.log(threshold / (1 - threshold)))
    onset = _one_voice((logits.onset > bar).numpy(), logits.onset.numpy())
    notes = assemble(
        onset,
        logits.sounding.numpy().clip(-MOST_LOG_ODDS, MOST_LOG_ODDS),
        torch.sigmoid(logits.velocity).numpy(),
        (logits.drum_onset > bar).numpy(),
        torch.sigmoid(logits.drum_velocity).numpy(),
        metre=metre,
        transposition=transposition,
        programs=conditioning.programs,
        tempo_bpm=conditioning.tempo_bpm,
    )
    return Notes(
        tuple(_without_strays(track) for track in notes.tracks),
        notes.tempo_bpm,
        notes.beats_per_bar,
        notes.bars,
    )


def _one_voice(onset: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Return onsets (bars, 4, 48, 72) of which tune and bass keep one a step, the likeliest, and what is nearly certain."""
    kept = onset.copy()
    lines = log_odds[:, _ONE_VOICE]
    kept[:, _ONE_VOICE] &= (lines >= lines.max(-1, keepdims=True)) | (lines >= DOUBLED_LOG_ODDS)
    return kept


def _without_strays(track: NoteTrack) -> NoteTrack:
    if track.is_drums:
        return track
    return track.take(track.duration_steps >= SHORTEST_LINE_NOTE_STEPS)


@torch.inference_mode()
def settle_chords(codec: Codec, scale: LatentScale, latent: torch.Tensor) -> torch.Tensor:
    """Return standardised latents (batch, bars, 6, channels) whose chord row is exactly the chords that it decodes to.

    So what is drawn under the chords is drawn under written ones, and not under the sampler's last error.
    """
    chords = codec.decode_chords(scale.restore(latent).flatten(0, 1)).argmax(-1)
    settled = latent.clone()
    written = (codec.encode_chords(chords) - scale.mean[0]) / scale.deviation[0]
    settled[:, :, 0] = written.view(*latent.shape[:2], -1)
    return settled


def clash_share(notes: Notes) -> float:
    """Return the share of pitched notes that begin a minor second or ninth against a longer-held note of another row."""
    pitched = [track for track in notes.tracks if not track.is_drums and len(track.onset_steps)]
    if len(pitched) < 2:
        return 0.0
    row = np.concatenate([np.full(len(track.onset_steps), number) for number, track in enumerate(pitched)])
    start = np.concatenate([track.onset_steps for track in pitched])
    length = np.concatenate([track.duration_steps for track in pitched])
    pitch = np.concatenate([track.pitch for track in pitched]).astype(np.int64)
    overlap = np.minimum((start + length)[:, None], (start + length)[None]) - np.maximum(
        start[:, None], start[None]
    )
    gap = np.abs(pitch[:, None] - pitch[None])
    clashes = (overlap >= STEPS_PER_BEAT // 2) & np.isin(gap, (1, 13)) & (row[:, None] != row[None])
    return float(clashes.any(1).mean())


def resting_share(notes: Notes, rows: tuple[str, ...]) -> float:
    """Return the share of the `rows` asked for that hardly play, less than a note a bar; a tune counts as four rows."""
    playing = {track.row for track in notes.tracks if len(track.onset_steps) >= notes.bars}
    weight = {row: 4.0 if row == "lead" else 1.0 for row in rows}
    return sum(weight[row] for row in rows if row not in playing) / sum(weight.values())


def row_numbers(conditioning: Conditioning) -> list[int]:
    """Return the latent rows (1 to 5) that play; row 0 is the chords and always there."""
    return [1 + ROWS.index(row) for row in conditioning.rows]
