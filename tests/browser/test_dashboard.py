"""The copy buttons of the dashboard page, with a clipboard and without."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from support.browser.accessibility import violations, violations_in_both_themes

from plugin_server.resources.paths import STATIC

SELECTION = "getSelection().toString()"


@pytest.fixture
def page(open_browser: Callable[[], BrowserContext], preview: Any) -> Iterator[Page]:
    """The page; an error of its script or its policy fails the test."""
    context = open_browser()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.server)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{preview.server}/dashboard")
    yield page
    assert problems == []


def test_every_field_is_copied_with_the_keyboard(page: Page) -> None:
    buttons = page.locator("[data-copy]")
    assert buttons.count() == page.locator("dt").count() >= 13
    for button in buttons.all():
        name = button.get_attribute("data-name")
        value = page.locator(f"#{button.get_attribute('data-copy')}")
        expect(button).to_have_accessible_name(f"Copy {name}")
        button.press("Enter")
        expect(page.get_by_role("status")).to_have_text(f"{name} is copied.")
        expect(button).to_have_text(f"Copied {name}")
        assert page.evaluate("navigator.clipboard.readText()") == value.text_content()
    expect(page.get_by_text("Copied", exact=True)).to_have_count(1)


def test_without_a_clipboard_the_text_is_selected(page: Page) -> None:
    # What a page over plain http from another machine finds.
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.reload()
    for label in ("Token URL", "Settings JSON of Post"):
        button = page.get_by_role("button", name=f"Copy {label}", exact=True)
        value = page.locator(f"#{button.get_attribute('data-copy')}")
        button.press("Space")
        expect(page.get_by_role("status")).to_have_text(
            f"{label} is selected. Press Ctrl+C to copy it."
        )
        assert page.evaluate(SELECTION).strip() == (value.text_content() or "").strip()
        expect(button).to_have_text(f"Copy {label}")


def test_the_front_page_leads_there(page: Page, preview: Any) -> None:
    page.goto(preview.server)
    page.get_by_test_id("dashboard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What to paste in Kit")
    # The preview's address is this machine's.
    expect(page.get_by_role("note")).to_contain_text("means this machine only and is not https")


def test_it_is_accessible_and_fits_a_small_phone(page: Page) -> None:
    page.get_by_role("button", name="Copy Token URL").click()
    expect(page.get_by_role("status")).not_to_be_empty()
    assert violations_in_both_themes(page) == {}
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_picture_and_every_older_name_is_seen(page: Page) -> None:
    icons = page.locator(".icons img")
    assert icons.count() == 2 * page.locator("section", has=page.locator(".icons")).count() > 0
    for icon in icons.all():
        icon.scroll_into_view_if_needed()
        assert icon.evaluate("image => image.decode().then(() => image.naturalWidth)") == 150
    post = page.locator("section", has=page.get_by_role("heading", name="Plugin: Post", exact=True))
    row = post.locator("dl > div", has=page.get_by_text("Request URL", exact=True))
    expect(row).to_contain_text("“HTML URL” in older pages of Kit")


def test_the_sandbox_shows_an_icon_in_one_color(page: Page, preview: Any) -> None:
    page.goto(f"{preview.sandbox}/dashboard/plugins/new")
    page.get_by_label("Name").fill("Drawn")
    page.get_by_label("Description").fill("With an icon of one color")
    page.get_by_label("Request URL").fill("http://127.0.0.1:9/html")
    page.get_by_label("Authorization method").select_option("none")
    page.get_by_label("File", exact=True).set_input_files(STATIC / "icons" / "post.svg")
    page.get_by_role("button", name="Save the plugin").click()
    expect(page.get_by_role("status")).to_have_text("Drawn is saved.")
    icon = page.get_by_role("img", name="The icon now")
    assert icon.evaluate("image => image.decode().then(() => image.naturalWidth)") == 150
    assert (icon.get_attribute("src") or "").startswith("data:image/svg+xml;base64,")
    assert violations(page) == []
    page.get_by_role("button", name="Delete the plugin").click()
