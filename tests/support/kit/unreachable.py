"""Kits that cannot be talked to: each fails in one way, over real sockets."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """Hand every connection to a function until the block ends; give ``host:port``.

    Connections stay open until then, unless the function closes them.
    """
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                taken.append(connection)
                try:
                    handle(connection)
                except OSError:  # the client has gone; what it makes of it is the test's concern
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def say_nothing(connection: socket.socket) -> None:
    """Read the request, and never respond."""
    connection.recv(65536)


def hang_up(connection: socket.socket) -> None:
    """Read the request, and close the connection."""
    connection.recv(65536)
    connection.close()


def saying(content: bytes) -> Callable[[socket.socket], None]:
    """Return what reads the request, sends some bytes and closes the connection."""

    def respond(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(content)
        connection.close()

    return respond


def with_self_signed_certificate(folder: Path) -> Callable[[socket.socket], None]:
    """Return what speaks TLS with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kit.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "self-signed.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def handle(connection: socket.socket) -> None:
        context.wrap_socket(connection, server_side=True).close()

    return handle
