"""What ``plugin-server settings check`` prints, for people and for tools."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from plugin_server.findings.terminal import counted, printable
from plugin_server.resources.paths import SETTINGS_JSON, settings_files
from plugin_server.resources.text_files import CannotOpen, UnreadableText, read_text_file
from plugin_server.settings import usage
from plugin_server.settings.checker import Located, Report, check
from plugin_server.settings.findings import Severity, json_path
from plugin_server.settings.rules import CHECKS, Context
from plugin_server.settings.schema import Schema, SchemaUnusable, bundled, read_schema

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_WIDTH = 100
_STDIN = "-"


def run(
    files: Sequence[str],
    *,
    base_url: str,
    endpoints: frozenset[str] = frozenset(),
    schema: Path | None,
    tools: bool,
    loopback: bool,
) -> int:
    """Check files and print what was found; return the command's exit status, 0 or 1.

    Args:
        files: paths, ``-`` for standard input; none: every settings JSON of this server.
        base_url: this server's public URL.
        endpoints: the paths of its search endpoints.
        schema: a file to use instead of the bundled current schema.
        tools: print JSON instead of text.
        loopback: accept ``http`` addresses of this machine.

    Raises:
        click.UsageError: a named file cannot be opened, or the schema cannot be used (exit status
            2). A file that can be opened and holds no text has a finding like any other, and so
            has a block whose settings JSON is not there.
    """
    try:
        against = read_schema(schema) if schema else bundled("current")
        reports = {
            name: _report(
                name,
                Context(_own_block(name), base_url, endpoints, loopback),
                against,
                is_named=bool(files),
            )
            for name in files or map(str, settings_files())
        }
    except SchemaUnusable as error:
        raise click.UsageError(f"The schema cannot be used. {error}.") from error
    if tools:
        click.echo(json.dumps(_for_tools(reports, against), indent=2))
    else:
        _print(reports, against)
    return 1 if any(report.errors for report in reports.values()) else 0


def _own_block(name: str) -> str | None:
    """Return the block of this server whose settings JSON the file is, or ``None``."""
    path = Path(name)
    own = name != _STDIN and path.resolve().parent == SETTINGS_JSON.resolve()
    return path.stem if own else None


def _report(name: str, context: Context, schema: Schema, *, is_named: bool) -> Report:
    try:
        text = read_text_file(name)
    except CannotOpen as error:
        if not is_named:
            return Report.unreadable(error.reason)
        raise click.UsageError(str(error)) from error
    except UnreadableText as error:
        return Report.unreadable(error.reason)
    return check(text, context, schema=schema, table=(*CHECKS, *usage.CHECKS))


def _called(name: str) -> str:
    """Return the name for a file that people recognise: short where it is below where they are."""
    path = Path(name)
    if name == _STDIN:
        return "standard input"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name


def _for_tools(reports: dict[str, Report], schema: Schema) -> dict[str, Any]:
    return {
        "schema": {"name": schema.name, "compared_on": schema.compared_on},
        "published": {"compared_on": bundled("published").compared_on},
        "errors": _total(reports.values(), Severity.ERROR),
        "warnings": _total(reports.values(), Severity.WARNING),
        "files": [
            {
                "file": name,
                "findings": [_record(located) for located in report.findings],
                "published": [_record(located, severity="note") for located in report.published],
            }
            for name, report in reports.items()
        ],
    }


def _record(located: Located, severity: str = "") -> dict[str, Any]:
    finding = located.finding
    return {
        "severity": severity or finding.severity.value,
        "code": finding.code,
        "path": json_path(finding.path),
        "line": located.line,
        "column": located.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def _total(reports: Iterable[Report], severity: Severity) -> int:
    return sum(report.count(severity) for report in reports)


def _print(reports: dict[str, Report], schema: Schema) -> None:
    for name, report in reports.items():
        for located in report.findings:
            _print_finding(_called(name), report.text, located)
    for name, report in reports.items():
        if report.published:
            _print_published(_called(name), report)
    errors = _total(reports.values(), Severity.ERROR)
    warnings = _total(reports.values(), Severity.WARNING)
    files = counted(len(reports), "file")
    compared = f"The {schema.name} schema was last compared with Kit's on {schema.compared_on}."
    if errors or warnings:
        told = f"{counted(errors, 'error')}, {counted(warnings, 'warning')} in {files}."
        click.secho(told, fg="red" if errors else "yellow", nl=False)
    else:
        click.secho(f"{files} checked, nothing to mend.", fg="green", nl=False)
    click.echo(f" {compared}")


def _print_finding(name: str, text: str, located: Located) -> None:
    finding = located.finding
    color = _COLORS[finding.severity]
    place = click.style(f"{name}:{located.line}:{located.column}", bold=True)
    severity = click.style(finding.severity.value, fg=color, bold=True)
    click.echo(f"{place}: {severity} [{finding.code}]")
    click.echo(f"  {printable(json_path(finding.path))}: {printable(finding.message)}")
    if text:
        line, caret = _excerpt(text, located.line, located.column)
        number = str(located.line)
        click.echo(click.style(f"  {number} | ", dim=True) + line)
        bar = click.style(f"  {' ' * len(number)} | ", dim=True)
        click.echo(bar + click.style(caret, fg=color, bold=True))
    click.echo(f"  {printable(finding.hint)}\n")


def _print_published(name: str, report: Report) -> None:
    older = bundled("published")
    count = counted(len(report.published), "thing")
    click.secho(f"{name}: {count} that the schema printed in Kit's reference refuses", bold=True)
    for located in report.published:
        path = printable(json_path(located.finding.path))
        click.echo(
            f"  {located.line}:{located.column} {path}: {printable(located.finding.message)}"
        )
    click.echo(
        f"  That schema (as of {older.compared_on}) is older than the components that Kit documents.\n"
        "  Should Kit's dashboard answer 422, look here first.\n"
    )


def _excerpt(text: str, line: int, column: int) -> tuple[str, str]:
    """Return a line that fits on a screen, and another with a caret below the column."""
    whole = text.split("\n")[line - 1].rstrip("\r").replace("\t", " ")
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
