"""A check of the rehearsal, what it finds, and its outcome."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from plugin_server.findings.finding import NOWHERE, Finding, Severity
from plugin_server.findings.finding import error as error_finding
from plugin_server.findings.finding import info as info_finding
from plugin_server.findings.finding import warning as warning_finding
from plugin_server.sandbox.rehearsal.calls import Call

OAUTH = "OAuth"
HTML = "HTML endpoint"
SEARCH = "Search"
LISTING = "Listing"
ROBUSTNESS = "Robustness"
# By the word that chooses them on the command line.
GROUPS = {
    "oauth": OAUTH,
    "html": HTML,
    "search": SEARCH,
    "listing": LISTING,
    "robustness": ROBUSTNESS,
}


class Status(StrEnum):
    """How a check ended."""

    FAILED = "failed"
    WARNING = "warning"
    PASSED = "passed"
    SKIPPED = "skipped"


class Skipped(Exception):
    """A check cannot be made of this app; the text is the reason, a sentence."""


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong, and the call that showed it, if it was one."""

    finding: Finding
    call: Call | None = None


# What a check yields or returns.
Flaws = Iterable[Flaw]


def fail(message: str, call: Call | None = None, advice: str = "") -> Flaw:
    """Return a flaw that fails the check."""
    return Flaw(error_finding("rehearsal", NOWHERE, message.removesuffix("."), advice), call)


def warn(message: str, call: Call | None = None, advice: str = "") -> Flaw:
    """Return a flaw that does not fail the check."""
    return Flaw(warning_finding("rehearsal", NOWHERE, message.removesuffix("."), advice), call)


def note(message: str, call: Call | None = None) -> Flaw:
    """Return something good to know, which is no flaw."""
    return Flaw(info_finding("rehearsal", NOWHERE, message), call)


def flaws_of(findings: Iterable[Finding], call: Call | None, before: str = "") -> list[Flaw]:
    """Return the errors and warnings among findings as flaws; ``before`` is written in front of each."""
    found = [each for each in findings if each.severity is not Severity.INFO]
    return [Flaw(_prefixed(each, before), call) for each in found]


def _prefixed(finding: Finding, before: str) -> Finding:
    line = f", line {finding.place.line}" if finding.place.line and before else ""
    text = f"{before}{line}: {finding.message}" if before else finding.message
    return Finding(finding.code, finding.severity, finding.place, text, finding.advice)


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        id: its name for tools, which never changes its meaning.
        group: one of ``GROUPS``.
        title: what is demanded, as a statement that holds for an app that passes.
        url: the page that demands it: Kit's, or the RFC's that Kit builds on.
        expected: what would be right, and what to write.
        run: takes the subject, or the part of it that the check is about, and returns flaws.
    """

    id: str
    group: str
    title: str
    url: str
    expected: str
    run: Callable[[Any], Flaws]


def group_of(name: str) -> Callable[[str, str, str, str, Callable[[Any], Flaws]], Check]:
    """Return what makes the checks of one group: id, title, URL, what is expected, function."""
    return partial(_check, name)


def _check(
    group: str, id_: str, title: str, url: str, expected: str, run: Callable[[Any], Flaws]
) -> Check:
    return Check(id_, group, title, url, expected, run)


@dataclass(frozen=True)
class Outcome:
    """How a check ended.

    Attributes:
        about: what it was made of: a plugin, or a search setting of one; ``""`` is the app.
        flaws: sentences, the errors first.
        notes: what is good to know, such as times.
        reason: why it was skipped.
        sent: the request that showed the first flaw, or the last request of a check without one.
        received: its response.
        seconds: how long the check took.
    """

    check: Check
    about: str
    status: Status
    flaws: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    sent: str = ""
    received: str = ""
    seconds: float = 0


def outcome_of(
    check: Check,
    about: str,
    flaws: Sequence[Flaw],
    calls: Sequence[Call],
    seconds: float,
    clean: Callable[[str], str],
) -> Outcome:
    """Return the outcome of a check that was made.

    Args:
        calls: those of the check, in order.
        clean: removes secrets from a text.
    """
    rank = [Severity.ERROR, Severity.WARNING].index
    real = [each for each in flaws if each.finding.severity is not Severity.INFO]
    worst_first = sorted(real, key=lambda each: rank(each.finding.severity))
    status = Status.PASSED
    if worst_first:
        is_error = worst_first[0].finding.severity is Severity.ERROR
        status = Status.FAILED if is_error else Status.WARNING
    shown = next((each.call for each in worst_first if each.call), calls[-1] if calls else None)
    return Outcome(
        check,
        about,
        status,
        flaws=_sentences(worst_first, clean),
        notes=_sentences((each for each in flaws if each not in worst_first), clean),
        sent=shown.sent if shown else "",
        received=shown.received if shown else "",
        seconds=seconds,
    )


def _sentences(flaws: Iterable[Flaw], clean: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(each.finding.sentence) for each in flaws))
