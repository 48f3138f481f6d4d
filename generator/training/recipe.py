"""The whole training of the default engine, stage by stage; each stage leaves a file and is not done twice."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from generator.checkpoint import load_tensors, save_tensors
from generator.codec import Codec
from generator.copying.guard import PASSAGES_FILE, PassageFilter
from generator.corpus import corpus_hash, read_corpus
from generator.dataset import BarDataset, build_dataset
from generator.denoiser import Denoiser, DenoiserConfig
from generator.latents import LatentScale
from generator.networks import ANCHORS_FILE, CODEC_FILE, DENOISER_FILE
from generator.notes import ROWS
from generator.taste.phrases import PHRASES_FILE
from generator.taste.style import StyleEncoder, window_counts, window_features
from generator.training.anchor_stages import (
    Ear,
    fitted_style_encoder,
    known_anchors,
    predict_style,
)
from generator.training.loop import LoopConfig, Report
from generator.training.phrase_stage import learn_phrases
from generator.training.stages import RecipeConfig, wait_for_all_shards, write_whole
from generator.training.texture_stage import ship_textures
from generator.training.train_codec import bar_weights, fit_codec, onset_f1
from generator.training.train_denoiser import (
    DenoiserExamples,
    encode_bars,
    fit_denoiser,
    latent_scale,
    window_scalars,
    window_weights,
)
from generator.training.train_style import neighbour_means
from generator.windows import Windows, find_windows

_NEIGHBOUR_POOL = 6000
_MEASURED_BARS = 2000
_DECODER_NOISE = 0.4


def train_generator(
    corpus: Path,
    work_dir: Path,
    weights_dir: Path,
    ear: Ear,
    config: RecipeConfig,
    report: Report,
    shard: int = 0,
) -> dict[str, Any]:
    """Train codec, style encoder and denoiser on a corpus, write their weights, textures and the copy guard; return what was measured.

    Checkpoints and intermediate tables lie in `work_dir`; started again, training goes on from there. Only shard 0
    writes. Raises ValueError where the corpus cannot be used.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    dataset = _dataset(corpus, work_dir, config, report, shard)
    codec, codec_curve = _codec(dataset, work_dir, config, _part(report, 0.02, 0.40), shard)
    windows = find_windows(dataset, "train", hop=4)
    features = window_features(dataset, dataset.segment_range(), windows.first_bar, windows.piece)
    anchors = known_anchors(
        dataset, windows, features, work_dir, ear, config, _part(report, 0.40, 0.55), shard
    )
    style_encoder, explained = fitted_style_encoder(anchors, work_dir, config)
    latents = _latents(dataset, codec, work_dir, _part(report, 0.55, 0.62), shard)
    examples, scale = _examples(dataset, windows, features, style_encoder, latents, config)
    denoiser, denoiser_curve = _denoiser(examples, work_dir, config, _part(report, 0.62, 0.99), shard)
    decoder_curve = _refine_decoder(codec, dataset, work_dir, config, _part(report, 0.99, 1.0), shard)
    measured = {
        "corpus_sha256": corpus_hash(corpus),
        "config": asdict(config),
        "pieces": len(dataset.piece_id),
        "bars": len(dataset.bar_piece),
        "windows": len(windows),
        "anchors": len(anchors),
        "codec_onset_f1": _measure_codec(codec, dataset),
        "style_explained": [round(float(value), 3) for value in explained],
        "curves": {"codec": codec_curve, "decoder": decoder_curve, "denoiser": denoiser_curve},
        "wall_seconds": round(time.monotonic() - started),
    }
    if shard == 0:
        save_tensors(weights_dir / CODEC_FILE, codec.state_dict(), {"codec": codec.config_dict()})
        tensors = {**denoiser.state_dict(), "scale.mean": scale.mean, "scale.deviation": scale.deviation}
        save_tensors(weights_dir / DENOISER_FILE, tensors, {"denoiser": denoiser.config_dict()})
        anchors.table(style_encoder).save(weights_dir / ANCHORS_FILE, ear.name, anchors.shift_provenance)
        (weights_dir / "training.json").write_text(json.dumps(measured, indent=1), encoding="utf-8")
        provenance = {
            "corpus_sha256": measured["corpus_sha256"],
            "grade": config.grade,
            "licence": config.licence,
        }
        _copy_guard(dataset, provenance, config).save(weights_dir / PASSAGES_FILE)
        phrases = learn_phrases(dataset, anchors.without_styles)
        phrases.save(weights_dir / PHRASES_FILE)
        ship_textures(weights_dir, dataset, lambda _share, words: report(0.99, words))
    report(1.0, "trained")
    return measured


def _part(report: Report, start: float, end: float) -> Report:
    return lambda share, text: report(start + (end - start) * share, text)


def _dataset(corpus: Path, work_dir: Path, config: RecipeConfig, report: Report, shard: int) -> BarDataset:
    path = work_dir / "dataset.npz"
    if shard == 0 and not path.exists():
        report(0.0, "laying the corpus on the grid")
        dataset = build_dataset(read_corpus(corpus, grade=config.grade, licence=config.licence))
        write_whole(path, dataset.save)
    wait_for_all_shards()
    return BarDataset.load(path)


