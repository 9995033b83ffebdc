"""How long ``make run`` takes until it invites to open a browser."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import Extent
from benchmarks.machines import seconds_to_preview
from benchmarks.report import Figure, at_most

TITLE = "Start (plugin-server preview)"


def figures(_: Extent) -> Iterator[Figure]:
    """Start three times after a first time, which makes its data."""
    with TemporaryDirectory() as name:
        seconds_to_preview(Path(name))
        again = min(seconds_to_preview(Path(name)) for _ in range(3))
    yield at_most("make run, the second time, ready after", again, 3, "s")
