"""The rehearsal judges an app that is not ours: it passes without a fault, and each fault is found."""

from collections.abc import Callable

import pytest
from support.servers.plugin_app import running_plugin_app

from plugin_server.sandbox.rehearsal.check import Status
from plugin_server.sandbox.rehearsal.report import Report, as_text

# The checks that fail for each fault, and the groups that are tried.
FAULTS: dict[str, tuple[str, set[str]]] = {
    "no_created_at": ("oauth", {"oauth-created-at", "oauth-refresh"}),
    "expires_in_text": ("oauth", {"oauth-expires-in", "oauth-refresh"}),
    "secret_on_refresh": (
        "oauth",
        {"oauth-refresh", "oauth-refresh-bodies", "oauth-refresh-at-once"},
    ),
    "code_reused": ("oauth", {"oauth-code-once", "oauth-code-at-once"}),
    "one_installation": ("oauth", {"oauth-data-there"}),
    "refresh_reused": ("oauth", {"oauth-refresh-reused"}),
    "any_redirect_uri": ("oauth", {"oauth-foreign-redirect-uris"}),
    "state_mangled": ("oauth", {"oauth-state"}),
    "revocation_ignored": ("oauth", {"oauth-revoke"}),
    "unknown_revocation_fails": ("oauth", {"oauth-revoke", "oauth-revoke-unknown"}),
    "forbidden": ("oauth", {"oauth-401"}),
    "script": ("html", {"html-refused"}),
    "styles_required": ("html", {"html-styles", "html-missing-settings", "html-wrong-types"}),
    "unknown_settings_refused": ("html", {"html-unknown-settings"}),
    "relative_link": ("html", {"html-links"}),
    "no_alt": ("html", {"html-pictures"}),
    "random_id": ("html", {"html-same"}),
    "naive_date": ("html", {"html-dates"}),
    "stored_value_lost": ("search", {"search-stored"}),
    "any_client": ("oauth", {"oauth-token-missing", "oauth-token-wrong"}),
    "any_client_refreshes": ("oauth", {"oauth-refresh-wrong"}),
    "anybody_revokes": ("oauth", {"oauth-revoke-secret"}),
    "first_of_two": ("oauth", {"oauth-authorize-repeated"}),
    "any_response": ("oauth", {"oauth-authorize-missing", "oauth-authorize-wrong"}),
    "only_json": ("oauth", {"oauth-token-bodies", "oauth-refresh-bodies", "oauth-revoke-unknown"}),
    "text_ignored": ("search", {"search-typed"}),
    "text_is_a_pattern": ("search", {"search-odd"}),
    "charset_refused": ("robustness", {"robust-content-type"}),
    "crashes": ("robustness", {"robust-not-json", "robust-types", "robust-oauth-bodies"}),
}


def failed(report: Report) -> set[str]:
    return {each.check.id for each in report.of(Status.FAILED)}


def test_an_app_without_faults_passes_everything(rehearsed: Callable[..., Report]) -> None:
    with running_plugin_app() as app:
        report = rehearsed(app)
    assert failed(report) == set(), as_text(report)
    assert {each.check.group for each in report.of(Status.PASSED)} == {*report.by_group()}


def test_ten_faults_in_one_app_do_not_hide_each_other(rehearsed: Callable[..., Report]) -> None:
    faults = (
        *("no_created_at", "secret_on_refresh", "code_reused", "any_redirect_uri"),
        *("revocation_ignored", "script", "relative_link", "naive_date", "stored_value_lost"),
        "crashes",
    )
    with running_plugin_app(*faults) as app:
        report = rehearsed(app)
    for fault in faults:
        assert FAULTS[fault][1] <= failed(report), f"{fault}: {as_text(report)}"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_by_its_checks_alone(
    rehearsed: Callable[..., Report], fault: str
) -> None:
    group, expected = FAULTS[fault]
    with running_plugin_app(fault) as app:
        report = rehearsed(app, group)
    assert failed(report) == expected, as_text(report)


@pytest.mark.parametrize(
    ("fault", "group", "check", "words"),
    [
        ("same_tab", "html", "html-links", "_blank"),
        ("refresh_token_stays", "oauth", "oauth-rotation", "The refresh token stays the same."),
        ("bold_labels", "search", "search-labels", "HTML"),
        ("any_method", "robustness", "robust-oauth-methods", "GET"),
    ],
)
def test_what_kit_only_recommends_is_a_warning(
    rehearsed: Callable[..., Report], fault: str, group: str, check: str, words: str
) -> None:
    with running_plugin_app(fault) as app:
        outcomes = rehearsed(app, group).outcomes
    (found,) = (each for each in outcomes if each.check.id == check)
    assert found.status is Status.WARNING
    assert words in str(found.flaws[0])
