"""The report as text, JSON and JUnit XML."""

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from support.servers.plugin_app import CLIENT_SECRET, PluginApp, running_plugin_app

from plugin_server.sandbox.rehearsal.check import GROUPS, Check, Outcome, Status
from plugin_server.sandbox.rehearsal.junit import as_junit
from plugin_server.sandbox.rehearsal.redaction import Redaction
from plugin_server.sandbox.rehearsal.report import Report, as_json, as_text

CHECK = Check("a-check", "OAuth", "It is right", "https://example.com/", "Do this.", lambda _: ())


def report(*outcomes: Outcome) -> Report:
    return Report("Mill", "2026-11-30T12:00:00+00:00", "plain HTTP", outcomes)


def outcome(status: Status, **members: Any) -> Outcome:
    return Outcome(CHECK, "Bread", status, **members)


@pytest.fixture
def whole(rehearsed: Callable[..., Report]) -> tuple[Report, PluginApp]:
    with running_plugin_app("no_alt", "expires_in_text") as app:
        return rehearsed(app), app


def test_every_check_says_what_was_sent_what_came_and_what_is_right(
    whole: tuple[Report, PluginApp],
) -> None:
    checks = json.loads(as_json(whole[0]))["checks"]
    assert {each["group"] for each in checks} == {*GROUPS.values()}
    for each in checks:
        assert each["expected"]
        assert each["title"]
        assert each["url"].startswith("https://")
        assert bool(each["reason"]) == (each["status"] == "skipped")
        assert bool(each["flaws"]) == (each["status"] in ("failed", "warning"))
        if each["flaws"] and each["group"] != "Listing":
            assert each["sent"], each
            assert each["received"], each


def test_no_secret_is_in_any_form_of_the_report(whole: tuple[Report, PluginApp]) -> None:
    found, app = whole
    secrets = [CLIENT_SECRET, *app.access, *app.pairs, *app.codes]
    for text in (as_text(found, details=True), as_json(found), as_junit(found).decode()):
        assert [secret for secret in secrets if secret in text] == []


def test_failures_come_first_in_a_terminal() -> None:
    text = as_text(
        report(
            outcome(Status.FAILED, flaws=("It is wrong.",), sent="POST x", received="HTTP 500"),
            outcome(Status.WARNING, flaws=("It is odd.",)),
            outcome(Status.PASSED, notes=("Median 3 ms",)),
            outcome(Status.SKIPPED, reason="It has none."),
        )
    )
    assert text.startswith("4 checks of Mill: 1 failed, 1 warning, 1 passed, 1 skipped.")
    assert text.index("It is wrong.") < text.index("It is odd.") < text.index("OAuth: 1 failed")
    assert "Right: Do this." in text
    assert "    POST x" in text
    assert text.endswith("4 checks of Mill: 1 failed, 1 warning, 1 passed, 1 skipped.")


def test_junit_has_the_elements_that_ci_systems_read() -> None:
    root = ElementTree.fromstring(
        as_junit(
            report(
                outcome(
                    Status.FAILED, flaws=("It is wrong.",), sent="POST <x>\0", received="&\x1b[0m"
                ),
                outcome(Status.WARNING, flaws=("It is odd.",)),
                outcome(Status.PASSED),
                outcome(Status.SKIPPED, reason="It has none."),
            )
        )
    )
    assert root.tag == "testsuites"
    (suite,) = root
    assert (
        suite.attrib.items()
        >= {
            "name": "OAuth",
            "tests": "4",
            "failures": "1",
            "errors": "0",
            "skipped": "1",
            "timestamp": "2026-11-30T12:00:00",
        }.items()
    )
    failed, warned, passed, skipped = suite
    assert failed.attrib["name"] == "It is right (Bread)"
    assert failed.attrib["classname"] == "a-check"
    (failure,) = failed
    assert failure.attrib == {"message": "It is wrong.", "type": "a-check"}
    assert "POST <x>\ufffd" in (failure.text or "")
    assert warned[0].tag == "system-out"
    assert "Warning: It is odd." in (warned[0].text or "")
    assert len(passed) == 0
    assert skipped[0].attrib == {"message": "It has none."}


def test_a_secret_is_redacted_however_it_is_written() -> None:
    redaction = Redaction('a "secret"/of 20 characters')
    for written in ('a "secret"/of 20 characters', r"a \"secret\"/of 20 characters"):
        assert redaction.clean(f"x{written}y") == 'xa "s…y'
    assert "20" not in redaction.clean("a+%22secret%22%2Fof+20+characters")
    assert "20" not in redaction.clean("a%20%22secret%22%2Fof%2020%20characters")
