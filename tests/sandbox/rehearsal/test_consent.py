"""The creator's part: by plain HTTP, in Chromium, and by hand."""

from collections.abc import Callable
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread

import httpx2
import pytest
from flask import Flask
from support.servers.plugin_app import running_plugin_app

from plugin_server.sandbox.rehearsal.check import Status
from plugin_server.sandbox.rehearsal.report import Report, as_text
from plugin_server.sandbox.rehearsal.setup import Options

STATES = ["oauth-signed-out", "oauth-signed-in", "oauth-new-creator", "oauth-data-there"]
SIGN_IN = {
    "fill": {"email": "ada@example.com", "password": "a-password"},
    "fill_new": {"email": "new@example.com", "password": "another"},
}


def statuses(report: Report) -> dict[str, Status]:
    return {each.check.id: each.status for each in report.outcomes}


def test_the_four_states_are_four_creators(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app() as app:
        report = rehearsed(app, "oauth", ids=STATES)
        assert set(app.sessions.values()) == {"ada@example.com", "new@example.com"}
    assert statuses(report) == dict.fromkeys(STATES, Status.PASSED), as_text(report)


def test_a_page_that_needs_more_than_is_known_says_which_field(
    rehearsed: Callable[..., Report],
) -> None:
    with running_plugin_app() as app:
        report = rehearsed(app, "html", options=Options(consent="http"))
    first, *others = report.outcomes
    assert first.status is Status.FAILED
    assert "/sign-in" not in first.flaws[0]
    assert "needs values for email, password: give them by --fill" in first.flaws[0]
    assert {each.status for each in others if each.check.id != "html-dates"} == {Status.SKIPPED}


def test_a_page_that_needs_scripts_stops_plain_http(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app("needs_script") as app:
        report = rehearsed(app, "oauth", ids=["oauth-signed-out", "oauth-foreign-redirect-uris"])
    assert statuses(report) == {
        "oauth-signed-out": Status.FAILED,
        "oauth-foreign-redirect-uris": Status.SKIPPED,
    }
    assert "has no button or link by which to allow" in report.outcomes[0].flaws[0]


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("fault", ["needs_script", ""])
def test_chromium_passes_pages_that_need_scripts(
    rehearsed: Callable[..., Report], fault: str
) -> None:
    ids = [*STATES, "oauth-state", "oauth-declined", "oauth-redirect-uris"]
    ids += ["oauth-foreign-redirect-uris"]
    with running_plugin_app(fault) as app:
        options = Options(consent="chromium", **SIGN_IN)
        report = rehearsed(app, "oauth", options=options, ids=ids)
    assert statuses(report) == dict.fromkeys(ids, Status.PASSED), as_text(report)
    assert "Chromium was sent back to" in report.outcomes[0].received or report.outcomes[0].sent


def test_a_code_never_reaches_kit_or_another_redirect_uri(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app("any_redirect_uri") as app:
        report = rehearsed(app, "oauth", ids=["oauth-foreign-redirect-uris"])
    (outcome,) = report.outcomes
    assert outcome.status is Status.FAILED
    assert "attacker.example" not in outcome.sent


def test_by_hand_each_state_is_one_url_to_open(
    sandbox: Flask, rehearsed: Callable[..., Report]
) -> None:
    instructions_given: SimpleQueue[str] = SimpleQueue()
    seen: list[str] = []
    install_uri = sandbox.extensions["sandbox"].install_uri

    def person() -> None:
        """Does what the instructions say: here the app sends each browser back with a code."""
        while instructions := instructions_given.get():
            seen.append(instructions.splitlines()[0])
            state = httpx2.URL(instructions.splitlines()[1]).params["state"]
            app.codes[f"code-{len(seen)}"] = install_uri
            query = {"code": f"code-{len(seen)}", "state": state}
            page = httpx2.get(install_uri, params=query)
            assert "The rehearsal goes on" in page.text

    with running_plugin_app() as app:
        thread = Thread(target=person)
        thread.start()
        options = Options(consent="hand", ask=instructions_given.put)
        report = rehearsed(app, "oauth", options=options)
        instructions_given.put("")
        thread.join()
    found = statuses(report)
    assert [found[state] for state in STATES] == [Status.PASSED] * 4, as_text(report)
    assert found["oauth-refresh"] is Status.PASSED
    assert found["oauth-code-once"] is Status.SKIPPED
    assert len(seen) == 4
    assert seen[0].startswith("In a private window")


def test_an_expired_token_is_waited_for(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app(lifetime=10) as app:
        options = replace(Options(consent="http", **SIGN_IN), wait=app.let_pass)
        report = rehearsed(app, "oauth", options=options, ids=["oauth-signed-out", "oauth-expiry"])
    assert statuses(report)["oauth-expiry"] is Status.PASSED, as_text(report)


def test_an_app_whose_tokens_never_expire_is_found(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app("never_expires", lifetime=10) as app:
        options = replace(Options(consent="http", **SIGN_IN), wait=app.let_pass)
        report = rehearsed(app, "oauth", options=options, ids=["oauth-signed-out", "oauth-expiry"])
    assert statuses(report)["oauth-expiry"] is Status.FAILED, as_text(report)
