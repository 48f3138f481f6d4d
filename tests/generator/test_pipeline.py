"""The verb on tiny untrained networks: what holds for any weights. The committed ones are judged in `test_weights.py`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.checkpoint import load_tensors, save_tensors
from generator.codec import LATENT_ROWS, Codec, CodecConfig
from generator.conditioning import Conditioning
from generator.copying.guard import PASSAGES_FILE
from generator.denoiser import Denoiser, DenoiserConfig
from generator.engines.event_network import EventNetwork, EventNetworkConfig
from generator.engines.transformer import TransformerEngine
from generator.length import fit_to_length
from generator.networks import CODEC_FILE, DENOISER_FILE
from generator.pipeline import Composer
from generator.sound.rendering import TAIL_SECONDS
from generator.tunes import RETURNED_BARS
from tests.generator.tunes import guard_without_passages

ASKED = Conditioning(
    seconds=12,
    tempo_bpm=110,
    key=7,
    mode="major",
    style=(0.1,) * 24,
    programs={"lead": 73, "comp": 0, "bass": 33, "drums": 128},
)


@pytest.fixture(scope="module")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    with torch.random.fork_rng():
        torch.random.manual_seed(1)
        codec = Codec(CodecConfig(latent_channels=8, width=32, heads=2, encoder_layers=1, decoder_layers=1))
        denoiser = Denoiser(DenoiserConfig(latent_channels=8, width=32, layers=1, heads=2))
        # an untrained codec stays silent; this one plays about every third possible drum and some notes
        torch.nn.init.normal_(codec.line_out.weight, std=0.25)
        torch.nn.init.normal_(codec.drums_out.weight, std=0.4)
    scale = {
        "scale.mean": torch.zeros(len(LATENT_ROWS), 8),
        "scale.deviation": torch.ones(len(LATENT_ROWS), 8),
    }
    save_tensors(folder / CODEC_FILE, codec.state_dict(), {"codec": codec.config_dict()})
    save_tensors(
        folder / DENOISER_FILE, {**denoiser.state_dict(), **scale}, {"denoiser": denoiser.config_dict()}
    )
    guard_without_passages().save(folder / PASSAGES_FILE)
    return folder


@pytest.fixture(scope="module")
def composer(weights_dir: Path) -> Composer:
    return Composer.load(weights_dir, threads=1)


def test_the_same_seed_gives_the_same_piece_bit_for_bit(composer: Composer) -> None:
    one, same, other = (composer.compose(ASKED, seed) for seed in (4, 4, 5))
    for first, second in zip(one.notes.tracks, same.notes.tracks, strict=True):
        assert np.array_equal(first.onset_steps, second.onset_steps)
        assert np.array_equal(first.pitch, second.pitch)
        assert np.array_equal(first.velocity, second.velocity)
    assert np.array_equal(one.samples, same.samples)
    assert not np.array_equal(one.latent, other.latent)


def test_a_piece_is_as_long_as_asked_and_plays_only_the_rows_asked_for(composer: Composer) -> None:
    piece = composer.compose(ASKED, 1)
    assert piece.samples.shape == (2, 12 * 48000)
    assert {track.row for track in piece.notes.tracks} <= set(ASKED.programs)
    assert set(piece.stage_seconds) == {"compose", "render", "master", "screen"}


def test_a_written_tune_is_played_as_written_and_comes_back_with_its_section(composer: Composer) -> None:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        writer = TransformerEngine(
            EventNetwork(EventNetworkConfig(width=32, layers=2, heads=2, longest=220)), (4.0, 8.0, 12.0)
        )
    with_writer = Composer(replace(composer.networks, transformer=writer), threads=1)
    draft = with_writer.draft(replace(ASKED, seconds=50), 2)
    (tune,) = [track for track in draft.notes.tracks if track.row == "lead"]
    back = next(section for section in draft.sections[:-1] if section.returns_to is not None)

    def bar(number: int) -> list[tuple[int, int]]:
        mine = tune.onset_steps // 48 == number
        return list(zip((tune.onset_steps[mine] % 48).tolist(), tune.pitch[mine].tolist(), strict=True))

    assert back.returns_to is not None
    for number in range(RETURNED_BARS):
        assert bar(back.first_bar + number) == bar(back.returns_to + number) != []


@pytest.mark.parametrize("seeds", [[1], [1, 2], [3, 1, 2]])
def test_what_fails_by_its_notes_is_played_only_where_nothing_better_is_left(
    composer: Composer, seeds: list[int]
) -> None:
    assert not any(composer.write(ASKED, seed).screening.passed for seed in seeds)
    told: list[str] = []
    written, composed = composer.compose_passing(
        [(ASKED, seed) for seed in seeds],
        report=lambda share, words: told.append(words),  # noqa: ARG005  # words only
    )
    assert told.count("playing") == 1
    assert written.seed == seeds[-1]
    assert not composed.screening.passed


def test_nothing_asked_for_is_nothing_composed(composer: Composer) -> None:
    with pytest.raises(ValueError, match="no request"):
        composer.compose_passing([])


def test_progress_is_told_and_rises(composer: Composer) -> None:
    told: list[float] = []
    composer.compose(ASKED, 1, report=lambda share, words: told.append(share))  # noqa: ARG005  # shares only
    assert told == sorted(told)
    assert told[-1] < 1


@pytest.mark.parametrize("seconds", [10, 30, 60, 600])
@pytest.mark.parametrize("metre", ["4/4", "3/4"])
def test_whole_bars_and_the_last_ring_fill_the_seconds(seconds: float, metre: str) -> None:
    fitted, bars = fit_to_length(replace(ASKED, seconds=seconds, metre=metre))
    beats = bars * {"4/4": 4, "3/4": 3}[metre]
    assert beats * 60 / fitted.tempo_bpm + TAIL_SECONDS == pytest.approx(seconds)
    assert abs(fitted.tempo_bpm / ASKED.tempo_bpm - 1) < 0.2


def test_missing_and_damaged_weights_are_told_apart(weights_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Composer.load(tmp_path, threads=1)
    for file in weights_dir.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[: -1 if file.name == CODEC_FILE else None])
    with pytest.raises(ValueError, match="checksum"):
        Composer.load(tmp_path, threads=1)


def without_tensors(folder: Path, out: Path, file: str, **changed: torch.Tensor) -> Path:
    """Copy weights with some of one file's tensors changed and a checksum that is right."""
    for source in folder.glob("*.safetensors"):
        tensors, config, _ = load_tensors(source)
        save_tensors(out / source.name, tensors | (changed if source.name == file else {}), config)
    return out


