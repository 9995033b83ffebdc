"""Measure every part, or what is named: ``python -m benchmarks [--rounds N] [--seconds N] [name …]``."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from importlib import import_module

from benchmarks import serving
from benchmarks.load import CannotMeasure, Extent
from benchmarks.loads import LOADS
from benchmarks.report import Figure, report

# Modules with a ``TITLE`` and a function ``figures`` of the extent, which those ignore that load no server.
PARTS = (
    *("kit_data", "rendering", "reload"),
    *("serving", "active", "cold", "memory", "start", "lines"),
)


def main(arguments: Sequence[str]) -> None:
    """Print the tables; a goal that is missed is said, and is no failure."""
    usual = Extent()
    parser = ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*PARTS, *LOADS, []], help="a part or a load")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="of each load")
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="of each round")
    given = parser.parse_args(arguments)
    extent = Extent(given.rounds, given.seconds)
    met = [_measured(title, figures) for title, figures in _chosen(given.name or PARTS, extent)]
    last = "Every goal is met." if all(met) else "Some goals are missed: see above."
    print(f"\n{last}")  # noqa: T201 - a command's output


def _chosen(names: Sequence[str], extent: Extent) -> Iterator[tuple[str, Iterator[Figure]]]:
    """Yield the title and figures of each part; loads that are named are measured in one run."""
    if loads := [LOADS[name] for name in names if name in LOADS]:
        yield serving.TITLE, serving.figures_of(loads, extent)
    for name in names:
        if name in PARTS:
            part = import_module(f"benchmarks.{name}")
            yield part.TITLE, part.figures(extent)


def _measured(title: str, figures: Iterator[Figure]) -> bool:
    """Print a table; return whether every goal was met."""
    try:
        return report(title, figures)
    except CannotMeasure as missing:
        print(f"  Not measured: {missing}", file=sys.stderr)  # noqa: T201
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
