"""Every page but the editor, as people meet it: wide and narrow, light and dark, by keyboard."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser.accessibility import Scheme, theme, violations_in_both_themes

PAGES = {
    "start": "/",
    "app": "/apps/1",
    "drafts": "/drafts",
    "dashboard": "/dashboard",
    "plugin": "/dashboard/plugins/1",
    "new plugin": "/dashboard/plugins/new",
    "faults": "/faults",
    "error": "/nowhere",
}


# The layout changes at one width only, 640 px.
WIDTHS = (1440, 1280, 375)
# Each with what the names of its pictures end with.
SCHEMES: tuple[tuple[Scheme, str], ...] = (("light", ""), ("dark", "dark"))


@pytest.fixture
def page(chromium: Browser, installed: httpx2.Client) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=str(installed.base_url), viewport={"width": WIDTHS[0], "height": 900}
    )
    page = context.new_page()
    yield page
    context.close()


def assert_good(page: Page, name: str) -> None:
    """A page has no findings of axe, wide and narrow, light and dark, and does not scroll sideways."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if folder := os.environ.get("PICTURES"):
            for scheme, suffix in SCHEMES:
                with theme(page, scheme):
                    file = Path(folder) / f"{name}-{width}{suffix}.png"
                    page.screenshot(path=file, full_page=True)
        assert violations_in_both_themes(page) == {}, (name, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)


def test_every_page_is_accessible(page: Page, installed: httpx2.Client) -> None:
    installed.post("/drafts", json={"subject": "A draft"})
    installed.post("/faults.json", json={"resource": "posts", "fault": "rate_limited"})
    for name, path in PAGES.items():
        page.goto(path)
        assert_good(page, name)


def test_what_is_refused_is_accessible_and_stands_beside_its_field(page: Page) -> None:
    page.goto("/dashboard")
    page.get_by_label("App name", exact=True).fill("")
    page.get_by_role("button", name="Save the app").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_good(page, "app refused")
    page.goto("/dashboard/plugins/new")
    page.get_by_label("Settings JSON").fill('[{"type": "magic"}]')
    page.get_by_role("button", name="Save the plugin").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Settings JSON")).to_have_value('[{"type": "magic"}]')
    assert_good(page, "plugin refused")


def test_the_consent_page_and_the_page_before_installing_are_accessible(
    page: Page, installed: httpx2.Client, pasted: dict[str, Any]
) -> None:
    installed.post("/apps/1/uninstall")
    page.goto("/apps/1")
    assert_good(page, "app before")
    app = pasted["app"]
    page.goto(
        "/v4/oauth/authorize?response_type=code"
        f"&client_id={app['kit_client_id']}&redirect_uri={app['redirect_uris'][0]}"
    )
    assert_good(page, "consent")


def test_a_plugin_is_made_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/dashboard/plugins/new")
    page.get_by_label("Name", exact=True).focus()
    for text in ("Countdown", "7", "Days until something"):
        page.keyboard.type(text) if text != "7" else page.keyboard.insert_text("7")
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the file
    page.keyboard.press("Tab")  # past the icon's URL
    page.keyboard.type("https://plugins.example.com/html")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the settings JSON
    page.keyboard.press("ArrowDown")  # No authorization
    for _ in ("scopes", "dynamic", "identifier", "event", "active"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # active
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Countdown")).to_be_visible()
    expect(page.get_by_label("Active: every creator")).to_be_checked()
