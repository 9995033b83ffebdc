"""The editor's room: the email begins high up, and its settings and findings stand beside it."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.browser.chromium import ARGUMENTS, executable
from support.browser.editor_page import insert_letter, respond_with_letters, shown

HTML = (
    "<div class='shown'>\n<p style='opacity:0.5'>Hello</p>\n<img src='/pictures/boats.png'></div>"
)


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with one block, of which there is something to say."""
    respond_with_letters(foreign)
    foreign.responses["/html"] = {"code": 200, "html": HTML}
    insert_letter(editor, 1)
    return editor


def box(element: Locator) -> dict[str, float]:
    found = element.bounding_box()
    assert found is not None
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


def frame(page: Page, view: str) -> Locator:
    return page.locator(f"iframe[data-view={view}]")


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")


def test_the_email_begins_within_the_first_120_px(page: Page) -> None:
    for width, height in ((1280, 720), (1024, 768)):
        resize(page, width, height)
        assert box(frame(page, "desktop"))["y"] <= 120, width
        chips = page.locator(".switches label").all()
        assert len(chips) == 6
        assert len({box(chip)["y"] for chip in chips}) == 1, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= height


def test_both_views_are_whole_at_1280(page: Page) -> None:
    resize(page, 1280, 720)
    desktop, phone = box(frame(page, "desktop")), box(frame(page, "mobile"))
    views = page.locator("#views")
    assert (desktop["width"], phone["width"]) == (600, 375)
    assert desktop["right"] < phone["x"]
    assert phone["right"] <= box(views)["right"]
    assert views.evaluate("views => views.scrollWidth <= views.clientWidth")


def test_what_a_block_spills_takes_no_width_from_the_email(
    page: Page, chromium: Browser, foreign: Any
) -> None:
    # Playwright hides scrollbars, which a creator's browser has.
    with chromium.browser_type.launch(
        executable_path=executable(), args=ARGUMENTS, ignore_default_args=["--hide-scrollbars"]
    ) as browser:
        creator = browser.new_page(
            base_url=page.url,
            storage_state=page.context.storage_state(),
            viewport={"width": 1440, "height": 900},
        )
        creator.goto(page.url)
        for style in ("width: 640px", "position: relative; top: 1500px"):
            html = f"<p class='shown' style='{style}'>{style}</p>"
            foreign.responses["/html"] = {"code": 200, "html": html}
            creator.get_by_test_id("refresh").click()
            for view, width in (("desktop", 600), ("mobile", 375)):
                block = shown(creator, view)
                expect(block).to_have_text(style)
                root = frame(creator, view).content_frame.locator(":root")
                expect(root, style).to_have_js_property("clientWidth", width)
                bottom = block.evaluate("block => block.getBoundingClientRect().bottom")
                assert int(bottom) <= box(frame(creator, view))["height"], style


def test_below_that_the_views_are_shown_one_at_a_time(page: Page) -> None:
    resize(page, 1024, 768)
    expect(frame(page, "desktop")).to_be_visible()
    expect(frame(page, "mobile")).to_be_hidden()
    assert box(frame(page, "desktop"))["right"] <= box(page.locator("#views"))["right"]
    expect(page.get_by_role("radio", name="Both")).to_be_hidden()
    expect(page.get_by_role("radio", name="Desktop")).to_be_checked()
    page.get_by_role("radio", name="Phone").press("Space")
    expect(frame(page, "mobile")).to_be_visible()
    expect(frame(page, "desktop")).to_be_hidden()
    page.reload()
    expect(frame(page, "mobile")).to_be_visible()


def test_the_block_its_settings_and_its_findings_are_seen_together(page: Page) -> None:
    for width in (1280, 1024):
        resize(page, width, 720)
        expect(shown(page)).to_be_in_viewport()
        expect(page.get_by_role("combobox", name="Post")).to_be_in_viewport()
        finding = page.get_by_role("listitem").filter(has_text="opacity").first
        # Unlike scrolling, hovering is retried when the list is replaced.
        finding.hover()
        expect(finding, str(width)).to_be_in_viewport()
        expect(shown(page), str(width)).to_be_in_viewport()


