"""Run every part, or those that are named: ``python -m benchmarks [part …]``."""

import sys
from importlib import import_module

from benchmarks.load import CannotMeasure
from benchmarks.report import report

# Modules with a ``TITLE`` and a function ``figures``.
PARTS = ("kit_data", "rendering", "reload", "paced", "serving")


def main(names: list[str]) -> None:
    """Print the tables; a goal that is missed is said, and is no failure."""
    met = []
    for name in names or PARTS:
        part = import_module(f"benchmarks.{name}")
        try:
            met.append(report(part.TITLE, part.figures()))
        except CannotMeasure as missing:
            print(f"  Not measured: {missing}", file=sys.stderr)  # noqa: T201
            met.append(False)
    last = "Every goal is met." if all(met) else "Some goals are missed: see above."
    print(f"\n{last}")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main(sys.argv[1:])
