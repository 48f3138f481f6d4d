"""vibenet: what a network that judges energy, valence and the like knows of a track before it judges.

The package vibenet 0.1.0 (Jaeheon Shim, GPL-3.0-or-later) holds the network, and is used only where the owner of a
house installs it. It gives seven numbers; the 1280 they are made of are read where they lie inside the network.
"""

import hashlib
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.encoders.encoder import check_excerpts, mean_direction

NAME = "vibenet"
REQUIREMENT = "vibenet==0.1.0"
VECTOR_SIZE = 1280
SAMPLE_RATE = 16_000
EXCERPT_SECONDS = 10.0
EXCERPTS = 5

NETWORK_SHA256 = "efa88450153863a1461989a00846526ac9230665b19fbf82f33e46fdeef7d275"
_NETWORK_FILE = Path("artifacts") / "efficientnet_model.onnx"
_INPUT, _INSIDE = "x", "view"

# Protocol buffers: fields of ONNX's ModelProto, GraphProto and ValueInfoProto that hold a message or a string.
_MODEL_GRAPH, _GRAPH_OUTPUT, _VALUE_NAME = 7, 12, 1


def vibenet_is_installed() -> bool:
    """Whether the package is there, without loading it."""
    return find_spec("vibenet") is not None


class VibenetEncoder:
    """It keeps `recommender.encoders.encoder.Encoder`."""

    name = NAME
    vector_size = VECTOR_SIZE
    sample_rate = SAMPLE_RATE
    excerpt_seconds = EXCERPT_SECONDS
    excerpts = EXCERPTS

    def __init__(
        self, mel_of: Callable[[NDArray[np.float32], int], NDArray[np.float32]], session: Any
    ) -> None:
        self._mel_of, self._session = mel_of, session

    @classmethod
    def load(cls) -> "VibenetEncoder":
        """The network of the installed package, on one thread.

        Raises ImportError when the package or something it needs is missing, ValueError when it is another version.
        """
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # a library of its own misses a program for MP3 files
            warnings.simplefilter("ignore", DeprecationWarning)  # of modules that newer Pythons will drop
            mel_of = import_module("vibenet.core").extract_mel
            onnxruntime = import_module("onnxruntime")
        network = _network_bytes()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            network + output_named(_INSIDE), options, providers=["CPUExecutionProvider"]
        )
        return cls(mel_of, session)

    def encode(self, excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Excerpts (n, 160000) to the direction between theirs, a unit vector (1280,); raises ValueError."""
        check_excerpts(self, excerpts)
        return mean_direction(np.stack([self._hear(excerpt) for excerpt in excerpts]))

    def _hear(self, excerpt: NDArray[np.float32]) -> NDArray[np.float32]:
        mel = self._mel_of(excerpt, SAMPLE_RATE)
        vector: NDArray[np.float32] = self._session.run([_INSIDE], {_INPUT: mel[None]})[0][0]
        return vector


def output_named(value: str) -> bytes:
    """What makes a value inside an ONNX network one of its outputs, when it is appended to the network's file.

    A message that comes twice in the encoding of protocol buffers is merged, and lists in it are joined
    (protobuf.dev, "Encoding: last one wins"): so a graph with nothing but an output adds that output.
    """
    output = _field(_GRAPH_OUTPUT, _field(_VALUE_NAME, value.encode()))
    return _field(_MODEL_GRAPH, output)


def _field(number: int, content: bytes) -> bytes:
    if len(content) >= 128:
        raise ValueError("A name this long takes a length of more than one byte.")
    return bytes([number << 3 | 2, len(content)]) + content


def _network_bytes() -> bytes:
    package = find_spec("vibenet")
    if package is None or not package.submodule_search_locations:
        raise ImportError("The package vibenet is not installed.")
    path = Path(package.submodule_search_locations[0]) / _NETWORK_FILE
    network = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(network).hexdigest() != NETWORK_SHA256:
        raise ValueError(f"The package vibenet that is installed is not {REQUIREMENT}.")
    return network
