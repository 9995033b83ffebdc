"""The report as JUnit XML, which CI systems show beside an app's own tests.

A failed check is a failure; a warning passes, and stands in the test case's output.
Source: https://github.com/jenkinsci/xunit-plugin (jenkins-junit.xsd).
"""

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from plugin_server.sandbox.rehearsal.check import Outcome, Status
from plugin_server.sandbox.rehearsal.report import Report

# Characters that XML 1.0 cannot hold, escaped or not.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report) -> bytes:
    """Return the report as an XML document in UTF-8: a test suite for each group."""
    root = Element("testsuites", name=_clean(f"Rehearsal of {report.app}"))
    _count(root, report.outcomes)
    for number, (group, outcomes) in enumerate(report.by_group().items()):
        suite = SubElement(root, "testsuite", name=group, id=str(number), timestamp=report.at[:19])
        _count(suite, outcomes)
        suite.set("skipped", str(sum(each.status is Status.SKIPPED for each in outcomes)))
        for outcome in outcomes:
            _add_case(suite, outcome)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _count(element: Element, outcomes: Sequence[Outcome]) -> None:
    statuses = Counter(each.status for each in outcomes)
    element.set("tests", str(len(outcomes)))
    element.set("failures", str(statuses[Status.FAILED]))
    element.set("errors", "0")
    element.set("time", f"{sum(each.seconds for each in outcomes):.3f}")


def _add_case(suite: Element, outcome: Outcome) -> None:
    check = outcome.check
    name = f"{check.title} ({outcome.about})" if outcome.about else check.title
    case = SubElement(
        suite, "testcase", name=_clean(name), classname=check.id, time=f"{outcome.seconds:.3f}"
    )
    text = _clean(_details(outcome))
    if outcome.status is Status.FAILED:
        message = _clean(outcome.flaws[0])
        SubElement(case, "failure", message=message, type=check.id).text = text
    elif outcome.status is Status.SKIPPED:
        SubElement(case, "skipped", message=_clean(outcome.reason))
    elif outcome.flaws or outcome.notes:
        SubElement(case, "system-out").text = text


def _details(outcome: Outcome) -> str:
    label = "Warning: " if outcome.status is Status.WARNING else ""
    lines = [*(f"{label}{flaw}" for flaw in outcome.flaws), *outcome.notes]
    if outcome.flaws:
        lines += ["", f"Right: {outcome.check.expected}", f"See: {outcome.check.url}"]
        lines += ["", "Sent:", outcome.sent] if outcome.sent else []
        lines += ["", "Came:", outcome.received] if outcome.received else []
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)
