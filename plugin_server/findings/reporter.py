"""The reporter: findings on a terminal, and as JSON for tools."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import click

from plugin_server.findings.finding import Finding, Severity, json_path
from plugin_server.findings.lines import Lines
from plugin_server.findings.wording import counted, printable

_COLORS = {"error": "red", "warning": "yellow", "info": "blue", "accepted": "green"}
_WIDTH = 100


def as_json(finding: Finding) -> dict[str, Any]:
    """Return the members that every command's JSON has of a finding.

    ``path`` is for JSON only; ``file`` and ``rendered`` for what templates wrote.
    """
    place = finding.place
    path = {} if place.path is None else {"path": json_path(place.path)}
    file = {"file": place.file} if place.file else {}
    rendered = {"rendered": finding.rendered} if finding.rendered else {}
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        **file,
        **path,
        "line": place.line,
        "column": place.column,
        "message": finding.message,
        "hint": finding.advice,
        **rendered,
    }


def show(
    finding: Finding, name: str, text: str = "", *, label: str = "", err: bool = False
) -> None:
    """Print a finding: its place, what is wrong, and what to do.

    Args:
        finding: with a line and a column, unless no line is known.
        name: of the file or page that it is in, unless the place has a file of its own.
        text: the source of the file ``name``, to show the line; ``""`` shows the finding's own
            ``source_line``, if any.
        label: in place of the severity.
        err: print to standard error.
    """
    place, label = finding.place, label or finding.severity.value
    text = "" if place.file else text
    color = _COLORS[label]
    position = f":{place.line}:{place.column or 1}" if place.line else ""
    where = click.style(f"{printable(place.file or name)}{position}", bold=True)
    about = " ".join(filter(None, (finding.code, finding.feature)))
    path = "" if place.path is None else f"{json_path(place.path)}: "
    lines = [
        f"{where}: {click.style(label, fg=color, bold=True)} [{about}]",
        f"  {printable(path + finding.message)}",
    ]
    if text or finding.source_line:
        source = Lines(text)[place.line] if text else finding.source_line
        line, caret = excerpt(source, place.column or 1)
        number = str(place.line)
        bar = click.style(f"  {' ' * len(number)} | ", dim=True)
        lines.append(click.style(f"  {number} | ", dim=True) + line)
        lines.append(bar + click.style(caret, fg=color, bold=True))
    if finding.rendered and finding.rendered != finding.source_line.strip():
        lines.append(f"  Rendered: {excerpt(finding.rendered, 1)[0]}")
    if finding.advice:
        lines.append(f"  {printable(finding.advice)}")
    click.echo("\n".join(lines) + "\n", err=err)


def show_total(counts: Mapping[Severity, int], checked: str) -> None:
    """Print the number of errors and warnings, without a line break.

    Args:
        counts: of findings, by severity.
        checked: what was checked, such as ``2 files``.
    """
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    if errors or warnings:
        total = f"{counted(errors, 'error')}, {counted(warnings, 'warning')} in {checked}."
        click.secho(total, fg="red" if errors else "yellow", nl=False)
    else:
        click.secho(f"{checked} checked, no problems found.", fg="green", nl=False)


def excerpt(line: str, column: int) -> tuple[str, str]:
    """Return a line that fits on a screen, and another with a caret below the column, from 1."""
    whole = line.replace("\t", " ")
    start = max(0, column - _WIDTH // 2) if len(whole) > _WIDTH else 0
    before, rest = whole[start : column - 1], whole[column - 1 : start + _WIDTH]
    shown = printable(f"{'…' if start else ''}{before}")
    end = "…" if start + _WIDTH < len(whole) else ""
    return f"{shown}{printable(rest)}{end}", " " * sum(map(_cells, shown)) + "^"


def _cells(char: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
