"""The report of ``plugin-server lint``, as text or as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from plugin_server.findings.finding import Finding, Severity
from plugin_server.findings.reporter import as_json, show, show_total
from plugin_server.findings.wording import counted
from plugin_server.lint.accepted import reason
from plugin_server.lint.compat import compat


@dataclass(frozen=True)
class Linted:
    """The findings in one example of a block of ours, or in a file of anybody's.

    ``findings`` are to be fixed or known. ``accepted`` are those that stay, with the reason.
    """

    name: str
    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, str], ...] = ()
    block: str | None = None

    @classmethod
    def of_example(cls, block: str, example: str, found: Sequence[Finding]) -> "Linted":
        """Return the findings of an example of our own, the accepted ones apart."""
        reasons = [(finding, reason(finding)) for finding in found]
        return cls(
            example,
            tuple(finding for finding, why in reasons if why is None),
            tuple((finding, why) for finding, why in reasons if why is not None),
            block,
        )

    @property
    def title(self) -> str:
        """The name under which it is shown."""
        return f"{self.block}/{self.name}" if self.block else self.name


def print_report(
    results: Sequence[Linted],
    *,
    clients: Sequence[str],
    tools: bool = False,
    verbose: bool = False,
    strict: bool = False,
) -> int:
    """Print the findings; return the command's exit status, 0 or 1.

    Args:
        results: of all examples and files, in order.
        clients: the clients whose support was looked up.
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
        _print_total(results, counts, verbose=verbose)
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
    return as_json(finding) | {
        "feature": finding.feature or None,
        "client": finding.client or None,
        "url": finding.url or None,
    }


def _print(result: Linted, *, verbose: bool) -> None:
    for finding in result.findings:
        if verbose or finding.severity is not Severity.INFO:
            show(finding, result.title)
    if verbose:
        for finding, why in result.accepted:
            show(replace(finding, advice=why), result.title, label="accepted")


def _print_total(
    results: Sequence[Linted], counts: Mapping[Severity, int], *, verbose: bool
) -> None:
    show_total(counts, counted(len(results), "page"))
    infos, accepted = counts[Severity.INFO], sum(len(result.accepted) for result in results)
    hidden = [counted(infos, "info") if infos else "", f"{accepted} accepted" if accepted else ""]
    if not verbose and any(hidden):
        click.echo(f" {' and '.join(filter(None, hidden))}: see with --verbose.", nl=False)
    click.echo(f"\nClient support: caniemail.com, data of {compat().date}.")