def test_weights_that_are_not_numbers_or_belong_elsewhere_never_compose(
    weights_dir: Path, tmp_path: Path
) -> None:
    deviation = torch.ones(len(LATENT_ROWS), 8)
    deviation[1, 1] = torch.nan
    with pytest.raises(ValueError, match=r"denoiser\.safetensors holds numbers that are not finite"):
        Composer.load(
            without_tensors(weights_dir, tmp_path / "nan", DENOISER_FILE, **{"scale.deviation": deviation}), 1
        )
    with pytest.raises(ValueError, match=r"codec\.safetensors does not hold the weights"):
        Composer.load(without_tensors(weights_dir, tmp_path / "more", CODEC_FILE, stray=torch.zeros(2)), 1)
    other = without_tensors(weights_dir, tmp_path / "other", "")
    small = Codec(CodecConfig(latent_channels=4, width=32, heads=2, encoder_layers=1, decoder_layers=1))
    save_tensors(other / CODEC_FILE, small.state_dict(), {"codec": small.config_dict()})
    with pytest.raises(ValueError, match="different trainings"):
        Composer.load(other, 1)


def test_weights_of_another_version_are_refused_in_one_sentence(weights_dir: Path, tmp_path: Path) -> None:
    for file, config in ((CODEC_FILE, {"codec": {"layers": 3}}), (DENOISER_FILE, {}), (PASSAGES_FILE, {})):
        other = without_tensors(weights_dir, tmp_path / file, "")
        save_tensors(other / file, load_tensors(other / file)[0], config)
        with pytest.raises(ValueError, match=f"{file} was written by another version"):
            Composer.load(other, 1)
