"""CLAP: sound and plain words in one space, by a network whose weights the owner brings.

Yusong Wu and others, "Large-scale Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption
Augmentation", ICASSP 2023. The folder is as `save_pretrained` of transformers writes it, of a model such as
laion/larger_clap_music; nothing is ever downloaded.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel
from transformers.utils import logging as transformers_log

from recommender.encoders.encoder import check_excerpts, mean_direction

NAME = "clap"
EXCERPTS = 5
MOST_TOKENS = 77
"""Of a text: the length that CLAP was trained with."""

_CONFIG_FILES = ("config.json", "preprocessor_config.json")
_TOKENIZER_FILES = ("tokenizer.json", "vocab.json")
_PROJECTION_SIZE = 512  # transformers leaves it out of config.json where it is this


def clap_files(folder: Path) -> list[Path]:
    """The files that make up what CLAP hears, in order of their names. Raises ValueError when one is not there."""
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    configs = [folder / name for name in _CONFIG_FILES]
    if not weights or not all(path.is_file() for path in configs):
        raise _no_clap(folder)
    return sorted([*configs, *weights])


def clap_vector_size(folder: Path) -> int:
    """Numbers in a vector of the model in this folder. Raises ValueError when its configuration cannot be read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return int(config.get("projection_dim", _PROJECTION_SIZE))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _no_clap(folder) from error


class ClapEncoder:
    """It keeps `recommender.encoders.encoder.Encoder`, and places words among the sounds if a tokenizer is there."""

    name = NAME
    excerpts = EXCERPTS

    def __init__(self, model: Any, feature_extractor: Any, tokenizer: Any | None) -> None:
        self._model, self._feature_extractor, self._tokenizer = model.eval(), feature_extractor, tokenizer
        self.vector_size: int = model.config.projection_dim
        self.sample_rate: int = feature_extractor.sampling_rate
        self.excerpt_seconds = float(feature_extractor.max_length_s)

    @classmethod
    def load(cls, folder: Path) -> "ClapEncoder":
        """The model in this folder, in float32. Raises ValueError when it holds no CLAP model, or not all of one."""
        clap_files(folder)
        try:
            with _quiet():
                model, report = ClapModel.from_pretrained(
                    folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
                )
                feature_extractor = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
                tokenizer = None
                if any((folder / name).is_file() for name in _TOKENIZER_FILES):
                    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            raise _no_clap(folder) from error
        # What a file does not hold is filled with random numbers, which would place tracks at random.
        if report["missing_keys"] & {name for name, _ in model.named_parameters()}:
            raise _no_clap(folder)
        return cls(model, feature_extractor, tokenizer)

    @torch.inference_mode()
    def encode(self, excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Excerpts (n, samples) to the direction between theirs, a unit vector (vector_size,); raises ValueError."""
        check_excerpts(self, excerpts)
        # One at a time: the memory of five at once would buy no speed on a processor.
        return mean_direction(np.stack([self._hear(excerpt) for excerpt in excerpts]))

    @property
    def knows_words(self) -> bool:
        """Whether a tokenizer came with the weights."""
        return self._tokenizer is not None

    @torch.inference_mode()
    def encode_text(self, words: str) -> NDArray[np.float32]:
        """Plain words to a unit vector (vector_size,) near the sounds they describe.

        Raises ValueError where there are no words, or no tokenizer came with the weights.
        """
        if self._tokenizer is None:
            raise ValueError("This CLAP model came without its tokenizer, and so knows no words.")
        if not words.strip():
            raise ValueError("There are no words to look for.")
        tokens = self._tokenizer(words, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        placed = self._model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        )
        return mean_direction(placed.pooler_output.numpy())

    def _hear(self, excerpt: NDArray[np.float32]) -> NDArray[np.float32]:
        heard = self._feature_extractor(excerpt, sampling_rate=self.sample_rate, return_tensors="pt")
        # The extractor calls one excerpt of a batch longer than it is, at random, for models that fuse long audio.
        is_longer = torch.zeros((1, 1), dtype=torch.bool)
        placed = self._model.get_audio_features(input_features=heard["input_features"], is_longer=is_longer)
        vector: NDArray[np.float32] = placed.pooler_output[0].numpy()
        return vector


def _no_clap(folder: Path) -> ValueError:
    return ValueError(
        f"{folder} holds no CLAP model that can be used: config.json, preprocessor_config.json and model.safetensors "
        "(or pytorch_model.bin) of one such as laion/larger_clap_music belong there."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's own progress bars and reports, which belong to no command of ours."""
    verbosity, had_bars = transformers_log.get_verbosity(), transformers_log.is_progress_bar_enabled()
    transformers_log.set_verbosity(transformers_log.CRITICAL)
    transformers_log.disable_progress_bar()
    try:
        yield
    finally:
        transformers_log.set_verbosity(verbosity)
        if had_bars:
            transformers_log.enable_progress_bar()
