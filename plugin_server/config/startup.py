"""Whether a server can start here, and what to say when it cannot."""

import errno
import socket
from pathlib import Path


class CannotStart(Exception):
    """The server cannot start here; the text says what to change."""


def data_dir_error(data_dir: Path, reason: str) -> CannotStart:
    """Return what to say of a data directory in which the server cannot keep its files."""
    return CannotStart(
        f"Cannot use the data directory {data_dir} ({reason}). "
        "Make it writable, or set DATA_DIR to another one."
    )


def address(host: str, port: int) -> str:
    """Return the two as one text; an address of IPv6, which has colons of its own, in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_free_port(host: str, port: int, variable: str) -> None:
    """Return if nothing listens there; with its own socket for each worker gunicorn would not notice.

    Raises:
        CannotStart: the port is taken, or may not be used; the text names ``variable``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            mend = (
                f"Stop what uses that port, or set {variable} to another one."
                if busy
                else f"Set HOST to an address of this machine, and {variable} to a port you may use."
            )
            raise CannotStart(
                f"Cannot listen on {address(host, port)} ({error.strerror}). {mend}"
            ) from error
