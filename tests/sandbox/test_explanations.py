"""Messages for a plugin in any language: the URL, what was sent, what came, and what Kit asks for."""

import socket
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser
from support.browser.accessibility import violations_in_both_themes
from support.browser.editor_page import respond_with_letters, wait

DOCUMENTS = "https://developers.kit.com/plugins/content-blocks"
OAUTH = "https://developers.kit.com/plugins/oauth-authorization"


def explained(html: str) -> dict[str, str]:
    """Return the parts of an explanation in a page, by their names; none without an explanation."""
    found = LexborHTMLParser(html).css_first("[data-testid=explanation]")
    if found is None:
        return {}
    names = [each.text(strip=True) for each in found.css("dt")]
    return dict(zip(names, [each.text(strip=True) for each in found.css("dd")], strict=True))


def render(browser: httpx2.Client, block: str) -> dict[str, str]:
    response = browser.post(f"{block}/html", json={"settings": {"title": "Fog"}, "styles": {}})
    return explained(response.json()["panels"]["why"])


def move(browser: httpx2.Client, pasted: dict[str, Any], url: str) -> None:
    """Give the plugin another HTML URL in the dashboard."""
    pasted["plugins"][0]["html_url"] = url
    assert browser.put("/dashboard/app.json", json=pasted).status_code == 200


def install(browser: httpx2.Client, **returned: str) -> httpx2.Response:
    """Install the app, and come back from it with these parameters."""
    state = browser.get("/apps/1/install").next_request.url.params["state"]
    given = {name: value.replace("STATE", state) for name, value in returned.items()}
    return browser.get("/apps/install", params=given)


def test_nothing_is_explained_of_a_block_or_of_the_plugins_own_message(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    assert render(installed, block) == {}
    foreign.responses["/html"] = lambda _: (404, {"code": 404, "errors": ["No such post"]})
    assert render(installed, block) == {}


def test_a_token_is_not_shown_however_the_plugin_escapes_it(
    browser: httpx2.Client, pasted: dict[str, Any], foreign: Any
) -> None:
    escaped = b'{"access_token": "hidden\\/\\u00e9", "refresh_token": "also", "expires_in": "1 h"}'
    foreign.responses["/token"] = lambda _: (200, escaped)
    came = explained(install(browser, code="c0de", state="STATE").text)["Came"]
    assert "1 h" in came
    assert "hidden" not in came


def test_an_html_page_for_an_error(installed: httpx2.Client, foreign: Any, block: str) -> None:
    foreign.headers["Content-Type"] = "text/html"
    foreign.responses["/html"] = lambda _: (500, b"<h1>Oops</h1>\n<p>at app.js:7")
    found = render(installed, block)
    sent = '{"settings": {"title": "Fog"}, "styles": {}}'
    assert found["Sent"] == f"POST {foreign.url}/html with {sent}"
    assert found["Came"] == "status 500, text/html, “<h1>Oops</h1> <p>at app.js:7”"
    assert '{"code": 200, "html": "<div>…</div>"}' in found["Kit asks for"]
    assert "its log says what failed" in found["What to do"]
    assert "Respond with JSON" in found["What to do"]


def test_a_wrong_path(
    installed: httpx2.Client, foreign: Any, block: str, pasted: dict[str, Any]
) -> None:
    move(installed, pasted, f"{foreign.url}/htm")
    foreign.responses["/htm"] = lambda _: (404, b"Cannot POST /htm")
    found = render(installed, block)
    assert f"POST {foreign.url}/htm with" in found["Sent"]
    assert "status 404" in found["Came"]
    assert "nothing in it responds to POST /htm" in found["What to do"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://YOUR_URL", "YOUR_URL stands for your own server in Kit’s documents"),
        ("https://your-domain.com/html", "your-domain stands for your own server"),
        ("https://nowhere.invalid/html", "The host nowhere.invalid cannot be reached"),
        ("http://127.0.0.1:PORT/html", "Nothing listens on port PORT of this machine"),
    ],
)
def test_a_host_that_cannot_be_reached(
    installed: httpx2.Client, block: str, pasted: dict[str, Any], url: str, words: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    move(installed, pasted, url.replace("PORT", port))
    found = render(installed, block)
    assert found["Sent"].startswith(f"POST {url.replace('PORT', port)} with")
    assert found["Came"].startswith("no response: ")
    assert words.replace("PORT", port) in found["What to do"]


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (lambda _: (302, {}), "Kit posts to exactly the URL in the dashboard"),
        (lambda _: (401, {"error": "expired"}), "refused the access token"),
        ({"code": 200}, ""),
        (b"", "Respond with JSON"),
    ],
)
def test_each_other_way_to_fail_says_what_came(
    installed: httpx2.Client, foreign: Any, block: str, response: Any, words: str
) -> None:
    foreign.responses["/html"] = response
    found = render(installed, block)
    assert found["Came"].startswith("status ")
    assert words in found.get("What to do", "")


