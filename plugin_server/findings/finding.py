"""A finding: one thing that a check found in settings JSON, in email HTML or in a plugin's response."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

JsonPath = tuple[str | int, ...]

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


class Severity(StrEnum):
    """How bad a finding is, worst first.

    Errors fail a check: Kit refuses what was checked, it cannot work, or some readers cannot use it.
    Warnings: it will not look or work everywhere as it was meant. Infos: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Place:
    """Where a finding is, as far as it is known.

    Attributes:
        line: of the source, from 1; 0 when it is not known.
        column: in characters, from 1; 0 when it is not known.
        offset: in characters from 0, which ``Lines`` turns into a line and a column.
        path: of a value in a JSON text, such as ``(2, "options", 0)``.
        is_key: whether the path means the name of a property instead of its value.
        elements: the HTML elements around the place, from the outermost.
        file: the path of the source, where it is not what is checked: a template that wrote the HTML.
    """

    line: int = 0
    column: int = 0
    offset: int = 0
    path: JsonPath | None = None
    is_key: bool = False
    elements: tuple[str, ...] = ()
    file: str = ""

    def __str__(self) -> str:
        if self.path is not None:
            return json_path(self.path)
        return " > ".join(self.elements) or (f"line {self.line}" if self.line else "")


START = Place(1, 1)
NOWHERE = Place()


@dataclass(frozen=True)
class Finding:
    """One thing to fix or to know.

    ``code`` never changes its meaning, so tools may rely on it. ``feature`` and ``client`` are
    caniemail's names, and empty where a finding is not about a mail client; ``url`` leads to its tests.
    ``source_line`` is the line of ``place.file``, and ``rendered`` the HTML that was made of it.
    """

    code: str
    severity: Severity
    place: Place
    message: str
    advice: str = ""
    feature: str = ""
    client: str = ""
    url: str = ""
    source_line: str = ""
    rendered: str = ""

    def __str__(self) -> str:
        where = str(self.place)
        return f"{self.code}{f' at {where}' if where else ''}: {self.message}"

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, after the path of the place within its line."""
        where = f"{self.place}: " if self.place.path or self.place.elements else ""
        return f"{where}{self.message}. {self.advice}".rstrip()

    @property
    def explanation(self) -> str:
        """The file and line, what is wrong and what to do, in one line."""
        line = f", line {self.place.line}" if self.place.line else ""
        where = f"{self.place.file}{line}: " if self.place.file else ""
        advice = f". {self.advice}" if self.advice else ""
        return f"{where}{self.message}{advice}"


def error(code: str, place: Place, message: str, advice: str = "") -> Finding:
    """Return a finding that fails a check."""
    return Finding(code, Severity.ERROR, place, message, advice)


def warning(code: str, place: Place, message: str, advice: str = "") -> Finding:
    """Return a finding that fails a strict check only."""
    return Finding(code, Severity.WARNING, place, message, advice)


def info(code: str, place: Place, message: str, advice: str = "") -> Finding:
    """Return a finding that never fails a check."""
    return Finding(code, Severity.INFO, place, message, advice)


def json_path(path: JsonPath) -> str:
    """Return ``[2].options[0].label`` for a path; the whole text is ``$``."""
    return "".join(map(_step, path)).removeprefix(".") or "$"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _IDENTIFIER.fullmatch(part) else f"[{json.dumps(part)}]"
