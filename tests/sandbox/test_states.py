"""State at a glance: what is not as usual is a chip, which ends it when it is pressed."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.browser.editor_page import insert_letter, respond_with_letters, shown, wait

DEVELOPER = 2601


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    respond_with_letters(foreign)
    insert_letter(editor, 1)
    return editor


def chip(page: Page, text: str) -> Locator:
    return page.get_by_role("list", name="Not as usual").get_by_role("button", name=text)


def show_again(page: Page) -> None:
    """Return to the page, as from another tab."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_nothing_is_shown_while_all_is_as_usual(page: Page) -> None:
    expect(page.locator("#states")).to_be_hidden()


def test_a_simulation_renders_at_once_and_its_chip_ends_it(page: Page, foreign: Any) -> None:
    before = len(foreign.to("/html"))
    page.get_by_role("combobox", name="The plugin responds").select_option(label="not at all")
    wait(page, "error", 2)
    assert len(foreign.to("/html")) == before
    expect(chip(page, "The plugin responds not at all")).to_have_attribute(
        "title", "It is simulated for every request of the editor. Press to end it."
    )
    chip(page, "The plugin responds not at all").press("Enter")
    wait(page, "ready", 3)
    expect(page.locator("#states")).to_be_hidden()
    expect(page.get_by_role("combobox", name="The plugin responds")).to_have_value("")
    expect(page.get_by_role("combobox", name="The plugin responds")).to_be_focused()


def test_a_fault_is_a_chip_that_ends_it(page: Page, foreign: Any, installed: httpx2.Client) -> None:
    rule = {"resource": "posts", "fault": "server_error", "times": 3}
    assert installed.post("/faults.json", json=rule).status_code == 201
    installed.post("/faults.json", json={**rule, "account": DEVELOPER + 1})
    show_again(page)
    expect(page.locator("#states button")).to_have_count(1)
    fault = chip(page, "Kit: server_error of posts, 0 of 3 times")
    expect(fault).to_have_accessible_name(re.compile("A fault is running: 500. Press to end it."))
    fault.click()
    wait(page, "ready", 2)
    expect(page.locator("#states")).to_be_hidden()
    assert [rule["account"] for rule in installed.get("/faults.json").json()] == [DEVELOPER + 1]


def test_a_lapsed_plan_is_a_chip_that_ends_it(page: Page, installed: httpx2.Client) -> None:
    account = f"/sandbox/accounts/{DEVELOPER}.json"
    assert installed.patch(account, json={"has_api_access": False}).status_code == 204
    page.reload()
    lapsed = chip(page, "Kit: the plan has lapsed")
    expect(lapsed).to_be_visible()
    assert violations_in_both_themes(page) == {}
    lapsed.click()
    expect(page.locator("#states")).to_be_hidden()
    assert installed.get("/editor/states").json() == {"states": []}


def test_a_refresh_that_changed_nothing_says_so(page: Page, foreign: Any) -> None:
    stamp = page.get_by_test_id("stamp")
    expect(stamp).not_to_contain_text("unchanged")
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 2)
    expect(stamp).to_contain_text("unchanged")
    expect(page.locator("#saving")).to_have_text("Saved. The response is the same as before.")
    foreign.responses["/html"] = {"code": 200, "html": "<p class='shown'>Other words</p>"}
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 3)
    expect(shown(page)).to_have_text("Other words")
    expect(stamp).not_to_contain_text("unchanged")
    expect(page.locator("#saving")).to_have_text("Saved")
