"""The panels beside the email, in a real browser."""

import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from support.browser.accessibility import violations_in_both_themes

HTML = "<div>\n<p style='opacity:0.5'>Hello</p>\n<img src='/pictures/boats.png'>\n</div>"


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with a block of which there is something to say."""
    foreign.responses |= {
        "/search": {"data": [{"label": "Letter one", "value": "p1"}]},
        "/html": {"code": 200, "html": HTML},
    }
    editor.get_by_test_id("insert-post").click()
    editor.get_by_role("combobox", name="Post").click()
    editor.get_by_role("option", name="Letter one").click()
    expect(editor.locator("#canvas")).to_have_attribute("data-renders", "1")
    return editor


def tab(page: Page, name: str) -> Any:
    return page.get_by_role("tab", name=name)


def hold(page: Page, url: str, act: Callable[[], None]) -> Route:
    """Do what makes the page send a request, and hold the request back."""
    held: list[Route] = []
    # Not by ``held.append`` itself: Playwright marks what it calls, and that cannot be marked.
    page.route(url, lambda route: held.append(route), times=1)  # noqa: PLW0108
    with page.expect_request(url):
        act()
    # A browser reports a request first, and then offers it.
    page.evaluate("() => null")
    [route] = held
    return route


def fulfill(page: Page, route: Route, response: APIResponse) -> None:
    """Let a response arrive, and the page update."""
    with page.expect_request_finished(lambda request: request == route.request):
        route.fulfill(response=response)
    page.evaluate("() => new Promise(requestAnimationFrame)")


def test_the_tabs_are_used_by_keyboard(page: Page) -> None:
    expect(tab(page, "Checks")).to_have_attribute("aria-selected", "true")
    findings = page.locator("#panel-checks > div > ul > li")
    expect(tab(page, "Checks")).to_have_attribute("data-count", str(findings.count()))
    tab(page, "Checks").focus()
    for key, name in (
        ("ArrowRight", "Inspector"),
        ("ArrowRight", "Source"),
        ("ArrowRight", "JSON"),
        ("ArrowRight", "Checks"),
        ("ArrowLeft", "JSON"),
        ("Home", "Checks"),
        ("End", "JSON"),
    ):
        page.keyboard.press(key)
        expect(tab(page, name)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show the panels")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("tabpanel", name="JSON")).to_be_focused()


def test_a_finding_leads_to_its_line(page: Page) -> None:
    finding = page.get_by_role("listitem").filter(has_text="An image without alt")
    finding.get_by_role("link", name="line 3").click()
    line = page.locator("#source-3")
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    expect(line).to_have_text("<img src='/pictures/boats.png'>\n")


def test_the_source_is_copied_as_it_came(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab(page, "Source").click()
    page.get_by_role("button", name="Copy the HTML").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == HTML


def test_a_copied_command_repeats_the_request(page: Page, foreign: Any) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab(page, "Inspector").click()
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    subprocess.run(
        ["sh", "-c", command], env={**os.environ, "TOKEN": "t"}, capture_output=True, check=True
    )
    ours, theirs = foreign.to("/html")
    assert theirs["body"] == ours["body"]
    assert theirs["headers"]["Authorization"] == "Bearer t"


def test_an_older_request_is_shown_when_it_is_opened(page: Page) -> None:
    tab(page, "Inspector").click()
    older = page.locator("#panel-inspector details").nth(1)
    expect(older.locator("pre")).to_have_count(0)
    older.locator("summary").click()
    expect(older.get_by_role("heading", name="Request")).to_be_visible()
    expect(older).to_contain_text('"search"')


def test_choosing_mail_clients_changes_the_findings_and_keeps_the_focus(page: Page) -> None:
    opacity = page.get_by_role("listitem").filter(has_text="opacity")
    expect(opacity.first).to_be_visible()
    for name in ("Gmail", "Outlook", "Yahoo! Mail"):
        box = page.get_by_test_id("panels").get_by_role("checkbox", name=name)
        box.focus()
        page.keyboard.press("Space")
        expect(box).not_to_be_checked()
        expect(box).to_be_focused()
    expect(opacity).to_have_count(0)


def test_a_response_that_was_overtaken_does_not_undo_a_choice(page: Page) -> None:
    opacity = page.get_by_role("listitem").filter(has_text="opacity")
    expect(opacity.first).to_be_visible()
    boxes = page.get_by_test_id("panels")
    gmail = boxes.get_by_role("checkbox", name="Gmail")
    route = hold(page, "**/clients", lambda: gmail.press("Space"))
    with page.expect_response("**/clients"):
        boxes.get_by_role("checkbox", name="Outlook").press("Space")
    fulfill(page, route, route.fetch())
    boxes.get_by_role("checkbox", name="Yahoo! Mail").press("Space")
    expect(opacity).to_have_count(0)


def test_a_box_that_is_pressed_when_a_response_arrives_changes(page: Page) -> None:
    boxes = page.get_by_test_id("panels")
    gmail, outlook = (boxes.get_by_role("checkbox", name=name) for name in ("Gmail", "Outlook"))
    route = hold(page, "**/clients", lambda: gmail.press("Space"))
    outlook.focus()
    page.keyboard.down("Space")
    fulfill(page, route, route.fetch())
    page.keyboard.up("Space")
    expect(outlook).not_to_be_checked()
    expect(gmail).not_to_be_checked()


def test_what_was_drawn_earlier_does_not_replace_what_was_drawn_later(page: Page) -> None:
    tab(page, "Inspector").click()
    requests = page.locator("#panel-inspector details")
    with page.expect_response("**/search/post"):
        page.get_by_test_id("insert-post").click()
    route = hold(page, "**/panels", page.get_by_role("button", name="Post 1", exact=True).click)
    earlier = route.fetch()
    count = earlier.json()["panels"]["inspector"].count("<details")
    page.get_by_role("complementary").get_by_role("button", name="Refresh", exact=True).click()
    expect(requests).to_have_count(count + 1)
    fulfill(page, route, earlier)
    expect(requests).to_have_count(count + 1)


def test_the_panels_are_accessible(page: Page) -> None:
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 800})
        for name in ("Checks", "Inspector", "Source", "JSON"):
            tab(page, name).click()
            assert violations_in_both_themes(page, context="#panels") == {}, (width, name)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
