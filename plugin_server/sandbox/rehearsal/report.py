"""The report of a rehearsal: for people, and as JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_server.findings.wording import counted
from plugin_server.sandbox.rehearsal.check import GROUPS, Outcome, Status

FORMAT = 1
_MARKS = {
    Status.PASSED: "passed",
    Status.WARNING: "warning",
    Status.FAILED: "FAILED",
    Status.SKIPPED: "skipped",
}


@dataclass(frozen=True)
class Report:
    """The outcomes of one rehearsal.

    Attributes:
        app: its name.
        at: when it started, as ISO 8601 in UTC.
        way: how the creator's part was done, in words.
    """

    app: str
    at: str
    way: str
    outcomes: Sequence[Outcome]

    @property
    def counts(self) -> dict[Status, int]:
        """How many checks ended in each way."""
        found = Counter(each.status for each in self.outcomes)
        return {status: found[status] for status in Status}

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.counts[Status.FAILED]

    @property
    def summary(self) -> str:
        """One sentence with the numbers."""
        counts = self.counts
        words = [
            f"{counts[Status.FAILED]} failed",
            counted(counts[Status.WARNING], "warning"),
            f"{counts[Status.PASSED]} passed",
            f"{counts[Status.SKIPPED]} skipped",
        ]
        return f"{counted(len(self.outcomes), 'check')} of {self.app}: {', '.join(words)}."

    def of(self, *statuses: Status) -> list[Outcome]:
        """Return the outcomes with one of these statuses, in order."""
        return [each for each in self.outcomes if each.status in statuses]

    def by_group(self) -> dict[str, list[Outcome]]:
        """Return the outcomes of each group that has any."""
        found = {
            group: [each for each in self.outcomes if each.check.group == group]
            for group in GROUPS.values()
        }
        return {group: outcomes for group, outcomes in found.items() if outcomes}


def as_text(report: Report, *, details: bool = False) -> str:
    """Return the report for a terminal: the numbers, what is wrong, a line for each group, the numbers again.

    ``details`` shows every check.
    """
    lines: list[str] = [report.summary, ""]
    for status in (Status.FAILED, Status.WARNING):
        for outcome in report.of(status):
            lines += [*_explained(outcome), ""]
    for group, outcomes in report.by_group().items():
        counts = Counter(each.status for each in outcomes)
        words = [f"{counts[status]} {status.value}" for status in Status if counts[status]]
        lines.append(f"{group}: {', '.join(words)}")
        lines += [_line(each) for each in outcomes if details or each.status is Status.SKIPPED]
    lines += ["", f"The creator's part: {report.way}", report.summary]
    return "\n".join(lines)


def _line(outcome: Outcome) -> str:
    about = f" ({outcome.about})" if outcome.about else ""
    notes = f": {'; '.join(outcome.notes)}" if outcome.notes else ""
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"  {_MARKS[outcome.status]:8}{outcome.check.title}{about}{notes}{reason}"


def _explained(outcome: Outcome) -> Iterator[str]:
    """Yield the lines about a check with flaws."""
    check = outcome.check
    about = f" ({outcome.about})" if outcome.about else ""
    yield f"{_MARKS[outcome.status]} {check.group}: {check.title}{about} [{check.id}]"
    yield from (f"  - {flaw}" for flaw in outcome.flaws)
    yield f"  Right: {check.expected}"
    yield f"  See:   {check.url}"
    for name, text in (("Sent", outcome.sent), ("Came", outcome.received)):
        if text:
            yield f"  {name}:"
            yield from (f"    {line}" for line in text.splitlines())


def as_json(report: Report) -> str:
    """Return the report as JSON, an object; ``format`` grows when a member changes its meaning."""
    body = {
        "format": FORMAT,
        "app": report.app,
        "at": report.at,
        "consent": report.way,
        "passed": report.passed,
        "counts": {status.value: number for status, number in report.counts.items()},
        "checks": [*map(_members, report.outcomes)],
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


def _members(outcome: Outcome) -> dict[str, Any]:
    check = outcome.check
    return {
        "id": check.id,
        "group": check.group,
        "title": check.title,
        "about": outcome.about,
        "status": outcome.status.value,
        "flaws": list(outcome.flaws),
        "notes": list(outcome.notes),
        "reason": outcome.reason,
        "sent": outcome.sent,
        "received": outcome.received,
        "expected": check.expected,
        "url": check.url,
        "seconds": round(outcome.seconds, 3),
    }
