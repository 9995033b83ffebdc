"""The report of ``plugin-server settings check``, as text or as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from plugin_server.findings.finding import Severity, json_path
from plugin_server.findings.reporter import as_json, show, show_total
from plugin_server.findings.wording import counted, printable
from plugin_server.resources.packages import installed_packages, settings_files
from plugin_server.resources.text_files import CannotOpen, UnreadableText, read_text_file
from plugin_server.settings import usage
from plugin_server.settings.checker import Report, check
from plugin_server.settings.rules import CHECKS, Context
from plugin_server.settings.schema import Schema, SchemaUnusable, bundled, read_schema

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
    """Validate files and print the findings; return the command's exit status, 0 or 1.

    Args:
        files: paths, ``-`` for standard input; none: every settings JSON of this server.
        base_url: this server's public URL.
        endpoints: the paths of its search endpoints.
        schema: a file to use instead of the bundled current schema.
        tools: print JSON instead of text.
        loopback: accept ``http`` URLs of this machine.

    Raises:
        click.UsageError: a named file cannot be opened, or the schema cannot be used (exit status
            2). A file that is not text has a finding like any other, and so has a block
            whose settings JSON is missing.
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
    counts = Counter(each.severity for report in reports.values() for each in report.findings)
    if tools:
        click.echo(json.dumps(_for_tools(reports, counts, against), indent=2))
    else:
        _print(reports, counts, against)
    return 1 if counts[Severity.ERROR] else 0


def _own_block(name: str) -> str | None:
    """Return the installed block whose settings JSON the file is, or ``None``."""
    path = Path(name)
    folder = path.resolve().parent
    own = any(folder == package.settings_json.resolve() for package in installed_packages())
    return path.stem if own and name != _STDIN else None


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


def _display_name(name: str) -> str:
    """Return the name that people know a file by: relative if it is in the working directory."""
    path = Path(name)
    if name == _STDIN:
        return "standard input"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name


def _for_tools(
    reports: dict[str, Report], counts: Counter[Severity], schema: Schema
) -> dict[str, Any]:
    return {
        "schema": {"name": schema.name, "compared_on": schema.compared_on},
        "published": {"compared_on": bundled("published").compared_on},
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "files": [
            {
                "file": name,
                "findings": [as_json(finding) for finding in report.findings],
                "published": [as_json(each) | {"severity": "note"} for each in report.published],
            }
            for name, report in reports.items()
        ],
    }


def _print(reports: dict[str, Report], counts: Counter[Severity], schema: Schema) -> None:
    for name, report in reports.items():
        for finding in report.findings:
            show(finding, _display_name(name), report.text)
    for name, report in reports.items():
        if report.published:
            _print_published(_display_name(name), report)
    show_total(counts, counted(len(reports), "file"))
    click.echo(f" The {schema.name} schema was last compared with Kit's on {schema.compared_on}.")


def _print_published(name: str, report: Report) -> None:
    older = bundled("published")
    count = counted(len(report.published), "thing")
    click.secho(f"{name}: {count} that the schema printed in Kit's reference refuses", bold=True)
    for finding in report.published:
        place = finding.place
        path = json_path(place.path or ())
        click.echo(f"  {place.line}:{place.column} {printable(f'{path}: {finding.message}')}")
    click.echo(
        f"  That schema (as of {older.compared_on}) is older than the components that Kit documents.\n"
        "  Should Kit's dashboard respond with 422, look here first.\n"
    )
