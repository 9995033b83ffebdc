"""The page of fault injection, without and with a browser."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from selectolax.lexbor import LexborHTMLParser
from support.browser.accessibility import violations

KEY = {"X-Kit-Api-Key": "kit_sandbox_harbour_letters"}
FORM = {
    "resource": "posts",
    "fault": "rate_limited",
    "account": "2601",
    "credential": "api_key",
    "seconds": "0",
    "retry_after": "7",
    "times": "2",
}


def page_of(response: httpx2.Response) -> LexborHTMLParser:
    return LexborHTMLParser(response.text)


def test_a_rule_is_added_and_removed_with_forms(browser: httpx2.Client) -> None:
    assert browser.post("/faults", data=FORM).status_code == 303
    assert browser.get("/v4/posts", headers=KEY).headers["Retry-After"] == "7"
    row = page_of(browser.get("/faults")).css_first("tbody tr")
    text = " ".join(row.text().split())
    assert "posts of Harbour Letters with an API key" in text
    assert "rate_limited with Retry-After: 7" in text
    assert "1 of 2" in text
    action = row.css_first("form").attributes["action"]
    assert browser.post(action).status_code == 303
    page = browser.get("/faults").text
    assert "The rule is removed." in page
    assert "<tbody>" not in page
    browser.post(action)
    assert "not in force any more" in browser.get("/faults").text


def test_empty_fields_mean_any_and_for_ever(browser: httpx2.Client) -> None:
    empty = dict.fromkeys(FORM, "")
    browser.post("/faults", data={**empty, "resource": "*", "fault": "server_error"})
    (rule,) = browser.get("/faults.json").json()
    assert {name for name, value in rule.items() if value is None} == {
        "account",
        "credential",
        "retry_after",
        "times",
    }
    assert browser.post("/faults/remove").status_code == 303
    assert browser.get("/faults.json").json() == []


def test_an_invalid_rule_stays_in_the_form(browser: httpx2.Client) -> None:
    wrong = {**FORM, "resource": 'po"sts', "seconds": "soon", "times": "1.5"}
    response = browser.post("/faults", data=wrong)
    page = page_of(response)
    assert response.status_code == 422
    assert len(page.css('[role="alert"] li')) == 3
    for name in ("resource", "seconds", "times"):
        link = page.css_first(f'[role="alert"] a[href="#{name}"]')
        assert link.text() == page.css_first(f"#{name}-error li").text()
        field = page.css_first(f"#{name}").attributes
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in (field["aria-describedby"] or "")
    for name in ("resource", "seconds", "times", "retry_after"):
        assert page.css_first(f"#{name}").attributes["value"] == wrong[name]
    for name in ("fault", "account", "credential"):
        assert page.css_first(f"#{name} option[selected]").attributes["value"] == wrong[name]
    assert browser.get("/faults.json").json() == []


def test_the_counts_are_shown_and_reset(browser: httpx2.Client) -> None:
    for path in ("posts", "posts", "posts/1"):
        browser.get(f"/v4/{path}", headers=KEY)
    text = " ".join(page_of(browser.get("/faults")).css_first("main").text().split())
    assert "Requests to Kit’s API: 3" in text
    assert "By resource posts 2 posts/{id} 1" in text
    assert "By account 2601 3" in text
    assert "By status 200 2 404 1" in text
    assert browser.post("/requests/reset").status_code == 303
    assert "Requests to Kit’s API: 0" in browser.get("/faults").text


@pytest.mark.parametrize(
    "path", ["/faults", "/faults/1/remove", "/faults/remove", "/requests/reset"]
)
def test_other_sites_cannot_send_the_forms(browser: httpx2.Client, path: str) -> None:
    headers = {"Origin": "https://evil.example.com"}
    assert browser.post(path, data=FORM, headers=headers).status_code == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_needs_no_scripts_and_fits_a_phone(
    chromium: Browser, browser: httpx2.Client, scheme: Any
) -> None:
    browser.get("/v4/account/creator_profile", headers=KEY)
    context = chromium.new_context(base_url=str(browser.base_url), color_scheme=scheme)
    page = context.new_page()
    page.goto("/faults")
    page.get_by_role("combobox", name="Resource").fill("account/creator_profile")
    page.get_by_label("What goes wrong").select_option("latency")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("latency needs seconds.")
    page.get_by_label("Seconds to wait").fill("0.05")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("status")).to_have_text("The rule is in force.")
    expect(page.get_by_role("table", name="Rules in force")).to_be_visible()
    expect(page.get_by_role("link", name="Faults")).to_have_attribute("aria-current", "page")
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Remove latency of account/creator_profile").click()
    expect(page.get_by_text("There are none")).to_be_visible()
    context.close()