def test_a_chip_is_explained_on_hover_and_on_focus(page: Page) -> None:
    chip = page.locator(".switches label").filter(has_text="Dark, forced")
    words = chip.locator("small")
    expect(words).to_have_text("Gmail on iOS, Outlook apps: colors inverted")
    expect(words).to_have_css("opacity", "0")
    chip.hover()
    expect(words).to_have_css("opacity", "1")
    page.locator("#subject").hover()
    expect(words).to_have_css("opacity", "0")
    page.get_by_role("checkbox", name="Dark, forced").focus()
    expect(words).to_have_css("opacity", "1")


def test_the_menu_folds_and_stays_folded(page: Page) -> None:
    button = page.get_by_role("button", name="Blocks")
    tile = page.get_by_test_id("insert-post")
    expect(tile).to_be_visible()
    button.press("Enter")
    expect(tile).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    resize(page, 1440, 900)
    expect(tile).to_be_hidden()
    # Where it lies over the email, it goes as soon as a block was chosen in it.
    resize(page, 1280, 720)
    expect(tile).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search the blocks")).to_be_focused()
    tile.click()
    expect(tile).to_be_hidden()
    button.press("Enter")
    tile.focus()
    tile.press("Escape")
    expect(tile).to_be_hidden()
    expect(button).to_be_focused()


def test_the_menu_does_not_cover_the_email_when_the_window_becomes_narrow(page: Page) -> None:
    tile = page.get_by_test_id("insert-post")
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(tile).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(tile).to_be_visible()


def test_the_dock_is_resized_and_stays_so(page: Page) -> None:
    dock = page.locator("#dock")
    divider = page.get_by_role("separator", name="Width of the settings and panels")
    before = box(dock)["width"]
    divider.press("ArrowLeft")
    assert abs(box(dock)["width"] - before - 24) < 1
    handle = box(divider)
    page.mouse.move(handle["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(handle["x"] - 396, 400, steps=3)
    page.mouse.up()
    wide = box(dock)["width"]
    assert abs(wide - before - 424) <= 6
    # There is room for both beside each other now.
    assert box(page.locator("#panels"))["y"] <= box(page.get_by_role("complementary"))["y"]
    resize(page, 1440, 900)
    assert box(dock)["width"] == wide
    expect(divider).to_have_attribute("aria-valuenow", str(int(wide)))


def test_the_panels_fold_and_the_open_one_is_remembered(page: Page) -> None:
    page.get_by_role("tab", name="Source").click()
    page.get_by_role("button", name="Show the panels").press("Enter")
    expect(page.get_by_role("tabpanel")).to_have_count(0)
    page.goto("/editor/1")
    expect(page.get_by_role("tabpanel")).to_have_count(0)
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_role("tabpanel", name="Checks")).to_be_visible()


def test_a_list_of_options_is_seen_whole(page: Page) -> None:
    for height in (720, 420):
        resize(page, 1280, height)
        page.get_by_role("combobox", name="Post").click()
        options = page.get_by_role("listbox", name="Options").get_by_role("option")
        expect(options).to_have_count(5)
        for option in (options.first, options.last):
            expect(option, str(height)).to_be_in_viewport(ratio=1)
        side = page.get_by_role("complementary")
        side.evaluate("side => side.scrollBy(0, -20)")
        expect(options.first, str(height)).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Post").click()
    options.last.click()
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 5")
    expect(options).to_have_count(0)


def test_the_first_screen_of_a_phone_shows_the_email_and_settings(page: Page) -> None:
    resize(page, 390, 844)
    assert box(frame(page, "mobile"))["y"] <= 220
    expect(page.get_by_role("heading", name="Post", level=2)).to_be_in_viewport()
    page.goto("/editor")  # the menu is open there
    expect(page.get_by_test_id("insert-post")).to_be_in_viewport()
    assert box(frame(page, "mobile"))["y"] <= 500


def test_a_layout_that_another_program_wrote_does_no_harm(page: Page) -> None:
    for text in ("{", "null", '{"dock": -5, "show": "sideways", "panel": 7}'):
        page.evaluate("text => localStorage.setItem('layout', text)", text)
        resize(page, 1280, 720)
        expect(frame(page, "desktop")).to_be_visible()
