"""What ``plugin-server lint`` prints, for people and for tools."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from plugin_server.findings.terminal import counted, printable
from plugin_server.lint.accepted import reason
from plugin_server.lint.compat import compat
from plugin_server.lint.findings import Finding, Severity

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


@dataclass(frozen=True)
class Linted:
    """What was found in one example of a block of ours, or in a file of anybody's.

    ``findings`` are to be mended or known. ``accepted`` are those that stay, with the reason.
    """

    name: str
    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, str], ...] = ()
    block: str | None = None

    @classmethod
    def of_example(cls, block: str, example: str, found: Sequence[Finding]) -> "Linted":
        """Take what was found in an example of our own, and sort out what is accepted."""
        reasons = [(finding, reason(finding)) for finding in found]
        return cls(
            example,
            tuple(finding for finding, why in reasons if why is None),
            tuple((finding, why) for finding, why in reasons if why is not None),
            block,
        )

    @property
    def title(self) -> str:
        """How people tell it from others."""
        return f"{self.block}: {self.name}" if self.block else self.name


def show(
    results: Sequence[Linted],
    *,
    clients: Sequence[str],
    tools: bool = False,
    verbose: bool = False,
    strict: bool = False,
) -> int:
    """Print what was found; return the command's exit status, 0 or 1.

    Args:
        results: of all examples and files, in order.
        clients: the clients that were asked about.
        tools: print JSON instead of text.
        verbose: print infos and what is accepted, too; tools always get them.
        strict: fail on warnings.
    """
    counts = Counter(each.severity for result in results for each in result.findings)
    if tools:
        click.echo(json.dumps(_for_tools(results, counts, clients), indent=2))
    else:
        for result in results:
            _print(result, verbose=verbose)
        _print_sum(results, counts, verbose=verbose)
    return 1 if counts[Severity.ERROR] or (strict and counts[Severity.WARNING]) else 0


def _for_tools(
    results: Sequence[Linted], counts: Mapping[Severity, int], clients: Sequence[str]
) -> dict[str, Any]:
    return {
        "compat": {"source": "https://www.caniemail.com", "date": compat().date},
        "clients": list(clients),
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "infos": counts[Severity.INFO],
        "accepted": sum(len(result.accepted) for result in results),
        "pages": [
            {
                "block": result.block,
                "name": result.name,
                "findings": [_record(finding) for finding in result.findings],
                "accepted": [{**_record(each), "reason": why} for each, why in result.accepted],
            }
            for result in results
        ],
    }


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "hint": finding.hint,
        "feature": finding.feature or None,
        "client": finding.client or None,
        "url": finding.url or None,
    }


def _print(result: Linted, *, verbose: bool) -> None:
    lines = list(_lines(result, verbose=verbose))
    if lines:
        click.secho(printable(result.title), bold=True)
        click.echo("\n".join(lines) + "\n")


def _lines(result: Linted, *, verbose: bool) -> Iterator[str]:
    for finding in result.findings:
        if verbose or finding.severity is not Severity.INFO:
            yield _first_line(finding, click.style(finding.severity, fg=_COLORS[finding.severity]))
            yield f"    {printable(finding.hint)}"
    if verbose:
        for finding, why in result.accepted:
            yield _first_line(finding, click.style("accepted", fg="green"))
            yield f"    {printable(why)}"


def _first_line(finding: Finding, severity: str) -> str:
    place = f"{finding.place.line}:{finding.place.column}"
    about = " ".join(filter(None, (finding.code, finding.feature)))
    return f"  {place} {severity} [{about}] {printable(finding.message)}"


def _print_sum(results: Sequence[Linted], counts: Mapping[Severity, int], *, verbose: bool) -> None:
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    pages = counted(len(results), "page")
    if errors or warnings:
        color = "red" if errors else "yellow"
        told = f"{counted(errors, 'error')}, {counted(warnings, 'warning')} in {pages}."
    else:
        color, told = "green", f"{pages} checked, nothing to mend."
    click.secho(told, fg=color, nl=False)
    infos, accepted = counts[Severity.INFO], sum(len(result.accepted) for result in results)
    quiet = [counted(infos, "info") if infos else "", f"{accepted} accepted" if accepted else ""]
    if not verbose and any(quiet):
        click.echo(f" {' and '.join(filter(None, quiet))}: see with --verbose.", nl=False)
    click.echo(f"\nClient support: caniemail.com, data of {compat().date}.")
