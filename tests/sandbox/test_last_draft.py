"""*Editor* in the navigation leads back to what was edited, and loses nothing of it."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from support.browser.editor_page import insert_letter, respond_with_letters, shown, switch


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    respond_with_letters(foreign)
    insert_letter(editor, 1)
    return editor


def test_another_page_is_looked_at_and_nothing_is_lost(page: Page) -> None:
    switch(page, "Dark, forced")
    page.get_by_role("radio", name="Phone").press("Space")
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    page.get_by_role("link", name="Editor").click()
    expect(shown(page, "mobile")).to_contain_text("p1")
    expect(page.get_by_role("checkbox", name="Dark, forced")).to_be_checked()
    expect(page.get_by_role("radio", name="Phone")).to_be_checked()


def test_what_was_typed_last_is_there_again(page: Page, installed: httpx2.Client) -> None:
    page.fill('[name="title"]', "Fog")
    page.fill("#subject", "In the fog")
    page.get_by_role("link", name="Faults").click()
    page.get_by_role("link", name="Editor").click()
    expect(page.locator("#subject")).to_have_value("In the fog")
    expect(page.locator('[name="title"]')).to_have_value("Fog")


def test_a_new_email_has_its_own_entry(page: Page) -> None:
    first = page.url
    page.get_by_role("link", name="New email").click()
    expect(page.get_by_text("Insert a block to see its settings here.")).to_be_visible()
    page.get_by_role("link", name="Editor").click()
    page.wait_for_url(first)
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")


def location(browser: httpx2.Client, cookie: str = "") -> str:
    browser.cookies.set("last", cookie)
    return browser.get("/editor/last").headers["Location"]


def test_the_draft_is_the_one_shown_last_or_else_the_one_edited_last(
    browser: httpx2.Client,
) -> None:
    assert location(browser) == "/editor"
    for subject in ("One", "Two"):
        browser.post("/drafts", json={"subject": subject})
    assert location(browser) == "/editor/2"
    assert location(browser, "1?dark=on&block=3") == "/editor/1?dark=on&block=3"
    assert location(browser, "9?dark=on") == "/editor/2?dark=on"
    assert location(browser, "//evil.example/?x") == "/editor/2"
    browser.post("/session", data={"account": "2602"})
    assert location(browser, "1?dark=on") == "/editor"
