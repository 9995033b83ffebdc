"""Refuses network connections while a block is tested: blocks read through ``data``, and nothing else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# Python raises them before it resolves a name, connects, or sends without a connection:
# https://docs.python.org/3/library/audit_events.html
_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"}

_watches: list[list[str]] = []


class NetworkRefused(OSError):
    """A block under test tried to reach the network."""


@contextmanager
def refused_network() -> Iterator[list[str]]:
    """Refuse all connections of this process inside the block.

    Yields:
        What was refused, one host or address each: also where the code goes on after ``NetworkRefused``.
    """
    _install()
    refused: list[str] = []
    _watches.append(refused)
    try:
        yield refused
    finally:
        _watches.remove(refused)


@cache
def _install() -> None:
    """Have Python call ``_audit``; nothing can remove it again."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watches or event not in _EVENTS:
        return
    # A name is the first argument, an address follows the socket.
    target = arguments[0] if event.startswith("socket.get") else arguments[1]
    host = str(target[0] if isinstance(target, tuple) else target)
    _watches[-1].append(host)
    raise NetworkRefused(f"tests of blocks do not reach the network: {host}")
