"""Dynamic blocks in the sandbox: the dashboard's fields, both previews, and every reader side by side."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from support.browser.accessibility import violations
from support.browser.editor_page import view
from support.servers.sandbox import running_sandbox
from support.servers.threads import serving

LIQUID = """<div class="shown" style="padding:16px">
{% if subscriber.boat or automation.my_app.abandoned_cart.items %}
<p>Hello {{ subscriber.first_name | escape }}</p>
{% for i in automation.my_app.abandoned_cart.items %}<p class="item">{{ i.title | escape }}</p>{% endfor %}
{% endif %}
</div>"""
SAMPLE = {"items": [{"title": "A lamp"}, {"title": "Two ropes"}], "total": 17}
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


class Plugin:
    """A plugin elsewhere, which responds with the Liquid that a test gives it."""

    def __init__(self) -> None:
        self.liquid, self.requests, self.url = LIQUID, 0, ""


@pytest.fixture
def plugin() -> Iterator[Plugin]:
    found = Plugin()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.requests += 1
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"code": 200, "html": found.liquid}).encode())

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        found.url = f"http://127.0.0.1:{server.server_port}/html"
        yield found


@pytest.fixture
def page(open_browser: Callable[[], BrowserContext], tmp_path: Path) -> Iterator[Page]:
    """The dashboard of a new sandbox; an error of a script fails the test."""
    with running_sandbox(tmp_path) as url:
        page = open_browser().new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{url}/dashboard")
        yield page
        page.context.close()
    assert problems == []


def enter_event(page: Page) -> None:
    """Enter an event plugin in the dashboard, with a mistake at first."""
    page.get_by_role("link", name="Add an event plugin").click()
    page.get_by_label("Name").fill("Abandoned cart")
    page.get_by_label("Description").fill("Somebody left without paying")
    page.get_by_label("Identifier").fill("abandoned_cart")
    page.get_by_label("Sample data").fill('{\n  "all items": []\n}')
    page.get_by_role("button", name="Save the event plugin").click()
    sentence = 'Sample data, line 2: ["all items"]: "all items" cannot be a field of the event.'
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator("main pre")).to_have_text('  "all items": []\n  ^')
    assert violations(page) == []
    page.get_by_label("Sample data").fill(json.dumps(SAMPLE, indent=2))
    page.get_by_role("button", name="Save the event plugin").click()
    expect(page.get_by_role("status")).to_have_text("Abandoned cart is saved.")
    expect(page.get_by_text("automation.my_app.abandoned_cart.")).to_be_visible()


def enter_plugin(page: Page, url: str) -> None:
    """Enter a dynamic plugin in the dashboard."""
    page.get_by_role("link", name="Dashboard").first.click()
    page.get_by_role("link", name="Add a plugin").click()
    page.get_by_label("Name").fill("Cart")
    page.get_by_label("Description").fill("What is left in it")
    page.get_by_label("Request URL").fill(url)
    page.get_by_label("Settings JSON").fill("[]")
    page.get_by_label("Authorization method").select_option("none")
    page.get_by_label("Dynamic: the HTML is a Liquid template").check()
    page.get_by_label("Identifier").fill("abandoned_cart")
    page.get_by_label("Event plugin").select_option(label="Abandoned cart")
    page.get_by_label("Active").check()
    page.get_by_role("button", name="Save the plugin").click()
    refused = 'Another plugin has the identifier "abandoned_cart".'
    expect(page.get_by_role("alert")).to_contain_text(refused)
    expect(page.get_by_label("Event plugin")).to_have_value("abandoned_cart")
    page.get_by_label("Identifier").fill("cart_list")
    page.get_by_role("button", name="Save the plugin").click()
    expect(page.get_by_role("status")).to_have_text("Cart is saved.")


@pytest.fixture
def editor(page: Page, plugin: Plugin) -> Page:
    """The editor with one dynamic block, of what ``enter_event`` and ``enter_plugin`` enter."""
    described = {
        "app": {"name": "My app", "identifier": "my_app"},
        "events": [
            {"name": "Abandoned cart", "identifier": "abandoned_cart", "sample_data": SAMPLE}
        ],
        "plugins": [
            {
                "name": "Cart",
                "description": "What is left in it",
                "sort_order": 0,
                "logo_url": "",
                "html_url": plugin.url,
                "settings_json": [],
                "authorization": "none",
                "dynamic": True,
                "identifier": "cart_list",
                "event": "abandoned_cart",
                "active": True,
            }
        ],
    }
    sandbox = page.url.partition("/dashboard")[0]
    pasted = page.request.put(f"{sandbox}/dashboard/app.json", data=described)
    assert pasted.status == 200, pasted.text()
    page.goto(f"{sandbox}/editor?plugin=Cart")
    expect(page.locator("#canvas[data-renders='1']")).to_have_attribute("data-state", "ready")
    return page


def preview_for(page: Page, label: str) -> None:
    page.get_by_label("Preview for").select_option(label=label)


def marks(page: Page, name: str = "desktop") -> Locator:
    return view(page, name).locator("sandbox-empty")


def test_the_dashboard_has_the_fields_of_dynamic_blocks(page: Page, plugin: Plugin) -> None:
    enter_event(page)
    enter_plugin(page, plugin.url)
    assert violations(page) == []
    page.get_by_role("link", name="Dashboard").first.click()
    expect(page.get_by_label("App identifier")).to_have_value("my_app")
    page.get_by_label("App identifier").fill("")
    page.get_by_role("button", name="Save the app").click()
    expect(page.get_by_role("alert")).to_contain_text("App identifier is required as soon as")
    assert violations(page) == []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("/dashboard", "/dashboard/events/1", "/dashboard/plugins/1"):
            page.goto(page.url.partition("/dashboard")[0] + path)
            assert not page.evaluate(TOO_WIDE), (path, width)


def test_both_previews_are_shown_in_both_views(editor: Page, plugin: Plugin) -> None:
    for name in ("desktop", "mobile"):
        expect(view(editor, name).locator(".item")).to_have_text(["A lamp", "Two ropes"])
        expect(marks(editor, name)).to_have_attribute(
            "title", "{{ subscriber.first_name | escape }}"
        )
    preview_for(editor, "All data")
    for name in ("desktop", "mobile"):
        expect(view(editor, name).locator(".shown")).to_contain_text("Hello Ada")
        expect(marks(editor, name)).to_have_count(0)
    preview_for(editor, "Hostile data")
    expect(view(editor).locator(".shown")).to_contain_text("<script>alert(1)</script>")
    assert view(editor).locator("script").count() == 0
    preview_for(editor, "No data")
    expect(view(editor).locator(".shown")).to_have_text("")
    # Kit does not request a template again for each subscriber, nor does the editor.
    assert plugin.requests == 1
    assert "for=none" in editor.url
    editor.reload()
    expect(view(editor).locator(".shown")).to_have_text("")
    expect(editor.get_by_label("Preview for")).to_have_value("none")
    assert violations(editor) == []


def test_the_choice_of_a_reader_comes_and_goes_with_dynamic_blocks(editor: Page) -> None:
    expect(editor.get_by_label("Preview for")).to_be_visible()
    editor.set_viewport_size({"width": 390, "height": 844})
    editor.get_by_label("Subject").focus()
    # On a phone it stands before the switches, which do not fit beside each other.
    expect(editor.get_by_label("Preview for")).to_be_in_viewport(ratio=1)
    editor.get_by_test_id("remove").click()
    expect(editor.get_by_label("Preview for")).to_be_hidden()
    expect(editor.get_by_role("checkbox", name="No marks")).to_be_hidden()


def test_what_is_empty_is_marked_unless_the_switch_is_on(editor: Page) -> None:
    expect(marks(editor)).to_be_visible()
    editor.get_by_role("checkbox", name="No marks").press("Space")
    expect(marks(editor)).to_be_hidden()
    assert "nomarks=on" in editor.url
    # The checks name it, whether it is marked or not.
    found = editor.locator("#panel-checks li").filter(has_text="subscriber.first_name")
    expect(found.first).to_be_visible()


def test_a_mistake_in_liquid_is_shown_with_its_line(editor: Page, plugin: Plugin) -> None:
    plugin.liquid = "<p>\n{% if subscriber.boat %}x</p>"
    editor.get_by_test_id("refresh").click()
    sentence = "Line 2 of the Liquid: {% if %} is not closed: add {% endif %}."
    expect(editor.locator("#problem [data-testid=block-error]")).to_have_text(sentence)
    editor.locator("#panel-checks").get_by_role("link", name="line 2").click()
    expect(editor.locator("#source-2")).to_have_class("chosen")
    expect(editor.locator("#source-2")).to_contain_text("{% if subscriber.boat %}")
    plugin.liquid = "{% if subscriber.boat %}<p class='shown'>{{ subscriber.boat }}</p>{% endif %}"
    editor.get_by_test_id("refresh").click()
    expect(view(editor).locator("[data-note=info]")).to_contain_text("Kit’s preview shows nothing")
    preview_for(editor, "All data")
    expect(view(editor).locator(".shown")).to_have_text("Second Wind")


def test_a_part_that_a_loop_wrote_is_picked(editor: Page) -> None:
    view(editor).locator(".item").last.click(modifiers=["Alt"])
    expect(editor.locator("#picked")).to_contain_text("line 4 of the HTML")
    expect(editor.locator("#source-4")).to_have_class("chosen")
    # Each of them was written there.
    expect(view(editor).locator("[data-block] i")).to_have_count(2)


def test_all_readers_are_side_by_side(editor: Page) -> None:
    with editor.expect_popup() as opened:
        editor.get_by_role("link", name="As sent, side by side").click()
    sheet = opened.value
    figures = sheet.locator("#sheet figure:visible")
    expect(figures).to_have_count(10)

    def block(name: str) -> Locator:
        cell = sheet.locator(f"[data-view={name}]")
        cell.scroll_into_view_if_needed()
        expect(cell).to_have_attribute("data-state", "ready")
        return cell.frame_locator("iframe").locator("[data-block]")

    expect(block("for_kit").locator("sandbox-empty")).to_have_count(1)
    expect(block("for_full")).to_contain_text("Hello Ada")
    expect(block("for_none").locator(".shown")).to_have_text("")
    expect(block("for_rtl_phone")).to_contain_text("מכתבים")
    width = sheet.locator("[data-view=for_rtl_phone] iframe").evaluate("f => f.clientWidth")
    assert width == 375
    sheet.get_by_role("checkbox", name="Mark what is empty").press("Space")
    expect(block("for_kit").locator("sandbox-empty")).to_have_count(0)
    assert violations(sheet) == []
    sheet.set_viewport_size({"width": 390, "height": 844})
    # The page's script resizes the views after the event of the new size.
    sheet.wait_for_function(f"() => !({TOO_WIDE})")
    # A view's name leads back to the editor, with its reader.
    sheet.locator("[data-view=for_full] figcaption a").click()
    expect(sheet.get_by_label("Preview for")).to_have_value("full")
