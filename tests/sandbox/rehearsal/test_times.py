"""How quickly an app responds: the median counts, and one slow response is worth a look."""

import pytest
from support.servers.raw_connections import dripping

from plugin_server.findings.finding import Severity
from plugin_server.sandbox.rehearsal.calls import Call, Caller
from plugin_server.sandbox.rehearsal.html_endpoint import time_flaws
from plugin_server.sandbox.rehearsal.redaction import Redaction


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([900, 10, 20], {}),
        ([10, 20, 3_500], {Severity.WARNING: "The slowest response took 3.5 s"}),
        ([10, 1_500, 1_600], {Severity.WARNING: "Half of the responses took longer than 1.5 s"}),
        ([10, 4_000, 5_000], {Severity.ERROR: "Half of the responses took longer than 4.0 s"}),
    ],
)
def test_the_median_decides(times: list[int], expected: dict[Severity, str]) -> None:
    calls = [Call("https://mill.example.com", {}, status=200, ms=each) for each in times]
    note, *flaws = [each.finding for each in time_flaws(calls)]
    assert {each.severity: each.message for each in flaws} == expected
    assert note.severity is Severity.INFO
    assert note.message.startswith(
        f"Median {sorted(times)[1]} ms, slowest {max(times)} ms, first {times[0]}"
    )


def test_a_response_that_never_ends_does_not_hold_up_a_rehearsal() -> None:
    caller = Caller(Redaction(), timeout=0.2)
    with dripping(b"{") as url:
        call = caller.send("POST", url)
    caller.close()
    assert call.problem == "The app took too long to respond."
