"""The offset that is taken out of a composition's vector, read from beside the generator's weights once a process."""

from functools import lru_cache
from pathlib import Path

import generator
from generator.taste.index_offset import IndexOffset, load_index_offset
from recommender.embedding import ENCODER_NAME
from service.errors import CorruptArtifact
from service.settings import Settings

WEIGHTS_DIR = Path(generator.__file__).parent / "weights"


def weights_dir_of(settings: Settings) -> Path:
    """Where the generator's weights lie."""
    return settings.composer_dir or WEIGHTS_DIR


@lru_cache(maxsize=1)
def composed_offset(weights_dir: Path) -> IndexOffset | None:
    """What compositions have more than recordings by the encoder in use; None where that was never fitted for it.

    Raises CorruptArtifact where its file is damaged.
    """
    try:
        return load_index_offset(weights_dir, ENCODER_NAME)
    except ValueError as error:
        raise CorruptArtifact(f"The offset of compositions cannot be used: {error}") from error
