import socket

import pytest

from service.errors import Conflict, InvalidRequest
from service.serving.listening_socket import FIRST_PORT, open_listening_socket, reachable_address


def test_without_a_port_the_first_free_one_from_8420_is_taken() -> None:
    with (
        open_listening_socket("127.0.0.1", None) as first,
        open_listening_socket("127.0.0.1", None) as second,
    ):
        assert FIRST_PORT <= first.getsockname()[1] < second.getsockname()[1]


def test_a_port_that_is_taken_is_named() -> None:
    with open_listening_socket("127.0.0.1", None) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match=str(port)) as raised:
            open_listening_socket("127.0.0.1", port)
    assert raised.value.code == "port_taken"


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        open_listening_socket(host, None)
    assert raised.value.code == "bad_host"


def test_a_socket_that_listens_everywhere_is_reached_by_loopback() -> None:
    with open_listening_socket("0.0.0.0", None) as listener:  # noqa: S104  # a test, for a moment
        address = reachable_address(listener)
        assert address[0] == "127.0.0.1"
        socket.create_connection(address, timeout=5).close()
