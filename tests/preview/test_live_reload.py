"""Live reload of this server's own blocks, by really editing a copy of the project."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from support.browser.creator import Creator
from support.browser.editing_files import save
from support.browser.live_reload import Listener, listening
from support.kit.faulty_kit import FaultyKit

TEMPLATE = "templates/blocks/creator_profile.html"
MODULE = "plugin_server/blocks/creator_profile.py"
OTHER = "plugin_server/blocks/subscriber_count.py"
OF_SERVER = "plugin_server/web/pages.py"
SETTINGS = "settings_json/creator_profile.json"
PAINT = ("heading(styles, name", "heading(styles, 'fresh paint'")


@pytest.fixture
def news(checkout: Any) -> Iterator[Listener]:
    with listening(checkout.preview.sandbox) as listener:
        yield listener


@pytest.fixture(scope="module")
def token(shared_checkout: Any, make_creator: Callable[[Any], Creator]) -> str:
    return str(make_creator(shared_checkout.preview).tokens()["access_token"])


@pytest.fixture
def ask(checkout: Any, token: str) -> Callable[[], httpx2.Response]:
    """A function that asks for the block's HTML as Kit does."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{checkout.preview.server}/blocks/creator_profile/html"
    return lambda: httpx2.post(url, json={"settings": {}}, headers=headers, timeout=30)


@pytest.fixture
def edited(checkout: Any, news: Listener) -> Iterator[Callable[[str, str, str], None]]:
    """A function that edits a file; in the end everything is as it was, and the server runs with it."""
    before: dict[str, str] = {}

    def edit(name: str, old: str, new: str) -> None:
        before.setdefault(name, (checkout.folder / name).read_text())
        checkout.replace(name, old, new)

    yield edit
    # What the test left unheard is none of this.
    with listening(checkout.preview.sandbox) as fresh:
        for name, text in before.items():
            save(checkout.folder / name, text)
        unheard = set(before)
        while unheard:
            unheard -= set(fresh.wait_for("changed")["files"])


def test_a_template_is_shown_as_it_is_now(edited: Any, news: Listener, ask: Any) -> None:
    assert "fresh paint" not in ask().text
    edited(TEMPLATE, *PAINT)
    assert news.wait_for("changed")["files"] == [TEMPLATE]
    assert "fresh paint" in ask().json()["html"]


def test_an_error_in_a_template_is_shown_until_it_is_fixed(
    edited: Any, news: Listener, ask: Any
) -> None:
    edited(TEMPLATE, "{% import", "{% if %}\n{% import")
    shown = news.wait_for("broken")
    assert (shown["file"], shown["line"]) == (TEMPLATE, 1)
    assert "an expression is missing before %}" in shown["text"]
    assert f"{TEMPLATE}, line 1: an expression is missing before %}}" in ask().json()["errors"][0]
    edited(TEMPLATE, "{% if %}\n", "")
    assert [news.next_news(), news.next_news()] == ["fixed", "changed"]
    assert ask().json().get("html"), ask().text


def test_what_fails_while_a_template_renders_is_shown_with_its_place(
    edited: Any, news: Listener, ask: Any
) -> None:
    edited(TEMPLATE, "{% import", "\n{{ nobody.knows }}\n{% import")
    news.wait_for("changed")
    response = ask()
    assert response.status_code == 500
    [error] = response.json()["errors"]
    assert error.startswith(
        f"{TEMPLATE}, line 2: uses “nobody”, which is not in the context. It has "
    )


def test_everything_that_is_wrong_with_a_block_is_shown_to_its_author(
    edited: Any, news: Listener, ask: Any
) -> None:
    edited(TEMPLATE, "{% import", "<p>a</p>\n<h1>b</h1>\n{% import")
    news.wait_for("changed")
    shown = ask().json()["errors"]
    assert shown == [
        f"{TEMPLATE}, line 2: a block is one element, and <h1> is a second one beside it. Write one element "
        "around everything, such as the macro email.section().",
        f"{TEMPLATE}, line 2: <h1> is not an element that blocks may have. Write <h2>: <h1> is the email's "
        "own. See “plugin-server lint --allowed”.",
    ]


def test_a_block_runs_as_it_is_now(edited: Any, news: Listener, checkout: Any) -> None:
    edited(MODULE, '"Introduce', '"Quite new: introduce')
    assert news.wait_for("changed")["files"] == [MODULE]
    assert "Quite new" in httpx2.get(f"{checkout.preview.sandbox}/dashboard").text


