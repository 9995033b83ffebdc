"""From the picture to the source and back: pressing a part of a block, a finding, or a line."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.browser.editor_page import insert_letter, respond_with_letters, view, wait

from plugin_server.findings.finding import Place
from plugin_server.sandbox.editor.start_tags import shown_html, start_tags, tag_at

HTML = """<div class='shown'>
<style>.warm { color: #a00 }</style>
<!-- <p>not a tag</p> -->
<p style='opacity:0.5' class='warm'>Hello <b>there</b></p>
<table><tr><td>cell</td></tr></table>
<img src='/pictures/boats.png'></div>"""
# An app that knows its templates.
ANNOUNCED = "X-Template-Line"


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with one block, in the order of whose elements a browser puts a tbody."""
    respond_with_letters(foreign)
    foreign.responses["/html"] = {"code": 200, "html": HTML}
    insert_letter(editor, 1)
    return editor


def highlights(page: Page, name: str = "desktop") -> list[list[int]]:
    """Return the boxes of what is highlighted, as left, top, width and height within the frame."""
    return (
        view(page, name)
        .locator("[data-block] i")
        .evaluate_all(
            "boxes => boxes.map((box) => { const { left, top, width, height } = box.getBoundingClientRect();"
            " return [left, top, width, height].map(Math.round); })"
        )
    )


def box(page: Page, selector: str, name: str = "desktop") -> list[int]:
    return (
        view(page, name)
        .locator(f"[data-block] {selector}")
        .evaluate(
            "element => { const { left, top, width, height } = element.getBoundingClientRect();"
            " return [left, top, width, height].map(Math.round); }"
        )
    )


def test_each_start_tag_has_its_line_and_column() -> None:
    tags = [(tag.name, tag.line, tag.column) for tag in start_tags(HTML)]
    assert tags[:4] == [("div", 1, 1), ("style", 2, 1), ("p", 4, 1), ("b", 4, 43)]
    assert [name for name, *_ in tags[4:]] == ["table", "tr", "td", "img"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Place(4, 1), "p"),
        (Place(4, 43), "b"),
        (Place(4, 60), "b"),
        (Place(4), "p"),
        (Place(3), "style"),
        (Place(1), "div"),
        (Place(), None),
    ],
)
def test_a_finding_is_about_the_tag_at_its_place(place: Place, name: str | None) -> None:
    tags = start_tags(HTML)
    number = tag_at(tags, place)
    assert name == (None if number is None else tags[number].name)


@pytest.mark.parametrize(
    "html",
    [
        HTML,
        "<p>𝔘<b>x</b></p>",
        "<P\n>x<Br/></P>",
        "no tags",
        "<p>x</p><script>1</script><i>y</i>",
        "<link rel=icon href=x><p>𝔘 <b onclick='x'>y</b></p>",
        "<p data-sandbox-tag='7'>x</p>",
    ],
)
def test_numbers_belong_behind_the_names_of_tags(html: str) -> None:
    shown, places = shown_html(html)
    units = shown.encode("utf-16-le")
    tags = start_tags(html)
    for offset, number in places:
        before = units[: offset * 2].decode("utf-16-le")
        assert before.lower().endswith(f"<{tags[number].name}")
    assert (places == []) == (not tags or "sandbox-tag" in html)


def test_the_shown_elements_are_those_of_the_html(page: Page) -> None:
    block = view(page).locator("[data-block]").evaluate("place => place.innerHTML")
    expected = (
        view(page)
        .locator("html")
        .evaluate(
            "(_, html) => { const t = document.createElement('template');"
            " t.innerHTML = html; return t.innerHTML; }",
            HTML,
        )
    )
    assert block == expected


def test_a_press_with_alt_shows_the_line_and_what_was_found(page: Page) -> None:
    view(page).locator("[data-block] b").click(modifiers=["Alt"])
    picked = page.locator("#picked")
    expect(picked).to_contain_text("<b>, line 4 of the HTML")
    expect(picked).to_contain_text("Nothing was found in it.")
    expect(page.locator("#source-4")).to_be_focused()
    expect(page.locator("#source-4")).to_have_class("chosen")
    assert highlights(page) == [box(page, "b")]
    assert highlights(page, "mobile") == [box(page, "b", "mobile")]
    view(page).locator("[data-block] p").click(modifiers=["Alt"], position={"x": 2, "y": 2})
    expect(picked).to_contain_text("<p>, line 4 of the HTML")
    expect(picked.get_by_role("listitem").first).to_contain_text("opacity")
    assert highlights(page) == [box(page, "p")]


