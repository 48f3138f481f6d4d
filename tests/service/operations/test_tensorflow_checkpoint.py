import struct

import numpy as np
import pytest

from service.operations.tensorflow_checkpoint import TABLE_MAGIC, read_checkpoint


def varint(value: int) -> bytes:
    digits = bytearray()
    while value >= 128:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(entries: list[tuple[int, bytes, bytes]]) -> bytes:
    """Entries (length shared with the key before, rest of the key, value), one restart point, marked as plain."""
    content = b"".join(
        varint(shared) + varint(len(rest)) + varint(len(value)) + rest + value
        for shared, rest, value in entries
    )
    return content + struct.pack("<II", 0, 1) + b"\0" + b"\0\0\0\0"  # the checksum is not read


def entry(value_type: int, shape: tuple[int, ...], offset: int, size: int) -> bytes:
    dimensions = b"".join(field(2, field(1, length)) for length in shape)
    return field(1, value_type) + field(2, dimensions) + field(4, offset) + field(5, size) + b"\x35crc!"


def checkpoint() -> tuple[bytes, bytes, dict[str, np.ndarray]]:
    tensors = {
        "layer/bias": np.array([1.5, -2.0], dtype=np.float32),
        "layer/kernel": np.arange(300, dtype=np.float32).reshape(3, 100),
        "step": np.array(7, dtype=np.int64),
    }
    data = b"".join(values.tobytes() for values in tensors.values())
    entries = block(
        [
            (0, b"", field(1, 1)),
            (0, b"layer/bias", entry(1, (2,), 0, 8)),
            (6, b"kernel", entry(1, (3, 100), 8, 1200)),
            (0, b"step", entry(9, (), 1208, 8)),
        ]
    )
    size = len(entries) - 5
    root = block([(0, b"z", varint(0) + varint(size))])
    handles = varint(0) + varint(0) + varint(len(entries)) + varint(len(root) - 5)
    return entries + root + handles.ljust(40, b"\0") + struct.pack("<Q", TABLE_MAGIC), data, tensors


def test_every_tensor_is_read_with_its_shape_and_values() -> None:
    index, data, tensors = checkpoint()
    read = read_checkpoint(index, data)
    assert read.keys() == tensors.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(read[name], values, strict=True)


@pytest.mark.parametrize("index", [b"", b"short", b"x" * 500])
def test_other_bytes_are_refused(index: bytes) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        read_checkpoint(index, b"")


def test_a_compressed_index_is_refused() -> None:
    index, data, _ = checkpoint()
    compressed = bytearray(index)
    compressed[-48 - 5] = 1  # the mark that follows the last block
    with pytest.raises(ValueError, match="compressed"):
        read_checkpoint(bytes(compressed), data)
