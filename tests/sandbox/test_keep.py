"""Saving a block's settings as an example in the editor, in a real browser."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from support.browser.editor_page import insert_letter, respond_with_letters, wait


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    respond_with_letters(foreign)
    insert_letter(editor, 1)
    return editor


def test_settings_are_kept_as_an_example(page: Page, tmp_path: Path) -> None:
    page.fill('[name="title"]', "Fog")
    wait(page, "ready", 2)
    page.get_by_text("Save as example").click()
    page.fill("#keep-name", "In the fog")
    page.get_by_role("button", name="Save", exact=True).click()
    file = tmp_path / "examples" / "post" / "in_the_fog.json"
    expect(page.locator("#kept")).to_contain_text(f"Saved as {file}.")
    assert json.loads(file.read_text())["title"] == "Fog"

    page.fill('[name="title"]', "Sun")
    wait(page, "ready", 3)
    page.fill("#keep-name", "In the fog")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#kept")).to_contain_text("Save again to replace it")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#kept")).to_contain_text("Saved as")
    assert json.loads(file.read_text())["title"] == "Sun"

    page.fill('[name="title"]', "Snow")
    wait(page, "ready", 4)
    page.select_option("[data-examples]", label="In the fog")
    expect(page.locator('[name="title"]')).to_have_value("Sun")


def test_what_was_saved_is_said_after_the_page_loads_again(
    page: Page, installed: httpx2.Client
) -> None:
    page.get_by_text("Save as example").click()
    page.fill("#keep-name", "fog")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#kept")).to_contain_text("Saved as")
    # As the preview does, which watches the examples of packages.
    with page.expect_navigation():
        installed.post("/live", json={"files": ["examples/post/fog.json"]})
    expect(page.locator("#kept")).to_contain_text("Saved as")


def test_all_examples_are_one_press_away(page: Page) -> None:
    with page.expect_popup() as popup:
        page.get_by_role("link", name="All examples in all views").click()
    expect(popup.value.get_by_role("heading", name="Contact sheet: Post")).to_be_visible()


def test_the_menu_leads_to_the_contact_sheet(page: Page) -> None:
    page.get_by_role("link", name="Contact sheet").click()
    expect(page.get_by_role("heading", name="Contact sheet: Post")).to_be_visible()
