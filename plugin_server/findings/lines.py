"""The lines of a text, to say where an offset is."""

import re
from bisect import bisect_right
from dataclasses import replace

from plugin_server.findings.finding import Finding


class Lines:
    """The lines of a text; line breaks are those of every system."""

    def __init__(self, text: str) -> None:
        """Take the whole text."""
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]

    def __getitem__(self, line: int) -> str:
        """Return a line, counted from 1, without its line break."""
        end = self._starts[line] if line < len(self._starts) else None
        return self._text[self._starts[line - 1] : end].rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column, both from 1."""
        return self._starts[line - 1] + column - 1

    def locate(self, finding: Finding, offset: int) -> Finding:
        """Return a finding with the line and the column of an offset."""
        line, column = self.position(offset)
        return replace(finding, place=replace(finding.place, line=line, column=column, offset=0))
