import pytest

from recommender.encoders.vibenet import VibenetEncoder, output_named, vibenet_is_installed


def test_an_output_is_added_as_protocol_buffers_write_it() -> None:
    # ModelProto.graph (7), 8 bytes; in it GraphProto.output (12), 6 bytes; in it ValueInfoProto.name (1), 4 bytes
    assert output_named("gelu") == b"\x3a\x08\x62\x06\x0a\x04gelu"
    with pytest.raises(ValueError, match="more than one byte"):
        output_named("x" * 128)


@pytest.mark.skipif(vibenet_is_installed(), reason="vibenet is installed")
def test_without_the_package_it_is_not_loaded() -> None:
    with pytest.raises(ImportError, match="vibenet"):
        VibenetEncoder.load()
