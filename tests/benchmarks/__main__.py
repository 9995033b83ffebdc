"""Measure every part, or what is named: ``python -m benchmarks [--rounds N] [--seconds N] [name …]``."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from importlib import import_module

from benchmarks import serving
from benchmarks.load import CannotMeasure, Extent
from benchmarks.loads import LOADS
from benchmarks.picture import publish_goals
from benchmarks.report import Figure, all_met, report

# Modules with a ``TITLE`` and a function ``figures`` of the extent, which those ignore that load no server.
PARTS = (
    *("kit_data", "rendering", "personal", "reload", "paced"),
    *("serving", "active", "cold", "memory", "start", "sandbox_api", "lines"),
)
# Measured only when it is named.
SIZING = "sizing"
# Those whose goals docs/performance.md shows.
_PUBLISHED = ("personal", "serving", "active", "cold", "memory", "paced")


def main(arguments: Sequence[str]) -> None:
    """Print the tables; a goal that is missed is said, and is no failure.

    When everything is measured, and thoroughly, docs/performance.md shows it.
    """
    usual = Extent()
    parser = ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument(
        "name",
        nargs="*",
        help=f"of a part, {', '.join((*PARTS, SIZING))}; or of a load that servers get, {', '.join(LOADS)}",
    )
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="of each load")
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="of each round")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.name if name not in {*PARTS, SIZING, *LOADS}]:
        parser.error(f"there is no {unknown[0]}: see --help")
    extent = Extent(given.rounds, given.seconds)
    shown = {name: _measured(*part) for name, part in _chosen(given.name or PARTS, extent)}
    if not given.name and extent == usual:
        publish_goals(each for name in _PUBLISHED for each in shown[name])
    met = all(map(all_met, shown.values()))
    last = "Every goal is met." if met else "Some goals are missed: see above."
    print(f"\n{last}")  # noqa: T201 - a command's output


def _chosen(
    names: Sequence[str], extent: Extent
) -> Iterator[tuple[str, tuple[str, Iterator[Figure]]]]:
    """Yield the name, title and figures of each part; loads that are named are measured in one run."""
    if loads := [LOADS[name] for name in names if name in LOADS]:
        yield "loads", (serving.TITLE, serving.figures_of(loads, extent))
    for name in names:
        if name in (*PARTS, SIZING):
            part = import_module(f"benchmarks.{name}")
            yield name, (part.TITLE, part.figures(extent))


def _measured(title: str, figures: Iterator[Figure]) -> list[Figure]:
    """Print a table, and return what it tells."""
    try:
        return report(title, figures)
    except CannotMeasure as missing:
        print(f"  Not measured: {missing}", file=sys.stderr)  # noqa: T201
        return [Figure(title, "not measured", met=False)]


if __name__ == "__main__":
    main(sys.argv[1:])
