"""The pages with one block alone."""

import json
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page
from support.blocks.email_styles import read_styles

from plugin_server.sandbox.editor.block_pages import STYLES


def show(browser: httpx2.Client, path: str = "", **query: str) -> httpx2.Response:
    return browser.get(f"/preview/1{path}", params=query)


def test_shows_the_block_in_an_email(installed: httpx2.Client, foreign: Any) -> None:
    response = show(installed, settings='{"post": "p1"}')
    assert response.status_code == 200
    assert "<div data-block><p>Hello</p></div>" in response.text
    assert "What the tide left on the quay" in response.text
    (request,) = foreign.to("/html")
    assert request["body"] == {"settings": {"post": "p1"}, "styles": STYLES["letter"]}
    assert request["headers"]["Authorization"] == "Bearer a1"


def test_shows_exactly_the_apps_html(installed: httpx2.Client, foreign: Any) -> None:
    html = "<p>Grüße\r\n&amp; 港</p>\n"
    foreign.responses["/html"] = {"code": 200, "html": html}
    response = show(installed, "/raw", settings="{}")
    assert response.content == html.encode()
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["", "/raw"])
def test_nothing_can_run_in_it(installed: httpx2.Client, path: str) -> None:
    policy = show(installed, path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "sandbox allow-popups " in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_takes_the_plugins_name_an_example_or_its_defaults(
    installed: httpx2.Client, foreign: Any
) -> None:
    assert installed.get("/preview/post").status_code == 200
    assert foreign.to("/html")[-1]["body"]["settings"] == {}
    assert show(installed, example="stress_right_to_left").status_code == 200
    assert "מכתבים" in foreign.to("/html")[-1]["body"]["settings"]["title"]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"settings": "["}, 400, "settings must be a JSON object."),
        ({"settings": "[]"}, 400, "settings must be a JSON object."),
        ({"host": "nothing"}, 400, "host must be one of"),
        ({"example": "nothing"}, 404, "no example nothing"),
    ],
)
def test_a_query_without_sense_is_an_error(
    installed: httpx2.Client, query: dict[str, str], status: int, message: str
) -> None:
    response = show(installed, **query)
    assert response.status_code == status
    assert message in response.text


@pytest.mark.parametrize(
    ("app_response", "status", "message"),
    [
        ({"code": 404, "errors": ["Plan not found."]}, 422, "Plan not found."),
        ({"code": 200, "html": "<iframe>"}, 422, "Kit refuses this block"),
        (lambda _: (500, b"oops"), 502, "status 500"),
        (b"oops", 502, "not a JSON object"),
    ],
)
@pytest.mark.parametrize("path", ["", "/raw"])
def test_an_app_without_a_block_is_an_error(
    installed: httpx2.Client, foreign: Any, path: str, app_response: Any, status: int, message: str
) -> None:
    foreign.responses["/html"] = app_response
    response = show(installed, path)
    assert response.status_code == status
    assert message in response.text
    assert "<iframe>" not in response.text


def test_an_unknown_plugin_is_not_found(installed: httpx2.Client) -> None:
    assert installed.get("/preview/Nothing").status_code == 404


def test_another_site_cannot_trigger_requests_to_the_app(
    installed: httpx2.Client, foreign: Any
) -> None:
    hidden = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert installed.get("/preview/1", headers=hidden).status_code == 403
    assert foreign.to("/html") == []
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert installed.get("/preview/1", headers=link).status_code == 200


def test_the_styles_are_those_that_a_browser_computes(chromium: Browser, sandbox_url: str) -> None:
    page = chromium.new_page()
    assert read_styles(page, sandbox_url) == STYLES
    page.close()


def test_the_editor_links_to_it(editor: Page, foreign: Any) -> None:
    foreign.responses["/search"] = {"data": [{"label": "One", "value": "p1"}]}
    editor.get_by_test_id("insert-post").click()
    editor.locator('[data-setting="post"] input[role=combobox]').click()
    editor.get_by_role("option", name="One", exact=True).click()
    editor.get_by_role("tab", name="Source").click()
    with editor.context.expect_page() as opened:
        editor.get_by_role("link", name="Open alone").click()
    alone = opened.value
    assert alone.locator("[data-block]").inner_html() == "<p>Hello</p>"
    first, second = foreign.to("/html")
    assert json.loads(json.dumps(first["body"])) == second["body"]
