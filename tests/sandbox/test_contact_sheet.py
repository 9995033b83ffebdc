"""The contact sheet in a real browser, against an app that is not ours."""

import json
import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser.accessibility import violations_in_both_themes

from plugin_server.sandbox.editor.contact_sheet import VIEWS

TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


def shows_title(request: dict[str, Any]) -> tuple[int, Any]:
    """Show a block's title in the color of the email's texts."""
    settings, styles = request["body"]["settings"], request["body"]["styles"]
    text = str(settings.get("title", "no title"))[:20].replace("<", "&lt;")
    style = "<style>@media (max-width: 480px) { .t { text-decoration: underline } }</style>"
    image = '<img src="/pictures/lighthouse.png" alt="" width="40" height="40">'
    color = styles["p"]["color"]
    html = f'{style}<p class="t" style="color:{color};background:#ffffff">{text}{image}</p>'
    return 200, {"code": 200, "html": html}


@pytest.fixture
def sheet(editor: Page, foreign: Any) -> Page:
    foreign.responses["/html"] = shows_title
    editor.goto("/contact-sheet/post")
    return editor


def cell(page: Page, example: str, view: str) -> Locator:
    return page.locator(f"[data-example={example}] [data-view={view}]")


def test_every_example_is_in_every_view(sheet: Page, browser: httpx2.Client) -> None:
    names = [each["name"] for each in browser.get("/examples/1").json()]
    rows = sheet.locator("#sheet section")
    expect(rows).to_have_count(len(names))
    for name in names:
        expect(sheet.locator(f"[data-example={name}] figure")).to_have_count(len(VIEWS))
    for view in VIEWS:
        shown = cell(sheet, names[0], view.name)
        shown.scroll_into_view_if_needed()
        expect(shown).to_have_attribute("data-state", "ready")
        frame = shown.locator("iframe")
        expect(frame).to_have_css("width", f"{view.width}px")
        expect(frame.content_frame.locator(".t")).to_contain_text("no title")


def test_views_are_those_of_the_editor(sheet: Page) -> None:
    def block(view: str) -> Locator:
        shown = cell(sheet, "stress_empty", view)
        shown.scroll_into_view_if_needed()
        expect(shown).to_have_attribute("data-state", "ready")
        return shown.locator("iframe").content_frame.locator(".t")

    assert block("noimages").locator("img").get_attribute("src") is None
    expect(block("phone")).to_have_css("text-decoration-line", "underline")
    expect(block("nostyle")).to_have_css("text-decoration-line", "none")
    expect(block("letter")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(block("dark")).not_to_have_css("background-color", "rgb(255, 255, 255)")
    expect(block("evening")).to_have_css("color", "rgb(233, 226, 216)")


def test_frames_exist_only_near_the_viewport(sheet: Page, foreign: Any) -> None:
    sheet.set_viewport_size({"width": 700, "height": 400})
    expect(sheet.locator("#sheet")).to_have_attribute("data-generation", "0")
    last = cell(sheet, "stress_hostile", "narrow")
    expect(last).to_have_attribute("data-state", "waiting")
    expect(last.locator("iframe")).to_have_count(0)
    last.scroll_into_view_if_needed()
    expect(last).to_have_attribute("data-state", "ready")
    expect(cell(sheet, "stress_empty", "letter").locator("iframe")).to_have_count(0)
    # Once for each email around an example, however often it is drawn.
    sent = [json.dumps(each["body"], sort_keys=True) for each in foreign.to("/html")]
    assert len(sent) == len(set(sent))


def test_what_a_save_changes_is_marked(sheet: Page, foreign: Any, installed: httpx2.Client) -> None:
    whole = sheet.locator("#sheet")
    expect(whole).to_have_attribute("data-generation", "0")
    expect(sheet.locator("[data-changed]")).to_have_count(0)

    def only_long_ones(request: dict[str, Any]) -> tuple[int, Any]:
        status, body = shows_title(request)
        title = str(request["body"]["settings"].get("title", ""))
        return status, {**body, "html": body["html"] + "!" * title.startswith("Everything")}

    foreign.responses["/html"] = only_long_ones
    change = {"files": ["src/post.js"]}
    assert installed.post("/live", json=change).status_code == 204
    expect(whole).to_have_attribute("data-generation", "1")
    marked = sheet.locator("section:has([data-changed])")
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-example", "stress_very_long")
    expect(marked.locator("[data-changed]")).to_have_count(len(VIEWS))
    expect(sheet.locator("#news")).to_contain_text("1 of ")
    sheet.get_by_role("checkbox", name="Only what changed").press("Space")
    expect(sheet.locator("#sheet section:visible")).to_have_count(1)
    shown = cell(sheet, "stress_very_long", "letter")
    expect(shown.locator("iframe").content_frame.locator("[data-block]")).to_contain_text("!")
    assert installed.post("/live", json=change).status_code == 204
    expect(sheet.locator("#news")).to_contain_text("Nothing changed")
    expect(sheet.locator("[data-changed]")).to_have_count(0)


def test_the_filter_is_in_the_link(sheet: Page) -> None:
    sheet.fill("#find", "hostile")
    sheet.get_by_role("checkbox", name="Bulletin").press("Space")
    expect(sheet.locator("#sheet section:visible")).to_have_count(1)
    expect(cell(sheet, "stress_hostile", "bulletin")).to_be_hidden()
    sheet.goto(sheet.url)
    expect(sheet.locator("#sheet section:visible")).to_have_count(1)
    expect(cell(sheet, "stress_hostile", "bulletin")).to_be_hidden()
    expect(cell(sheet, "stress_hostile", "letter")).to_be_visible()
    sheet.fill("#find", "no such example")
    expect(sheet.locator("#unfound")).to_be_visible()


def test_a_cell_leads_to_the_editor(sheet: Page) -> None:
    cell(sheet, "stress_other_alphabets", "dark").get_by_role("link").click()
    expect(sheet.locator("#canvas")).to_be_visible()
    expect(sheet.locator('[name="title"]')).to_have_value(re.compile("Übers Warten"))


def test_errors_stand_in_place_of_the_block(sheet: Page, foreign: Any) -> None:
    foreign.responses["/html"] = lambda _: (422, {"code": 422, "errors": ["Choose a post."]})
    sheet.reload()
    frame = cell(sheet, "stress_empty", "letter").locator("iframe").content_frame
    expect(frame.locator("[data-note=error]")).to_have_text("Choose a post.")


def test_it_is_accessible_at_every_width(sheet: Page) -> None:
    for width in (1280, 1024, 390):
        sheet.set_viewport_size({"width": width, "height": 720})
        expect(cell(sheet, "stress_empty", "letter")).to_have_attribute("data-state", "ready")
        assert violations_in_both_themes(sheet) == {}, width
        # The page's script resizes the views after the event of the new size.
        sheet.wait_for_function(f"() => !({TOO_WIDE})")


def test_an_unknown_plugin_is_not_found(installed: httpx2.Client) -> None:
    assert installed.get("/contact-sheet/nothing").status_code == 404
    assert installed.get("/contact-sheet").status_code == 200
    assert installed.post("/contact-sheet/1/html", json={"settings": 1}).status_code == 400
