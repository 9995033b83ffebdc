"""What the lint found: one record for each finding, of every rule."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, worst first.

    Errors: Kit rejects the block, or some readers cannot use it. Warnings: it will not look or work
    everywhere as it was meant. Infos: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Place:
    """A line and a column of the source, both from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to know.

    ``code`` never changes its meaning, so tools may rely on it. ``feature`` and ``client`` are
    caniemail's names, and empty where a finding is not about a client; ``url`` leads to its tests.
    """

    code: str
    severity: Severity
    place: Place
    message: str
    hint: str
    feature: str = ""
    client: str = ""
    url: str = ""


def error(code: str, place: Place, message: str, hint: str) -> Finding:
    """Return a finding that fails the lint."""
    return Finding(code, Severity.ERROR, place, message, hint)


def warning(code: str, place: Place, message: str, hint: str) -> Finding:
    """Return a finding that fails the lint with ``--strict`` only."""
    return Finding(code, Severity.WARNING, place, message, hint)


def info(code: str, place: Place, message: str, hint: str) -> Finding:
    """Return a finding that never fails the lint."""
    return Finding(code, Severity.INFO, place, message, hint)
