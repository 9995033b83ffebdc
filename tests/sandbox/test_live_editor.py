"""The editor follows live reload: new pictures, errors with their place, and a lost sandbox."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.browser.editor_page import insert_letter, respond_with_letters, shown, wait

BROKEN = {"file": "templates/blocks/quote.html", "line": 7, "text": "unexpected '}'"}


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    respond_with_letters(foreign)
    with editor.expect_response("**/live?*"):
        editor.reload()
    insert_letter(editor, 1)
    return editor


def publish(browser: httpx2.Client, news: Any) -> None:
    assert browser.post("/live", json=news).status_code == 204


def test_open_blocks_are_shown_again_when_something_changed(
    page: Page, foreign: Any, installed: httpx2.Client
) -> None:
    foreign.responses["/html"] = {"code": 200, "html": "<p class='shown'>New words</p>"}
    stamp = page.get_by_test_id("stamp")
    stamp.evaluate("element => { element.textContent = '' }")
    publish(installed, {"files": ["templates/blocks/post.html"]})
    expect(shown(page)).to_have_text("New words")
    expect(stamp).to_have_text(re.compile(r"^Rendered at \d\d:\d\d:\d\d$"))


def test_new_settings_make_a_new_sidebar_and_lose_nothing(
    page: Page, pasted: dict[str, Any], installed: httpx2.Client
) -> None:
    more = {"type": "text", "name": "motto", "label": "Motto"}
    pasted["plugins"][0]["settings_json"].append(more)
    assert installed.put("/dashboard/app.json", json=pasted).status_code == 200
    publish(installed, {"files": ["settings_json/post.json"]})
    expect(page.get_by_role("textbox", name="Motto")).to_be_visible()
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 1")


def test_an_error_is_shown_with_its_place_until_it_is_fixed(
    page: Page, installed: httpx2.Client
) -> None:
    publish(installed, BROKEN)
    overlay = page.get_by_role("alert").filter(has_text="unexpected")
    expect(overlay).to_contain_text("templates/blocks/quote.html, line 7")
    expect(overlay).to_contain_text("unexpected '}'")
    assert violations_in_both_themes(page) == {}
    publish(installed, {"files": ["templates/blocks/quote.html"]})
    expect(overlay).to_be_hidden()
    wait(page, "ready", 2)


def test_an_error_without_a_line_is_shown_too(page: Page, installed: httpx2.Client) -> None:
    publish(installed, {**BROKEN, "line": None})
    expect(page.locator("#broken h2")).to_have_text("templates/blocks/quote.html")


def test_a_lost_sandbox_is_reported_until_it_is_back(page: Page) -> None:
    lost = page.get_by_text("The sandbox does not respond.")
    expect(lost).to_be_hidden()
    page.route("**/live?*", lambda route: route.fulfill(status=204))
    # The page listens again when it is shown again, as when it was in another tab.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(lost).to_be_visible()
    page.unroute("**/live?*")
    expect(lost).to_be_hidden()
