"""What is wrong with HTML as it is written: one record for each place."""

import re
from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One place where a source says something else than its author meant, or may.

    Attributes:
        code: the kind; it never changes its meaning.
        offset: the place, in characters from 0.
        message: what happens there, in plain words.
        hint: what to do.
        is_error: parsers add, drop or move something, or disagree. Otherwise the HTML is legal, but
            less robust than it could be.
    """

    code: str
    offset: int
    message: str
    hint: str
    is_error: bool = True


class Lines:
    """Lines of a source, to say where an offset is."""

    def __init__(self, source: str) -> None:
        """Take the whole source."""
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", source))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
