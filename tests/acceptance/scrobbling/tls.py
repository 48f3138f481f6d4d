"""A port with TLS before one without, as a proxy puts it there; with a certificate that was made a moment ago."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(frozen=True)
class TlsPort:
    """Where it is, and the certificate to trust, in PEM."""

    port: int
    certificate: str


@contextmanager
def tls_port(plain_port: int, folder: Path) -> Iterator[TlsPort]:
    """Each connection is passed on to the plain port, byte by byte."""
    certificate = _write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, context, plain_port))
        thread.start()
        try:
            yield TlsPort(listener.getsockname()[1], certificate)
        finally:
            # Wakes whoever waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, context: ssl.SSLContext, plain_port: int) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            _pass_on(context.wrap_socket(connection, server_side=True), plain_port)


def _pass_on(outside: ssl.SSLSocket, plain_port: int) -> None:
    """One connection after the other: clients of these tests have one at a time."""
    with outside, socket.create_connection((HOST, plain_port)) as inside:
        back = threading.Thread(target=_pump, args=(inside, outside))
        back.start()
        _pump(outside, inside)
        with suppress(OSError):
            inside.shutdown(socket.SHUT_RDWR)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)


def _write_certificate(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.pem").write_bytes(private + pem)
    return pem.decode()
