"""How the email is shown: widths, mail clients, emails around the block, and the page's URL."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.browser.editor_page import (
    insert_letter,
    respond_with_letters,
    shown,
    switch,
    view,
    wait,
)
from support.waiting import wait_for

from plugin_server.sandbox.editor.view_options import HOSTS, read_view_options

VIEWS = ("desktop", "mobile")
PLAIN = "<p class='shown' style='color: #112233; background-color: #ffffff'>Words</p>"


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with one block, shown once."""
    respond_with_letters(foreign)
    foreign.responses["/html"] = {"code": 200, "html": PLAIN}
    insert_letter(editor, 1)
    return editor


@pytest.fixture
def dark_page(chromium: Browser, installed: httpx2.Client) -> Iterator[Page]:
    """A page whose frames may have another color scheme than the page itself."""
    context = chromium.new_context(base_url=str(installed.base_url), color_scheme="null")
    yield context.new_page()
    context.close()


def widths(page: Page) -> list[int]:
    return [view(page, name).locator("html").evaluate("() => innerWidth") for name in VIEWS]


def rgb(element: Locator, name: str) -> list[float]:
    """Return a computed color as red, green and blue from 0 to 255."""
    return element.evaluate(
        """(element, name) => {
          const context = document.createElement("canvas").getContext("2d");
          context.fillStyle = getComputedStyle(element)[name];
          context.fillRect(0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        name,
    )


def lightness(element: Locator, name: str) -> float:
    return sum(rgb(element, name)) / 3


def query(page: Page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}


def test_phone_and_desktop_stand_side_by_side(page: Page) -> None:
    assert widths(page) == [600, 375]
    tops = [page.locator(f"iframe[data-view={name}]").bounding_box() or {} for name in VIEWS]
    assert tops[0]["y"] == tops[1]["y"]
    assert tops[1]["x"] + tops[1]["width"] <= 1440


def test_a_view_is_resized_without_a_request(page: Page, foreign: Any) -> None:
    before = len(foreign.to("/html"))
    phone = page.get_by_role("spinbutton", name="Width of the phone")
    phone.fill("430")
    phone.press("Tab")
    assert widths(page) == [600, 430]
    phone.fill("100")
    phone.press("Tab")
    expect(phone).to_have_value("320")
    handle = page.locator("[data-width=desktop]").bounding_box()
    assert handle
    page.mouse.move(handle["x"] + 4, handle["y"] + 30)
    page.mouse.down()
    page.mouse.move(handle["x"] - 96, handle["y"] + 30, steps=4)
    page.mouse.up()
    wait_for(lambda: widths(page), [500, 320])
    assert query(page)["desktop"] == "500"
    expect(page.get_by_role("checkbox", name="320 px")).to_be_checked()
    switch(page, "320 px")
    assert widths(page) == [500, 375]
    assert len(foreign.to("/html")) == before


def test_the_styles_of_each_email_are_sent(page: Page, foreign: Any) -> None:
    css = "(element, name) => getComputedStyle(element)[name]"
    for renders, host in enumerate(HOSTS.values(), start=2):
        page.locator('[name="host"]').select_option(label=host)
        wait(page, "ready", renders)
        styles = foreign.to("/html")[-1]["body"]["styles"]
        around = view(page).get_by_text("Hello there")
        heading = view(page).get_by_role("heading", level=2).first
        assert styles["p"]["color"] == around.evaluate(css, "color"), host
        assert styles["p"]["font-family"] == around.evaluate(css, "fontFamily"), host
        assert styles["h2"]["color"] == heading.evaluate(css, "color"), host
        expect(shown(page), host).to_have_text("Words")


def test_a_block_is_requested_again_when_a_link_puts_it_in_another_email(
    page: Page, foreign: Any
) -> None:
    page.goto("/editor/1")
    wait(page, "ready", 0)
    page.goto("/editor/1?host=evening")
    wait(page, "ready", 1)
    assert foreign.to("/html")[-1]["body"]["styles"]["p"]["color"] == "rgb(233, 226, 216)"
    page.reload()
    wait(page, "ready", 0)


def test_the_emails_differ_in_fonts_colors_and_backgrounds(browser: httpx2.Client) -> None:
    emails = [browser.get("/editor/email", params={"host": host}).text for host in HOSTS]
    for pattern in (
        r"html \{ background: (\S+);",
        r"body \{.* font: [^;]*?(\w+),",
        r"color: (#\w+)",
    ):
        assert len({re.search(pattern, email)[1] for email in emails}) == len(HOSTS)  # type: ignore[index]


def test_forced_dark_turns_the_lightness_of_every_color_but_not_of_pictures(page: Page) -> None:
    around, words = view(page).get_by_text("Hello there"), shown(page)
    hue = rgb(view(page).get_by_role("heading", level=1), "color")
    switch(page, "Dark, forced")
    expect(words).to_have_attribute("style", re.compile("lab"))
    assert lightness(view(page).locator("html"), "backgroundColor") < 60
    assert lightness(around, "color") > 150
    assert lightness(words, "backgroundColor") < 60
    assert lightness(words, "color") > 150
    # Blue stays blue: only the lightness is turned.
    flipped = rgb(view(page).get_by_role("heading", level=1), "color")
    assert flipped.index(max(flipped)) == hue.index(max(hue))
    assert view(page).locator("html").evaluate("e => getComputedStyle(e).filter") == "none"
    switch(page, "Dark, forced")
    expect(words).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(words).to_have_css("color", "rgb(17, 34, 51)")


def test_forced_dark_leaves_the_request_as_it_was(page: Page, foreign: Any) -> None:
    light = foreign.to("/html")[-1]["body"]["styles"]
    switch(page, "Dark, forced")
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 2)
    assert foreign.to("/html")[-1]["body"]["styles"] == light
    assert lightness(shown(page), "backgroundColor") < 60


def test_the_color_scheme_reaches_rules_of_the_email_and_of_the_block(
    dark_page: Page, foreign: Any
) -> None:
    page = dark_page
    rule = "@media (prefers-color-scheme: dark) { .mine { color: #00ff00 !important } }"
    foreign.responses["/html"] = {
        "code": 200,
        "html": f"<style>{rule}</style><p class='mine'>x</p>",
    }
    page.goto(f"/editor?{urlencode({'plugin': 'Post', 'settings': json.dumps({'post': 'p1'})})}")
    wait(page, "ready", 1)
    page.locator('[name="host"]').select_option("bulletin")
    wait(page, "ready", 2)
    words = view(page).locator(".mine")
    expect(words).not_to_have_css("color", "rgb(0, 255, 0)")
    light = foreign.to("/html")[-1]["body"]["styles"]
    switch(page, "Dark, by the email")
    expect(words).to_have_css("color", "rgb(0, 255, 0)")
    assert lightness(view(page).locator(".letter"), "backgroundColor") < 60
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 3)
    assert foreign.to("/html")[-1]["body"]["styles"] == light


def test_each_switch_names_the_mail_clients_that_it_stands_for(page: Page) -> None:
    for name, clients in (("Dark, forced", "Gmail"), ("Dark, by the email", "Apple Mail")):
        expect(page.get_by_role("checkbox", name=name)).to_have_accessible_name(re.compile(clients))


def test_styles_comments_and_images_are_taken_away(page: Page, foreign: Any) -> None:
    picture = f"{foreign.url}/boat.svg"
    page.route(picture, lambda route: route.fulfill(content_type="image/svg+xml", body="<svg/>"))
    html = (
        "<!--[if mso]><p>Word</p><![endif]--><style>.shown { color: #ff0000 }</style>"
        f"<p class='shown'>Words<!-- note --></p><img alt='A boat' src='{picture}'>"
    )
    foreign.responses["/html"] = {"code": 200, "html": html}
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 2)
    before = len(foreign.to("/html"))
    block = view(page).locator("[data-block]")
    comments = "e => document.createNodeIterator(e, NodeFilter.SHOW_COMMENT).nextNode() !== null"
    expect(shown(page)).to_have_css("color", "rgb(255, 0, 0)")
    assert block.evaluate(comments)
    for label in ("No <style>", "No comments", "No images"):
        switch(page, label)
    expect(shown(page)).not_to_have_css("color", "rgb(255, 0, 0)")
    assert block.evaluate("e => e.querySelector('style')") is None
    assert not block.evaluate(comments)
    expect(block.locator("img")).not_to_have_attribute("src", re.compile("."))
    expect(block.get_by_role("img", name="A boat")).to_be_visible()
    for label in ("No <style>", "No comments", "No images"):
        switch(page, label)
    expect(shown(page)).to_have_css("color", "rgb(255, 0, 0)")
    assert block.evaluate(comments)
    assert len(foreign.to("/html")) == before


def test_a_simulated_failure_happens_to_the_request(page: Page, foreign: Any) -> None:
    simulate = page.get_by_role("combobox", name="The plugin responds")
    before = len(foreign.to("/html"))
    simulate.select_option(label="not at all")
    wait(page, "error", 2)
    expect(page.get_by_test_id("block-error")).to_contain_text("could not be reached")
    assert len(foreign.to("/html")) == before
    simulate.select_option(label="normally")
    wait(page, "ready", 3)


def test_the_url_restores_everything(page: Page, foreign: Any) -> None:
    page.locator('[name="host"]').select_option("evening")
    wait(page, "ready", 2)
    switch(page, "Dark, forced")
    switch(page, "No comments")
    page.get_by_role("spinbutton", name="Width of the desktop").fill("700")
    page.get_by_role("spinbutton", name="Width of the desktop").press("Tab")
    page.get_by_role("combobox", name="The plugin responds").select_option("expired")
    wait(page, "ready", 3)
    page.get_by_role("tab", name="Source").click()
    page.fill('[name="title"]', "Fog")
    wait(page, "ready", 4)
    state = query(page)
    assert json.loads(state.pop("settings")) == {"post": "p1", "title": "Fog"}
    assert state == {
        "host": "evening",
        "dark": "on",
        "nocomments": "on",
        "desktop": "700",
        "simulate": "expired",
        "panel": "source",
        "block": "1",
        "plugin": "post",
    }
    url = page.url
    page.reload()
    wait(page, "ready", 0)
    assert page.url == url
    assert widths(page) == [700, 375]
    expect(page.locator('[name="host"]')).to_have_value("evening")
    expect(page.get_by_role("checkbox", name="Dark, forced")).to_be_checked()
    expect(page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Source")).to_be_visible()
    expect(page.locator('[name="title"]')).to_have_value("Fog")
    assert lightness(view(page).get_by_text("Hello there"), "color") < 128


def test_a_link_shows_its_settings_where_the_draft_is_missing(page: Page, foreign: Any) -> None:
    url = page.url.replace("/editor/1?", "/editor/99?")
    page.goto(url)
    wait(page, "ready", 1)
    assert foreign.to("/html")[-1]["body"]["settings"] == {"post": "p1"}
    assert urlsplit(page.url).path == "/editor/2"


def test_a_link_replaces_the_settings_of_the_draft_until_that_is_undone(
    page: Page, foreign: Any
) -> None:
    page.goto(f"/editor/1?{urlencode({'block': 1, 'settings': json.dumps({'post': 'p4'})})}")
    wait(page, "ready", 1)
    assert foreign.to("/html")[-1]["body"]["settings"] == {"post": "p4"}
    page.get_by_role("button", name="Undo").click()
    wait(page, "ready", 2)
    assert foreign.to("/html")[-1]["body"]["settings"] == {"post": "p1"}
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 1")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"host": "../layout", "desktop": "9" * 40, "phone": "-1", "block": "x", "settings": "[1]"},
        {"zone": "Nowhere/Else", "simulate": "fire", "panel": "x", "settings": "{"},
    ],
)
def test_an_invalid_url_shows_the_defaults(query: dict[str, str]) -> None:
    found = read_view_options(query)
    assert (found.host, found.simulate, found.panel) == ("letter", "", "checks")
    assert found.widths == {"desktop": 600, "phone": 375}
    assert (found.block, found.zone, found.settings) == (0, "", None)
