"""Whether a server can start here, and what to say when it cannot."""

import errno
import socket
from pathlib import Path


class CannotStart(Exception):
    """The server cannot start here; the text says what to change."""


def data_dir_error(data_dir: Path, reason: str) -> CannotStart:
    """Return the error for a data directory that cannot be used."""
    return CannotStart(
        f"Cannot use the data directory {data_dir} ({reason}). "
        "Make it writable, or set DATA_DIR to another one."
    )


def host_and_port(host: str, port: int) -> str:
    """Return ``host:port``, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_free_port(host: str, port: int, variable: str) -> None:
    """Return if nothing listens on a port; gunicorn with a socket for each worker would not notice.

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
            advice = (
                f"Stop what uses that port, or set {variable} to another one."
                if busy
                else f"Set HOST to an IP address of this machine, and {variable} to a port you may use."
            )
            raise CannotStart(
                f"Cannot listen on {host_and_port(host, port)} ({error.strerror}). {advice}"
            ) from error