def test_a_simulated_failure_is_not_blamed_on_the_server(
    installed: httpx2.Client, block: str
) -> None:
    body = {"settings": {}, "styles": {}, "simulate": "down"}
    panels = installed.post(f"{block}/html", json=body).json()["panels"]
    assert "The editor simulates" in explained(panels["why"])["What to do"]


def test_a_page_of_a_block_alone_explains_itself(
    installed: httpx2.Client, foreign: Any, pasted: dict[str, Any]
) -> None:
    foreign.responses["/html"] = lambda _: (500, b"Oops")
    response = installed.get("/preview/post")
    assert response.status_code == 502
    assert f"Sent: POST {foreign.url}/html with" in response.text


def test_a_search_explains_itself_in_one_paragraph(
    installed: httpx2.Client, foreign: Any, block: str
) -> None:
    foreign.responses["/search"] = lambda _: (500, b"Oops")
    body = {"settings": {}, "search": "fog"}
    message, explanation = installed.post(f"{block}/search/post", json=body).json()["errors"]
    assert message == "The app responded with status 500."
    assert (
        f'Sent: POST {foreign.url}/search with {{"search": "fog"}}. Came: status 500' in explanation
    )
    assert 'Kit asks for status 200 and JSON: {"data"' in explanation
    assert DOCUMENTS in explanation


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("expires_in", "3600", "expires_in is the text “3600”, and Kit needs a whole number."),
        ("created_at", None, "created_at is null, and Kit needs a whole number."),
        ("created_at", 1.5, "created_at is 1.5, and Kit needs a whole number."),
        ("access_token", 12345, "access_token is a number, and Kit needs a text."),
        ("refresh_token", ..., "refresh_token is missing."),
    ],
)
def test_a_token_response_of_other_types(
    browser: httpx2.Client,
    pasted: dict[str, Any],
    foreign: Any,
    member: str,
    value: Any,
    words: str,
) -> None:
    tokens = {"access_token": "t0ken", "refresh_token": "r0ken", "expires_in": 60, "created_at": 1}
    tokens[member] = value
    foreign.responses["/token"] = {n: v for n, v in tokens.items() if v is not ...}
    response = install(browser, code="c0de", state="STATE")
    assert response.status_code == 502
    found = explained(response.text)
    assert f"POST {foreign.url}/token" in found["Sent"]
    assert "status 200" in found["Came"]
    assert "whole numbers of seconds" in found["Kit asks for"]
    assert words in found["What to do"]
    assert f'href="{OAUTH}"' in response.text
    for secret in ("t0ken", "r0ken", "c0de", "plugin-secret"):
        assert secret not in " ".join(found.values())


def test_no_state(browser: httpx2.Client, pasted: dict[str, Any]) -> None:
    response = install(browser, code="c0de")
    assert response.status_code == 400
    assert "The app did not return the state." in response.text
    found = explained(response.text)
    assert f"GET {pasted['app']['authorize_url']}?client_id=plugin-client" in found["Sent"]
    assert "/apps/install?code=•••" in found["Came"]
    assert "the same state" in found["Kit asks for"]
    assert "Copy the parameter state" in found["What to do"]


def test_an_app_that_refuses(browser: httpx2.Client, pasted: dict[str, Any]) -> None:
    response = install(browser, error="server_error", state="STATE")
    assert response.status_code == 400
    found = explained(response.text)
    assert f"GET {pasted['app']['authorize_url']}?client_id=plugin-client" in found["Sent"]
    assert "/apps/install?error=server_error&state=" in found["Came"]


@pytest.mark.parametrize("url", ["https://YOUR_URL/authorize", "http://127.0.0.1:1/authorize"])
def test_an_authorization_page_that_cannot_be_there(
    browser: httpx2.Client, pasted: dict[str, Any], url: str
) -> None:
    pasted["app"]["authorize_url"] = url
    assert browser.put("/dashboard/app.json", json=pasted).status_code == 200
    response = browser.get("/apps/1/install")
    assert response.status_code == 400
    found = explained(response.text)
    assert found["Sent"].startswith(f"GET {url}?client_id=plugin-client")
    assert found["What to do"]


def test_it_stands_below_the_message_in_the_editor(editor: Page, foreign: Any) -> None:
    respond_with_letters(foreign)
    foreign.responses["/html"] = lambda _: (500, b"<h1>Oops</h1>")
    insert_letter_that_fails(editor)
    explanation = editor.get_by_test_id("explanation")
    expect(explanation).to_contain_text(f"POST {foreign.url}/html")
    assert violations_in_both_themes(editor) == {}
    editor.reload()
    expect(explanation).to_contain_text(f"POST {foreign.url}/html")
    respond_with_letters(foreign)
    editor.get_by_test_id("refresh").click()
    expect(explanation).to_be_hidden()


def insert_letter_that_fails(page: Page) -> None:
    page.get_by_test_id("insert-post").click()
    page.get_by_role("combobox", name="Post").click()
    page.get_by_role("option", name="Letter 1").click()
    wait(page, "error", 1)
