"""A CLAP model of a few thousand numbers that mean nothing, in a folder as real ones come."""

from pathlib import Path

import torch
from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, RobertaTokenizer
from transformers.utils import logging

VECTOR_SIZE = 12
SECONDS = 2


def save_tiny_clap(folder: Path, *, fuses: bool = False, knows_words: bool = True, seed: int = 1) -> Path:
    """Writes the folder: excerpts of 2 s, vectors of 12 numbers; another seed is another network."""
    logging.disable_progress_bar()
    audio = {
        "num_mel_bins": 64,
        "spec_size": 256,
        "patch_embeds_hidden_size": 8,
        "hidden_size": 64,
        "depths": [1, 1, 1, 1],
        "num_attention_heads": [1, 1, 1, 1],
        "enable_fusion": fuses,
        "fusion_num_hidden_layers": 1,
    }
    text = {
        "vocab_size": 40,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 90,
    }
    model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=VECTOR_SIZE))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    model.save_pretrained(folder)
    ClapFeatureExtractor(
        max_length_s=SECONDS, truncation="fusion" if fuses else "rand_trunc", frequency_min=50
    ).save_pretrained(folder)
    if knows_words:
        pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *"abcdefghijklmnopqrstuvwxyz", "\u0120"]
        vocabulary = {piece: number for number, piece in enumerate(pieces)}
        RobertaTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    return folder
