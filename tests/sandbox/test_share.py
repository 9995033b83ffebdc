"""What is shared: a request as a pytest test, and a block in all views as one HTML file."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from selectolax.lexbor import LexborHTMLParser
from support.blocks.copied import passes
from support.browser.editor_page import insert_letter, respond_with_letters

from plugin_server.sandbox.client.exchange import Exchange
from plugin_server.sandbox.client.python_test import python_test
from plugin_server.sandbox.editor.contact_sheet import VIEWS

HTML = """<style>.t { color: #aa0000 }</style><!-- note -->
<p class="t">Tide</p><img src="{sandbox}/pictures/lighthouse.png" alt="Light">
<a href="https://example.com/">Read</a>"""


def copied(browser: httpx2.Client, block: str) -> str:
    panel = LexborHTMLParser(browser.get(f"{block}/panels").json()["panels"]["inspector"])
    (test,) = panel.css("[id^=test-]")
    return test.text()


def test_a_request_is_a_test_of_the_foreign_plugin(
    installed: httpx2.Client, block: str, foreign: Any, tmp_path: Path
) -> None:
    settings = {"post": "p1", "title": "\"'''\\ Ölkanne \U0001f6e2 {x}"}
    installed.post(f"{block}/html", json={"settings": settings, "styles": {"p": {"color": "red"}}})
    source = copied(installed, block)
    assert "a1" not in re.findall(r"\w+", source)  # the access token
    passes(tmp_path, source, TOKEN="another")  # noqa: S106 - made up
    sent, again = foreign.to("/html")
    assert again["body"] == sent["body"]
    assert again["headers"]["Authorization"] == "Bearer another"


def test_a_test_of_a_foreign_plugin_fails_with_its_error(
    installed: httpx2.Client, block: str, foreign: Any, tmp_path: Path
) -> None:
    installed.post(f"{block}/html", json={"settings": {}, "styles": {}})
    foreign.responses["/html"] = lambda _: (422, {"code": 422, "errors": ["Choose a post."]})
    with pytest.raises(AssertionError, match="Choose a post"):
        passes(tmp_path, copied(installed, block), TOKEN="a1")  # noqa: S106 - made up


def test_a_search_is_a_test_too(
    installed: httpx2.Client, block: str, foreign: Any, tmp_path: Path
) -> None:
    respond_with_letters(foreign)
    installed.post(f"{block}/search/post", json={"search": "Letter", "settings": {}})
    passes(tmp_path, copied(installed, block), TOKEN="a1")  # noqa: S106 - made up


def test_a_block_of_this_server_is_tested_without_http(tmp_path: Path) -> None:
    settings = {"post": "4156", "button": True}
    exchange = Exchange("http://127.0.0.1/", {"settings": settings, "styles": {}})
    source = python_test(exchange, "post")
    assert source is not None
    assert "httpx2" not in source
    passes(tmp_path, source)
    search = Exchange("http://127.0.0.1/", {"search": "tide"}, "search")
    source = python_test(search, "post", "post")
    assert source is not None
    passes(tmp_path, source)


def test_an_oauth_request_is_no_test() -> None:
    assert python_test(Exchange("http://127.0.0.1/", {}, "token"), None) is None


@pytest.fixture
def page(editor: Page, foreign: Any, sandbox_url: str) -> Page:
    respond_with_letters(foreign)
    html = HTML.replace("{sandbox}", sandbox_url).replace('class="t"', 'class="t shown"')
    foreign.responses["/html"] = {"code": 200, "html": html}
    insert_letter(editor, 1)
    return editor


def test_all_views_are_one_file_that_opens_without_the_sandbox(
    page: Page, chromium: Browser, tmp_path: Path
) -> None:
    page.get_by_role("tab", name="Source").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All views as one HTML file").click()
    assert download.value.suggested_filename == "post.html"
    file = tmp_path / "post.html"
    download.value.save_as(file)
    text = file.read_text("utf-8")
    assert "127.0.0.1" not in text
    assert "<script" not in text.lower()

    context = chromium.new_context()
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    opened = context.new_page()
    opened.goto(file.as_uri())
    expect(opened.locator("iframe")).to_have_count(len(VIEWS))

    def frame(label: str) -> Any:
        return opened.frame_locator(f"iframe[title='{label}']")

    for view in VIEWS:
        expect(frame(view.label).locator(".t")).to_have_text("Tide")
    expect(frame("Letter").locator(".t")).to_have_css("color", "rgb(170, 0, 0)")
    expect(frame("No <style>").locator(".t")).not_to_have_css("color", "rgb(170, 0, 0)")
    image = frame("Letter").get_by_alt_text("Light")
    assert image.evaluate("image => image.naturalWidth") > 0
    assert frame("No images").get_by_alt_text("Light").get_attribute("src") is None
    # Only what is next to the block is shown of the email.
    expect(frame("Letter").locator("h1")).to_be_hidden()
    assert [url for url in requested if not url.startswith(("file:", "data:", "about:"))] == []
    context.close()


def test_a_link_and_the_file_are_beside_the_settings(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="All views as one HTML file").click()
    assert "Tide" in download.value.path().read_text("utf-8")


def test_the_contact_sheet_is_shared_by_a_link_and_each_example_as_a_file(
    page: Page, foreign: Any
) -> None:
    foreign.responses["/html"] = lambda request: (
        200,
        {"code": 200, "html": f"<p>{len(request['body']['settings'].get('title', ''))}</p>"},
    )
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/contact-sheet/post")
    page.fill("#find", "very long")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied_url = page.evaluate("() => navigator.clipboard.readText()")
    assert copied_url.endswith("/contact-sheet/post?example=very+long")
    with page.expect_download() as download:
        page.get_by_role("link", name="All views as one HTML file").click()
    text = download.value.path().read_text("utf-8")
    assert text.count("<iframe") == len(VIEWS)
    assert "&lt;p&gt;0&lt;/p&gt;" not in text


def test_a_block_with_an_error_makes_no_file(installed: httpx2.Client, foreign: Any) -> None:
    foreign.responses["/html"] = lambda _: (200, {"code": 422, "errors": ["Choose a post."]})
    response = installed.get("/preview/1/views.html")
    assert response.status_code == 422
    assert "Choose a post." in response.text


def test_the_test_is_copied_as_it_is(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("tab", name="Inspector").click()
    page.get_by_role("button", name="Copy as a pytest test").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied_text = page.evaluate("() => navigator.clipboard.readText()")
    compile(copied_text, "test_copied.py", "exec")
    assert "import httpx2" in copied_text
