"""As ``serving``, in a minute: for development, where a tendency is enough."""

from collections.abc import Iterator

from benchmarks.report import Figure
from benchmarks.serving import Extent, measured

TITLE = "Serving, in short rounds (tendencies only)"


def figures() -> Iterator[Figure]:
    """Measure all for a short time."""
    yield from measured(Extent(rounds=3, seconds=1, requests=10_000))
