"""The editor and this server's own files: lines of templates, and settings JSON that it saves."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from selectolax.lexbor import LexborHTMLParser
from support.browser.creator import Creator
from support.browser.editing_files import save
from support.browser.live_reload import listening

TEMPLATE = "templates/blocks/creator_profile.html"
SETTINGS = "settings_json/creator_profile.json"
HEADER = "X-Template-Line"


@pytest.fixture(scope="module")
def token(shared_checkout: Any, make_creator: Callable[[Any], Creator]) -> str:
    return str(make_creator(shared_checkout.preview).tokens()["access_token"])


@pytest.fixture
def post(checkout: Any, token: str) -> Callable[..., httpx2.Response]:
    """A function that requests the block's HTML as Kit does, or with more headers."""
    url = f"{checkout.preview.server}/blocks/creator_profile/html"
    headers = {"Authorization": f"Bearer {token}"}
    return lambda **more: httpx2.post(
        url, json={"settings": {}}, headers={**headers, **more}, timeout=30
    )


@pytest.fixture
def page(chromium: Browser, checkout: Any) -> Iterator[Page]:
    """The editor with the block in a new email."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{checkout.preview.sandbox}/apps/1")
    if page.get_by_test_id("install").is_visible():
        page.get_by_test_id("install").click()
        page.get_by_test_id("kit-approve").click()
        page.get_by_test_id("allow").click()
        page.get_by_test_id("uninstall").wait_for()
    page.goto(f"{checkout.preview.sandbox}/editor")
    page.get_by_test_id("insert-creator profile").click()
    page.locator("#canvas[data-renders='1']").wait_for()
    yield page
    page.close()


def test_each_start_tag_has_a_line_of_a_template(post: Any, checkout: Any) -> None:
    plain = post()
    assert plain.headers[HEADER] == "available"
    assert "template_line" not in plain.json()
    tags = [each.tag for each in LexborHTMLParser(plain.json()["html"]).body.traverse()]
    number = len(tags) - tags[::-1].index("p") - 2  # of the last one, without the body
    found = post(**{HEADER: str(number)}).json()
    assert found["html"] == plain.json()["html"]
    line = found["template_line"]
    assert line["file"] == TEMPLATE
    source = (checkout.folder / TEMPLATE).read_text().split("\n")
    assert source[line["line"] - 1].strip() == line["text"]


@pytest.mark.parametrize("number", ["9999", "-1", "x", "1.5"])
def test_an_unknown_number_has_no_line(post: Any, number: str) -> None:
    found = post(**{HEADER: number}).json()
    assert found["code"] == 200
    assert found.get("template_line") is None


@pytest.mark.parametrize(
    ("line", "kind"), [("<script></script>", "refused"), ("{{ 1 // 0 }}", "failed")]
)
def test_errors_are_marked_as_those_of_developers(
    post: Any, checkout: Any, line: str, kind: str
) -> None:
    file = checkout.folder / TEMPLATE
    before = file.read_text()
    assert "X-Developer-Error" not in post().headers
    try:
        save(file, f"{before}{line}\n")
        assert post().headers["X-Developer-Error"] == kind
    finally:
        with listening(checkout.preview.sandbox) as news:
            save(file, before)
            news.wait_for("changed")


def test_picking_names_the_line_of_the_template(page: Page, checkout: Any) -> None:
    block = page.frame_locator("iframe[data-view=desktop]").locator("[data-block]")
    block.locator("h2").click(modifiers=["Alt"])
    place = page.locator("#picked strong").first
    expect(place).to_contain_text(f"{TEMPLATE}, line ")
    line = int(place.inner_text().rpartition(" ")[2])
    assert "heading(" in (checkout.folder / TEMPLATE).read_text().split("\n")[line - 1]
    expect(page.locator("#picked")).to_contain_text("templates/macros/email.html")


def test_saving_the_settings_json_writes_the_file_of_the_block(page: Page, checkout: Any) -> None:
    file = checkout.folder / SETTINGS
    before = file.read_text()
    page.get_by_role("tab", name="JSON").click()
    expect(page.locator("#json-where")).to_contain_text(SETTINGS)
    text = page.get_by_role("textbox", name="Settings JSON")
    expect(text).to_have_value(before)
    text.fill(before.replace('"label": "Photo"', '"label": "Portrait"'))
    portrait = page.get_by_role("heading", name="Portrait")
    expect(portrait).to_be_visible()
    assert file.read_text() == before
    with listening(checkout.preview.sandbox) as news:
        page.locator("#json").get_by_role("button", name="Save").click()
        news.wait_for("changed")
        assert json.loads(file.read_text()) != json.loads(before)
        shown = httpx2.get(f"{checkout.preview.server}/settings/creator_profile.json").text
        assert "Portrait" in shown
        expect(portrait).to_be_visible()
        page.locator("#json").get_by_role("button", name="Undo").click()
        news.wait_for("changed")
    assert file.read_text() == before
    expect(page.get_by_role("heading", name="Photo")).to_be_visible()


def test_a_file_that_is_saved_elsewhere_is_in_the_panel(page: Page, checkout: Any) -> None:
    file = checkout.folder / SETTINGS
    before = file.read_text()
    page.get_by_role("tab", name="JSON").click()
    text = page.get_by_role("textbox", name="Settings JSON")
    expect(text).to_have_value(before)
    try:
        after = before.replace('"label": "Photo"', '"label": "Picture"')
        save(file, after)
        expect(page.get_by_role("heading", name="Picture")).to_be_visible()
        expect(text).to_have_value(after)
    finally:
        with listening(checkout.preview.sandbox) as news:
            save(file, before)
            news.wait_for("changed")