def test_the_pick_button_lets_the_next_press_pick(page: Page) -> None:
    pick = page.get_by_role("button", name="Pick a part")
    pick.press("Enter")
    expect(pick).to_have_attribute("aria-pressed", "true")
    view(page).locator("[data-block] td").hover()
    assert highlights(page) == [box(page, "td")]
    view(page).locator("[data-block] td").click()
    expect(page.locator("#picked")).to_contain_text("<td>, line 5 of the HTML")
    expect(pick).to_have_attribute("aria-pressed", "false")
    # Then a press selects the block as usual.
    view(page).locator("[data-block] p").click(position={"x": 2, "y": 2})
    expect(page.locator("#picked")).to_contain_text("<td>")
    pick.press("Enter")
    page.keyboard.press("Escape")
    expect(pick).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_picture_says_which_line_was_picked(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    name = "desktop" if width > 600 else "mobile"
    page.get_by_role("button", name="Pick a part").click()
    expect(page.locator("#saving")).to_contain_text("Press a part of a block")
    view(page, name).locator("[data-block] td").click()
    label = view(page, name).locator("[data-block] samp")
    expect(label).to_have_text("Line 5 of the HTML")
    place = label.bounding_box()
    assert place is not None
    assert 0 <= place["x"] <= place["x"] + place["width"] <= width


def test_a_finding_highlights_its_element_in_both_views(page: Page) -> None:
    finding = page.locator("#panel-checks li").filter(has_text="without alt")
    assert highlights(page) == []
    finding.hover()
    assert highlights(page) == [box(page, "img")]
    assert highlights(page, "mobile") == [box(page, "img", "mobile")]
    page.locator("#panel-checks li").filter(has_text="opacity").first.get_by_role(
        "link", name="line 4"
    ).focus()
    assert highlights(page) == [box(page, "p")]
    finding.get_by_role("link", name="line 6").press("Enter")
    expect(page.locator("#source-6")).to_be_focused()
    expect(page.locator("#picked")).to_contain_text("<img>, line 6 of the HTML")
    expect(page.locator("#picked")).to_contain_text("without alt")


def test_lines_are_chosen_by_keyboard(page: Page) -> None:
    page.get_by_role("tab", name="Source").click()
    page.locator("#source").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#source-1")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#source-5")).to_be_focused()
    assert highlights(page) == [box(page, "table")]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#picked")).to_contain_text("<p>, line 4 of the HTML")
    expect(page.locator("#source-4")).to_be_focused()


def test_what_takes_no_room_is_shown_by_what_is_around_it(page: Page) -> None:
    page.get_by_role("tab", name="Source").click()
    page.locator("#source-2").click()
    expect(page.locator("#picked")).to_contain_text("<style>, line 2 of the HTML")
    assert highlights(page) == [box(page, ".shown")]


def test_other_html_ends_the_highlight(page: Page, foreign: Any) -> None:
    view(page).locator("[data-block] b").click(modifiers=["Alt"])
    expect(page.locator("#picked")).to_contain_text("<b>")
    foreign.responses["/html"] = {"code": 200, "html": "<p class='shown'>Other words</p>"}
    page.get_by_test_id("refresh").click()
    wait(page, "ready", 2)
    assert highlights(page) == []


def test_an_app_that_knows_its_templates_is_requested_to_name_the_line(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    def html(request: dict[str, Any]) -> tuple[int, Any]:
        number = request["headers"].get(ANNOUNCED)
        line = {
            "file": "views/post.erb",
            "line": 10 + int(number or 0),
            "text": "<b>",
            "inside": "",
        }
        more = {"template_line": line} if number else {}
        return 200, {"code": 200, "html": "<p>Hello <b>there</b></p>", **more}

    foreign.responses["/html"] = html
    foreign.headers[ANNOUNCED] = "available"
    body = {"settings": {"title": "Fog"}, "styles": {"p": {}}}
    installed.post(f"{block}/html", json=body)
    found = installed.get(f"{block}/tags/1").json()
    assert found["line"] == 1
    assert "<strong>views/post.erb, line 11</strong>" in found["html"]
    assert found["label"] == "views/post.erb, line 11"
    first, second = foreign.to("/html")
    assert first["headers"].get(ANNOUNCED) is None
    assert (second["body"], second["headers"][ANNOUNCED]) == (first["body"], "1")
    # Kit never sends this request, so the inspector does not have it.
    panels = installed.get(f"{block}/panels").json()["panels"]
    assert panels["inspector"].count("/html</span>") == 1


def test_an_app_that_does_not_is_requested_once(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    installed.post(f"{block}/html", json={"settings": {}, "styles": {}})
    found = installed.get(f"{block}/tags/0").json()
    assert "line 1 of the HTML" in found["html"]
    assert "Only the line of its HTML is known" in found["html"]
    assert len(foreign.to("/html")) == 1


def test_an_unknown_element_is_not_found(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    assert installed.get(f"{block}/tags/0").status_code == 404
    installed.post(f"{block}/html", json={"settings": {}, "styles": {}})
    response = installed.get(f"{block}/tags/1", headers={"Content-Type": "application/json"})
    assert response.status_code == 404
    assert "Press Refresh first" in response.json()["errors"][0]


def test_what_was_picked_is_accessible(page: Page) -> None:
    view(page).locator("[data-block] p").click(modifiers=["Alt"], position={"x": 2, "y": 2})
    expect(page.locator("#picked")).to_contain_text("opacity")
    assert violations_in_both_themes(page) == {}
