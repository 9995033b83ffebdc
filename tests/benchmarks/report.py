"""A table of figures beside their goals."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    Attributes:
        name: what it is.
        measured: its value with its unit, for people.
        goal: what it should be, ``""`` where nothing is demanded.
        met: whether it is; ``None`` where nothing is demanded.
    """

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None


def at_most(name: str, value: float, limit: float, unit: str = "") -> Figure:
    """Return a figure that is good when it is small."""
    return Figure(
        name, f"{value:,.4g} {unit}".strip(), f"≤ {limit:.4g} {unit}".strip(), value <= limit
    )


def at_least(name: str, value: float, limit: float, unit: str = "") -> Figure:
    """Return a figure that is good when it is large."""
    return Figure(
        name, f"{value:,.4g} {unit}".strip(), f"≥ {limit:.4g} {unit}".strip(), value >= limit
    )


def report(title: str, figures: Iterable[Figure]) -> list[Figure]:
    """Print figures as they come, under a title, and return them."""
    _say(f"\n{title}\n  {'what':62}{'measured':>16}{'goal':>13}  met?")
    shown = []
    for figure in figures:
        word = {True: "yes", False: "MISSED", None: ""}[figure.met]
        _say(f"  {figure.name:62}{figure.measured:>16}{figure.goal:>13}  {word}".rstrip())
        shown.append(figure)
    return shown


def all_met(figures: Iterable[Figure]) -> bool:
    """Return whether every goal was met."""
    return all(figure.met is not False for figure in figures)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output
