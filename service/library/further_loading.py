"""Finding a further encoder where the settings say it is, and loading it: heavy libraries, for jobs alone."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from recommender.encoders import vibenet
from recommender.encoders.clap import ClapEncoder, clap_files, clap_vector_size
from recommender.encoders.encoder import Encoder
from recommender.encoders.vibenet import VibenetEncoder, vibenet_is_installed
from service.errors import NotPrepared
from service.library.further_encoders import check_encoder_name
from service.settings import Settings
from service.store.artifacts import sha256_of

_SETTINGS = {"clap": "HOMESPUN_CLAP_DIR to the folder of its weights", "vibenet": "HOMESPUN_VIBENET=true"}


@dataclass(frozen=True)
class FoundEncoder:
    """A further encoder before it is loaded; ``sha256`` stands for all files its vectors depend on."""

    name: str
    sha256: str
    vector_size: int
    folder: Path | None


def find_encoder(settings: Settings, name: str) -> FoundEncoder:
    """The further encoder of this name as it is installed here.

    Raises InvalidRequest (``unknown_encoder``), and NotPrepared (``encoder_not_prepared``), which says what is missing.
    """
    check_encoder_name(name)
    if name not in settings.further_encoders:
        raise _not_prepared(f"{name} is not turned on here: set {_SETTINGS[name]}.")
    if settings.clap_dir is not None and name == "clap":
        try:
            files = clap_files(settings.clap_dir)
            vector_size = clap_vector_size(settings.clap_dir)
        except ValueError as error:
            raise _not_prepared(str(error)) from error
        return FoundEncoder(name, _checksum(files), vector_size, settings.clap_dir)
    if not vibenet_is_installed():
        raise _not_prepared(_install_vibenet("is not installed"))
    return FoundEncoder(name, vibenet.NETWORK_SHA256, vibenet.VECTOR_SIZE, None)


@lru_cache(maxsize=1)
def load_encoder(found: FoundEncoder) -> Encoder:
    """Loaded once a process. Raises NotPrepared (``encoder_not_prepared``)."""
    try:
        return VibenetEncoder.load() if found.folder is None else ClapEncoder.load(found.folder)
    except ImportError as error:
        raise _not_prepared(_install_vibenet(f"cannot be loaded ({error})")) from error
    except ValueError as error:
        raise _not_prepared(str(error)) from error


def _install_vibenet(trouble: str) -> str:
    return (
        f"vibenet {trouble}: run `pip install {vibenet.REQUIREMENT}`, which brings onnxruntime and librosa along, "
        "in the environment Homespun is installed in."
    )


def _not_prepared(sentence: str) -> NotPrepared:
    return NotPrepared(sentence, code="encoder_not_prepared")


def _checksum(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        facts = path.stat()
        whole.update(f"{path.name} {_sha256_once(path, facts.st_size, facts.st_mtime_ns)}\n".encode())
    return whole.hexdigest()


@lru_cache(maxsize=16)
def _sha256_once(path: Path, size_bytes: int, modified_ns: int) -> str:  # noqa: ARG001  # a changed file is another entry
    """Weights of hundreds of megabytes are read once, however often is looked for something new to hear."""
    return sha256_of(path)
