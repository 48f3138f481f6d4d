"""Reads the tensors of a TensorFlow checkpoint with numpy alone.

A checkpoint is two files: `.index`, a LevelDB table from names to entries
(github.com/google/leveldb, doc/table_format.md), and `.data-00000-of-00001`, the raw values one after another. An entry is
a `BundleEntryProto` (tensorflow/core/protobuf/tensor_bundle.proto).
"""

import struct
from collections.abc import Iterator

import numpy as np

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
VALUE_TYPES: dict[int, np.dtype[np.generic]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    9: np.dtype("<i8"),
}


def read_checkpoint(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """Every tensor of the checkpoint by its name; raises ValueError when the bytes are no uncompressed checkpoint."""
    try:
        return {
            name: _read_entry(entry, data)
            for _, handle in _read_block(index, *_footer_handle(index))
            for name, entry in _named_entries(index, handle)
        }
    except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise ValueError("The bytes are not a TensorFlow checkpoint.") from error


def _footer_handle(index: bytes) -> tuple[int, int]:
    """Offset and size of the table's index block."""
    footer = index[-FOOTER_BYTES:]
    if struct.unpack("<Q", footer[-8:])[0] != TABLE_MAGIC:
        raise ValueError("The checkpoint's index is not a LevelDB table.")
    position = 0
    for _ in range(2):  # the handle of the unused meta-index block stands first
        _, position = _read_varint(footer, position)
    return _read_handle(footer[position:])


def _named_entries(index: bytes, handle: bytes) -> Iterator[tuple[str, bytes]]:
    for key, value in _read_block(index, *_read_handle(handle)):
        if key:  # the empty name holds the header
            yield key.decode(), value


def _read_handle(handle: bytes) -> tuple[int, int]:
    offset, position = _read_varint(handle, 0)
    size, _ = _read_varint(handle, position)
    return offset, size


def _read_block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block, whose keys share prefixes with the key before."""
    if index[offset + size] != 0:
        raise ValueError("The checkpoint's index is compressed, which is not supported.")
    block = index[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 - 4 * restarts
    position, key = 0, b""
    while position < end:
        shared, position = _read_varint(block, position)
        own, position = _read_varint(block, position)
        value_size, position = _read_varint(block, position)
        key = key[:shared] + block[position : position + own]
        position += own
        yield key, block[position : position + value_size]
        position += value_size


def _read_entry(entry: bytes, data: bytes) -> np.ndarray:
    value_type, offset, size = 0, 0, 0
    shape: list[int] = []
    for field, value in _read_fields(entry):
        if field == 1 and isinstance(value, int):
            value_type = value
        elif field == 2 and isinstance(value, bytes):
            shape = [_dimension_size(size) for _, size in _read_fields(value) if isinstance(size, bytes)]
        elif field == 4 and isinstance(value, int):
            offset = value
        elif field == 5 and isinstance(value, int):
            size = value
    return np.frombuffer(data[offset : offset + size], VALUE_TYPES[value_type]).reshape(shape)


def _dimension_size(dimension: bytes) -> int:
    sizes = [value for field, value in _read_fields(dimension) if field == 1 and isinstance(value, int)]
    return sizes[0] if sizes else 0


def _read_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protocol buffer message (protobuf.dev/programming-guides/encoding)."""
    position = 0
    while position < len(message):
        tag, position = _read_varint(message, position)
        field, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            number, position = _read_varint(message, position)
            yield field, number
            continue
        if wire_type == 2:
            size, position = _read_varint(message, position)
        else:
            size = {1: 8, 5: 4}[wire_type]
        yield field, message[position : position + size]
        position += size


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
