"""The committed weights: that they are whole, and that what they compose is music by the plainest measures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import generator
from generator.conditioning import STYLE_DIMENSIONS, Conditioning
from generator.copying.guard import PASSAGES_FILE, PassageFilter
from generator.copying.xor_filter import FALSE_POSITIVE_RATE
from generator.latents import decode_notes
from generator.networks import ANCHORS_FILE
from generator.notes import Notes
from generator.pipeline import Composed, Composer
from generator.taste.anchors import AnchorTable
from generator.texture_chords import texture_under

WEIGHTS = Path(generator.__file__).parent / "weights"
C_MAJOR = {0, 2, 4, 5, 7, 9, 11}


@pytest.fixture(scope="module")
def table() -> AnchorTable:
    return AnchorTable.load(WEIGHTS / ANCHORS_FILE)


@pytest.fixture(scope="module")
def asked(table: AnchorTable) -> Conditioning:
    pop = [number for number, style in enumerate(table.source_styles) if style == "pop"][:10]
    found = table.retrieve(table.vectors[pop], has_drums=True)
    return Conditioning(
        seconds=20,
        tempo_bpm=110,
        key=0,
        mode="major",
        style=tuple(found.style.tolist()),
        programs=found.programs,
        metre=found.metre,
        textures=found.textures,
    )


@pytest.fixture(scope="module")
def piece(asked: Conditioning) -> Composed:
    return Composer.load(WEIGHTS, threads=1).compose(asked, seed=3)


def pitch_classes(notes: Notes) -> np.ndarray:
    return np.concatenate([track.pitch % 12 for track in notes.tracks if not track.is_drums])


def test_anchors_cover_many_styles_and_name_their_sources(table: AnchorTable) -> None:
    assert len(table.vectors) == len(table.credits) >= 900
    assert len(set(table.source_styles)) >= 20
    assert table.styles.shape[1] == STYLE_DIMENSIONS
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-2)
    assert all("(" in credit for credit in table.credits)


def test_the_copy_guard_is_small_and_was_made_of_the_corpus_that_the_weights_learnt_from() -> None:
    path = WEIGHTS / PASSAGES_FILE
    guard = PassageFilter.load(path)
    assert path.stat().st_size < 6_000_000
    assert guard.provenance["tune_passages"] > 1_000_000
    training = json.loads((WEIGHTS / "training.json").read_text(encoding="utf-8"))
    assert guard.provenance["corpus_sha256"] == training["corpus_sha256"]
    # what held-back works repeat is a bar or three, not a whole verse
    assert 4 < guard.threshold_beats("tune", 16) < 16
    strangers = np.random.default_rng(0).integers(0, 2**64, 400_000, dtype=np.uint64)
    assert guard.members.holds(strangers).mean() < 3 * FALSE_POSITIVE_RATE


def test_a_band_is_composed_that_passes_its_screening(piece: Composed, asked: Conditioning) -> None:
    assert piece.screening.passed, piece.screening.failures
    assert {track.row for track in piece.notes.tracks} >= {"lead", "bass", "drums"} & set(asked.programs)
    assert piece.samples.shape == (2, 20 * 48000)


def test_it_is_in_the_key_that_was_asked_for(piece: Composed, asked: Conditioning) -> None:
    def share_in(notes: Notes, scale: set[int]) -> float:
        return float(np.isin(pitch_classes(notes), list(scale)).mean())

    assert share_in(piece.notes, C_MAJOR) > 0.85
    up = Composer.load(WEIGHTS, threads=1).compose(replace(asked, key=6), seed=3)
    f_sharp_major = {(tone + 6) % 12 for tone in C_MAJOR}
    assert share_in(up.notes, f_sharp_major) > 0.85


def test_a_texture_follows_the_chords_it_is_moved_to(table: AnchorTable) -> None:
    composer = Composer.load(WEIGHTS, threads=1)
    assert composer.textures is not None
    band = (table.programs[:, 1] >= 0) & (table.programs[:, 3] >= 0) & (table.metre == 0)
    f_major, followed, stayed = 5, [], []
    for anchor in np.flatnonzero(band)[:8].tolist():
        chords = torch.full((8, 4), f_major)
        asked = Conditioning(
            seconds=20,
            tempo_bpm=110,
            key=0,
            mode="major",
            style=(0.0,) * 24,
            programs={"comp": 0, "bass": 33},
        )
        texture = composer.textures.texture(anchor)
        for each, shares in (
            (texture_under(composer.networks, asked, texture, chords)[0], followed),
            (texture, stayed),
        ):
            latent = each.laid_over(torch.zeros(1, 8, 6, composer.codec.config.latent_channels), 0, 8)[0]
            notes = decode_notes(composer.codec, composer.scale.restore(latent), asked, 0, chords=chords)
            shares.append(np.isin(pitch_classes(notes), (5, 9, 0)).mean())
    assert np.mean(followed) > 0.8
    assert np.mean(followed) > np.mean(stayed) + 0.2


def test_what_accompanies_plays_in_the_rhythms_of_its_texture_and_anew_where_that_is_noised(
    asked: Conditioning,
) -> None:
    composer = Composer.load(WEIGHTS, threads=1)
    assert composer.textures is not None
    texture = composer.textures.texture(asked.textures[0])
    latent = texture.laid_over(torch.zeros(1, 16, 6, composer.codec.config.latent_channels), 0, 16)[0]
    chords = torch.from_numpy(texture.chords.astype(np.int64))
    written = decode_notes(composer.codec, composer.scale.restore(latent), asked, 0, chords=chords)

    def rhythms(notes: Notes, bars: int) -> set[tuple[int, ...]]:
        (bass,) = (track for track in notes.tracks if track.row == "bass")
        steps = 12 * notes.beats_per_bar
        return {
            tuple(bass.onset_steps[bass.onset_steps // steps == bar] % steps)
            for bar in range(bars)
            if (bass.onset_steps // steps == bar).any()
        }

    bars_before_the_ending = 7
    as_written = composer.draft(asked, seed=3, plans=1).notes
    assert rhythms(as_written, bars_before_the_ending) <= rhythms(written, 16)
    noised = composer.draft(replace(asked, texture_level=0.9), seed=3, plans=1).notes
    assert not rhythms(noised, bars_before_the_ending) <= rhythms(written, 16)


def test_a_tune_alone_is_composed_where_its_anchor_has_nothing_else(table: AnchorTable) -> None:
    alone = int(np.flatnonzero((table.programs[:, 0] >= 0) & (table.programs[:, 1:] < 0).all(1))[0])
    asked = Conditioning(
        seconds=10,
        tempo_bpm=110,
        key=0,
        mode="major",
        style=(0.0,) * STYLE_DIMENSIONS,
        programs={"lead": 73},
        textures=(alone,),
    )
    notes = Composer.load(WEIGHTS, threads=1).draft(asked, seed=3).notes
    assert [track.row for track in notes.tracks] == ["lead"]
