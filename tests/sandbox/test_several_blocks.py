"""Several blocks in one email: moved, duplicated, removed, and each with a state of its own."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.browser.accessibility import violations
from support.browser.editor_page import (
    choose,
    insert,
    insert_letter,
    respond_with_letters,
    shown,
    view,
    wait,
)

VIEWS = ("desktop", "mobile")


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with two blocks, letters 1 and 2, the second in the sidebar."""
    respond_with_letters(foreign)
    insert_letter(editor, 1)
    insert_letter(editor, 2, renders=2)
    return editor


def letters(page: Page, *numbers: int) -> None:
    """Wait until both views show these letters, and the draft has them: a page shows them before."""
    expected = [f'{{"post": "p{number}"}}' for number in numbers]
    for name in VIEWS:
        expect(shown(page, name)).to_have_text(expected)
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")


def press(page: Page, name: str) -> None:
    """Press one of the block's buttons in the sidebar with the keyboard."""
    page.get_by_role("complementary").get_by_role("button", name=name, exact=True).press("Enter")


def test_each_block_keeps_its_own_settings(page: Page) -> None:
    expect(page.locator("#panel-title")).to_have_text("Post 2")
    page.fill('[name="title"]:visible', "Only in the second")
    wait(page, "ready", 3)
    page.get_by_role("button", name="Post 1", exact=True).click()
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 1")
    expect(page.locator('[name="title"]:visible')).to_have_value("")
    insert(page)
    expect(page.get_by_role("combobox", name="Post")).to_have_value("")
    expect(page.locator('[name="title"]:visible')).to_have_value("")
    shown(page).nth(1).click()
    expect(page.locator('[name="title"]:visible')).to_have_value("Only in the second")


def test_blocks_move_with_the_keyboard_and_stay_moved(page: Page) -> None:
    press(page, "Move up")
    letters(page, 2, 1)
    expect(page.get_by_role("button", name="Move up").last).to_be_focused()
    expect(page.locator("#saving")).to_have_text("Post 1 is at place 1 of 2.")
    press(page, "Move up")
    letters(page, 2, 1)
    page.reload()
    letters(page, 2, 1)
    press(page, "Move down")
    letters(page, 1, 2)
    press(page, "Move down")
    letters(page, 1, 2)


def test_a_block_is_duplicated_below_itself(page: Page, foreign: Any) -> None:
    page.get_by_role("button", name="Post 1", exact=True).click()
    press(page, "Duplicate")
    wait(page, "ready", 3)
    letters(page, 1, 1, 2)
    expect(page.locator("#panel-title")).to_have_text("Post 2")
    choose(page, 5)
    wait(page, "ready", 4)
    letters(page, 1, 5, 2)
    page.reload()
    letters(page, 1, 5, 2)


def test_a_block_is_removed_and_brought_back_as_it_was(page: Page, foreign: Any) -> None:
    page.get_by_role("button", name="Post 1", exact=True).click()
    before = len(foreign.to("/html"))
    press(page, "Remove")
    letters(page, 2)
    expect(page.get_by_text("Post 1 removed.")).to_be_visible()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    letters(page, 1, 2)
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 1")
    assert len(foreign.to("/html")) == before
    page.reload()
    letters(page, 1, 2)
    press(page, "Remove")
    letters(page, 2)
    page.reload()
    letters(page, 2)


def test_the_block_after_a_removed_one_is_selected_with_its_panels(page: Page) -> None:
    insert_letter(page, 3, renders=3)
    page.get_by_role("button", name="Post 1", exact=True).click()
    page.get_by_role("tab", name="Source").click()
    expect(page.locator("#panel-source")).to_contain_text("p1")
    press(page, "Remove")
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 2")
    expect(page.locator("#panel-source")).to_contain_text("p2")


def test_the_last_block_can_be_removed(page: Page) -> None:
    press(page, "Remove")
    press(page, "Remove")
    expect(shown(page)).to_have_count(0)
    expect(page.get_by_text("Insert a block to see its settings here.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    letters(page, 1)


def test_a_block_has_buttons_in_the_email_on_hover(page: Page, foreign: Any) -> None:
    place = view(page).locator("[data-block]").first
    refresh = place.get_by_role("button", name="Refresh")
    bar = place.get_by_role("toolbar", name="Post 1")
    expect(bar).to_have_css("opacity", "0")
    place.hover()
    expect(bar).to_have_css("opacity", "1")
    before = len(foreign.to("/html"))
    refresh.click()
    wait(page, "ready", 3)
    assert len(foreign.to("/html")) == before + 1
    expect(page.locator("#panel-title")).to_have_text("Post 1")


def test_the_buttons_in_the_email_are_reached_with_the_keyboard(page: Page) -> None:
    place = view(page).locator("[data-block]").last
    refresh = place.get_by_role("button", name="Refresh")
    refresh.focus()
    expect(place.get_by_role("toolbar")).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    wait(page, "ready", 3)
    page.keyboard.press("Tab")
    expect(place.get_by_role("button", name="Duplicate")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    letters(page, 2, 1)
    expect(place.page.locator("#panel-title")).to_have_text("Post 1")
    expect(view(page).get_by_role("button", name="Move up").first).to_be_focused()


def test_the_buttons_of_a_block_are_none_of_its_content(page: Page, foreign: Any) -> None:
    rule = "button, div { color: #ff0000 !important; display: none }"
    foreign.responses["/html"] = {"code": 200, "html": f"<style>{rule}</style><p>x</p>"}
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 3)
    button = view(page).get_by_role("button", name="Refresh", include_hidden=True).last
    expect(button).to_have_css("color", "rgb(255, 255, 255)")
    expect(button).not_to_have_css("display", "none")


def test_the_page_is_accessible_with_several_blocks(page: Page) -> None:
    press(page, "Remove")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(shown(page)).to_have_count(2)
    assert violations(page) == []