def test_a_request_that_has_started_is_handled_by_the_code_before(
    edited: Any, news: Listener, checkout: Any, ask: Any
) -> None:
    kit = FaultyKit(checkout.preview.sandbox)
    edited(MODULE, '"Introduce', '"Quite new: introduce')
    news.wait_for("changed")
    # The new worker knows nothing yet, so it asks Kit.
    with kit.misbehaving({"fault": "latency", "seconds": 2}), ThreadPoolExecutor() as pool:
        response = pool.submit(ask)
        edited(MODULE, '"Quite new: introduce', '"Introduce')
        news.wait_for("changed")
        assert response.result(30).json()["html"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("from plugin", "def x(:\nfrom plugin", "invalid syntax"),
        ("\n\n\nclass", "\n\nnobody\n\n\nclass", "NameError: name 'nobody' is not defined"),
    ],
)
def test_a_block_that_cannot_be_loaded_fails_alone_until_it_is_fixed(
    edited: Any, news: Listener, ask: Any, checkout: Any, old: str, new: str, text: str
) -> None:
    edited(MODULE, old, new)
    assert news.next_news() == "changed"
    shown = news.wait_for("broken")
    assert shown["file"] == MODULE
    left_out = f"creator_profile of plugin-server {version('plugin-server')}"
    assert shown["text"] == f"{text}\n(Left out: {left_out}; the others work.)"
    assert ask().json()["errors"] == [f"{MODULE}, line {shown['line']}: {text}"]
    # It keeps its place in the menu, and the other blocks are shown as they are now.
    assert "Creator profile" in httpx2.get(f"{checkout.preview.sandbox}/dashboard").text
    edited(OTHER, '"Say how', '"Quite new: say how')
    assert [news.next_news(), news.next_news()] == ["changed", "broken"]
    assert "Quite new" in httpx2.get(f"{checkout.preview.sandbox}/dashboard").text
    edited(MODULE, new, old)
    assert [news.next_news(), news.next_news()] == ["fixed", "changed"]
    assert ask().json().get("html"), ask().text


def test_the_last_valid_code_responds_while_the_servers_own_is_broken(
    edited: Any, news: Listener, ask: Any
) -> None:
    edited(OF_SERVER, '"""', 'def x(:\n"""')
    assert news.wait_for("broken")["file"] == OF_SERVER
    assert ask().json().get("html"), ask().text
    edited(OF_SERVER, "def x(:\n", "")
    assert [news.next_news(), news.next_news()] == ["fixed", "changed"]


def test_a_settings_json_is_pasted_in_the_dashboard_again(
    edited: Any, news: Listener, checkout: Any
) -> None:
    edited(SETTINGS, '"label": "', '"label": "Quite new ')
    assert news.wait_for("changed")["files"] == [SETTINGS]
    page = httpx2.get(f"{checkout.preview.sandbox}/editor")
    assert "Quite new" in page.text


def test_an_error_in_a_settings_json_is_shown_with_its_line(edited: Any, news: Listener) -> None:
    edited(SETTINGS, '"label"', '"labell"')
    shown = news.wait_for("broken")
    assert shown["file"] == SETTINGS
    assert shown["line"] > 1
    assert shown["text"].startswith('[0]: "label" is missing')


def test_the_open_editor_shows_the_new_picture_and_the_error(
    chromium: Browser, checkout: Any, edited: Any
) -> None:
    page = chromium.new_page()
    page.goto(f"{checkout.preview.sandbox}/apps/1")
    page.get_by_test_id("install").click()
    page.get_by_test_id("kit-approve").click()
    page.get_by_test_id("allow").click()
    page.goto(f"{checkout.preview.sandbox}/editor")
    page.get_by_test_id("insert-creator profile").click()
    block = page.frame_locator("iframe[data-view=desktop]").locator("[data-block]")
    expect(block).to_contain_text("Maren")
    edited(TEMPLATE, *PAINT)
    expect(block).to_contain_text("fresh paint")
    edited(TEMPLATE, "{% import", "{% if %}{% import")
    overlay = page.locator("#broken")
    expect(overlay).to_contain_text(f"{TEMPLATE}, line 1")
    edited(TEMPLATE, "{% if %}", "")
    expect(overlay).to_be_hidden()
    edited(SETTINGS, '"label": "Photo"', '"label": "Portrait"')
    expect(page.get_by_role("heading", name="Portrait")).to_be_visible()
    expect(block).to_contain_text("fresh paint")
    page.close()


def test_the_watch_goes_on_after_folders_were_replaced(
    news: Listener, checkout: Any, ask: Any
) -> None:
    folder = checkout.folder / "templates"
    shutil.move(folder, checkout.folder / "aside")
    shutil.copytree(checkout.folder / "aside", folder)
    assert news.wait_for("changed")
    checkout.replace(TEMPLATE, *PAINT)
    while "fresh paint" not in ask().text:
        news.wait_for("changed")
    checkout.replace(TEMPLATE, *reversed(PAINT))
    news.wait_for("changed")