def _codec(
    dataset: BarDataset, work_dir: Path, config: RecipeConfig, report: Report, shard: int
) -> tuple[Codec, list[dict[str, float]]]:
    codec = _seeded(Codec, config.seed)
    _begin_from(codec, CODEC_FILE, config)
    loop = LoopConfig(
        steps=config.codec_steps,
        learning_rate=config.codec_learning_rate,
        hidden_parts=("encoder.", "decoder."),
        gradient_clip=10.0,
        seed=config.seed,
        device=config.device,
        shard=shard,
    )
    return codec, fit_codec(codec.to(config.device), dataset, loop, work_dir / "codec.ckpt", report)


def _refine_decoder(
    codec: Codec, dataset: BarDataset, work_dir: Path, config: RecipeConfig, report: Report, shard: int
) -> list[dict[str, float]]:
    """Train the decoder on with the encoder frozen: what latents mean stays, what is read from them gets better."""
    codec.freeze_encoder()
    loop = LoopConfig(
        steps=config.decoder_steps,
        learning_rate=config.decoder_learning_rate,
        hidden_parts=("decoder.",),
        gradient_clip=10.0,
        seed=config.seed + 1,
        device=config.device,
        shard=shard,
    )
    checkpoint = work_dir / "decoder.ckpt"
    return fit_codec(codec, dataset, loop, checkpoint, report, most_noise=_DECODER_NOISE)


def _latents(dataset: BarDataset, codec: Codec, work_dir: Path, report: Report, shard: int) -> torch.Tensor:
    path = work_dir / "latents.pt"
    if shard == 0 and not path.exists():
        encoded = encode_bars(codec, dataset, report)
        write_whole(path, lambda part: torch.save(encoded, part))
    wait_for_all_shards()
    return torch.as_tensor(torch.load(path, weights_only=True))


def _examples(
    dataset: BarDataset,
    windows: Windows,
    features: np.ndarray,
    style_encoder: StyleEncoder,
    latents: torch.Tensor,
    config: RecipeConfig,
) -> tuple[DenoiserExamples, LatentScale]:
    rng = np.random.default_rng([config.seed, 2])
    scale = latent_scale(latents, dataset, rng)
    for start in range(0, len(latents), 50_000):
        part = slice(start, start + 50_000)
        latents[part] = scale.standardise(latents[part].float()).half()
    style = predict_style(style_encoder, features)
    weights = window_weights(dataset, windows)
    pool = rng.choice(len(windows), min(_NEIGHBOUR_POOL, int((weights > 0).sum())), replace=False, p=weights)
    scalars, known = window_scalars(dataset, windows, style, window_counts(features))
    rests = dataset.piece_programs[windows.piece] < 0
    no_harmony = rests[:, : len(ROWS) - 1].all(1)
    examples = DenoiserExamples(
        latents=latents,
        first_bar=windows.first_bar,
        weights=weights,
        style_means=neighbour_means(style, dataset.piece_work[windows.piece], pool, rng),
        scalars=scalars,
        scalars_known=known,
        metre=dataset.piece_metre[windows.piece],
        absent=np.concatenate([no_harmony[:, None], rests], axis=1),
    )
    return examples, scale


def _denoiser(
    examples: DenoiserExamples, work_dir: Path, config: RecipeConfig, report: Report, shard: int
) -> tuple[Denoiser, list[dict[str, float]]]:
    channels = examples.latents.shape[-1]
    denoiser = _seeded(lambda: Denoiser(DenoiserConfig(latent_channels=channels)), config.seed)
    _begin_from(denoiser, DENOISER_FILE, config)
    loop = LoopConfig(
        steps=config.denoiser_steps,
        learning_rate=config.denoiser_learning_rate,
        hidden_parts=("blocks.",),
        warmup_steps=60,
        ema_decay=0.998,
        checkpoint_every=100,
        seed=config.seed,
        device=config.device,
        shard=shard,
    )
    return denoiser, fit_denoiser(
        denoiser.to(config.device), examples, loop, work_dir / "denoiser.ckpt", report
    )


def _measure_codec(codec: Codec, dataset: BarDataset) -> dict[str, dict[str, float]]:
    """Return onset F1 on bars of test works, without and with latent noise of a tenth of a deviation."""
    weights = bar_weights(dataset, "test")
    codec = codec.cpu()
    count = min(_MEASURED_BARS, int((weights > 0).sum()))
    bars = np.random.default_rng(0).choice(len(weights), count, replace=False, p=weights)
    return {
        f"noise {noise}": onset_f1(codec, dataset, bars, noise=noise, rng=torch.Generator().manual_seed(0))
        for noise in (0.0, 0.1)
    }


def _begin_from(network: nn.Module, file_name: str, config: RecipeConfig) -> None:
    """Give a network the weights that are to be gone on from, where they have its shapes."""
    if config.start_from is None:
        return
    tensors, _, _ = load_tensors(Path(config.start_from) / file_name)
    state = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in tensors.items()
        if name in state and tensor.shape == state[name].shape
    }
    network.load_state_dict(state | fitting)


def _copy_guard(dataset: BarDataset, provenance: dict[str, Any], config: RecipeConfig) -> PassageFilter:
    """Return the guard of the weights that are gone on from where it is of this corpus, or learn the corpus by heart."""
    if config.start_from is not None:
        guard = PassageFilter.load(Path(config.start_from) / PASSAGES_FILE)
        if provenance.items() <= dict(guard.provenance).items():
            return guard
    return PassageFilter.fit(dataset, provenance)


def _seeded(build: Callable[[], Any], seed: int) -> Any:
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        return build()
