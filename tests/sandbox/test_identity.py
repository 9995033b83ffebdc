"""A plugin stays itself, with its blocks in drafts, whatever it is called and wherever it was meanwhile."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from selectolax.lexbor import LexborHTMLParser

Paste = Callable[..., httpx2.Response]


@pytest.fixture
def paste(installed: httpx2.Client, record: dict[str, Any]) -> Paste:
    """A function that pastes plugins of one's own fields as all there are, with keys."""

    def send(*plugins: dict[str, Any], **members: Any) -> httpx2.Response:
        first = {"name": "Quote", "key": "quote"}
        rows = [{**record["plugins"][0], **first, **plugin} for plugin in plugins]
        body = {"app": record["app"], "plugins": rows, "keep": "by_hand", **members}
        return installed.put("/dashboard/app.json", json=body)

    return send


@pytest.fixture
def draft(installed: httpx2.Client, paste: Paste, foreign: Any) -> str:
    """The URL of a draft with one block of the plugin "quote"."""
    [plugin] = paste({}).json()["plugins"]
    draft = installed.post("/drafts", json={}).json()["id"]
    installed.post(f"/editor/{draft}/blocks", json={"plugin_id": plugin["id"]})
    return f"/editor/{draft}"


def data(browser: httpx2.Client, path: str) -> dict[str, Any]:
    page = LexborHTMLParser(browser.get(path).text)
    return dict(json.loads(page.css_first("#editor-data").text()))


def plugin_of_block(browser: httpx2.Client, draft: str) -> str | None:
    """Return what the plugin of the draft's block is called now; ``None`` if it is not there."""
    found = data(browser, draft)
    plugin = found["blocks"][0]["plugin_id"]
    is_there = plugin in [each["id"] for each in found["plugins"]]
    return found["names"][str(plugin)] if is_there else None


def test_a_block_stays_when_its_plugin_gets_another_name(
    installed: httpx2.Client, paste: Paste, draft: str
) -> None:
    paste({"name": "Saying"})
    assert plugin_of_block(installed, draft) == "Saying"


def test_plugins_may_exchange_their_names(
    installed: httpx2.Client, paste: Paste, draft: str
) -> None:
    other = {"key": "motto", "name": "Motto"}
    paste({}, other)
    assert paste({"name": "Motto"}, {**other, "name": "Quote"}).status_code == 200
    assert plugin_of_block(installed, draft) == "Motto"


def test_a_plugin_that_is_absent_for_a_while_comes_back_to_its_blocks(
    installed: httpx2.Client, paste: Paste, draft: str
) -> None:
    paste({"key": "motto", "name": "Motto"})
    assert [each["handle"] for each in data(installed, draft)["plugins"]] == ["motto"]
    assert plugin_of_block(installed, draft) is None
    page = installed.get(draft).text
    assert "is not available at present" in page
    assert "set aside" in installed.get("/dashboard").text
    paste({"name": "Saying"})
    assert plugin_of_block(installed, draft) == "Saying"


def test_one_that_takes_the_name_of_an_absent_one_is_another(
    installed: httpx2.Client, paste: Paste, draft: str
) -> None:
    assert paste({"key": "motto", "name": "Quote"}).status_code == 200
    assert plugin_of_block(installed, draft) is None


def test_a_plugin_that_is_left_out_stays_as_it_was(
    installed: httpx2.Client, paste: Paste, draft: str
) -> None:
    paste({"key": "motto", "name": "Motto"}, left_out=["quote"])
    assert plugin_of_block(installed, draft) == "Quote"


def test_what_was_entered_by_hand_stays_unless_nothing_is_kept(
    installed: httpx2.Client, paste: Paste, record: dict[str, Any]
) -> None:
    by_hand = {**record["plugins"][0], "name": "By hand", "settings_json": "[]", "active": "on"}
    del by_hand["html_url"]
    by_hand["html_url"] = "http://127.0.0.1:9/hand"
    assert installed.post("/dashboard/plugins/new", data=by_hand).status_code == 303
    for keep, expected in (("by_hand", ["By hand", "Quote"]), ("none", ["Quote"])):
        found = paste({}, keep=keep).json()["plugins"]
        assert sorted(each["name"] for each in found) == expected
    assert paste({}, keep="some").status_code == 422


def test_saving_the_form_keeps_the_key(
    installed: httpx2.Client, paste: Paste, draft: str, record: dict[str, Any]
) -> None:
    [plugin] = paste({}).json()["plugins"]
    form = {**record["plugins"][0], "name": "Changed", "settings_json": "[]", "active": "on"}
    response = installed.post(f"/dashboard/plugins/{plugin['id']}", data=form)
    assert response.status_code == 303
    paste({"name": "Saying"})
    assert plugin_of_block(installed, draft) == "Saying"


def test_without_a_key_the_name_counts_and_then_the_url(
    installed: httpx2.Client, paste: Paste, record: dict[str, Any], draft: str
) -> None:
    # "Post" was pasted without a key before.
    paste({"key": ""}, keep="all")
    assert plugin_of_block(installed, draft) == "Quote"
    record["plugins"][0]["name"] = "Letter"
    record["plugins"][0]["html_url"] += "/letter"
    found = installed.put("/dashboard/app.json", json=record).json()["plugins"]
    assert sorted(each["name"] for each in found) == ["Letter", "Quote"]
    record["plugins"][0]["name"] = "Dispatch"
    found = installed.put("/dashboard/app.json", json=record).json()["plugins"]
    assert sorted(each["name"] for each in found) == ["Dispatch", "Quote"]


def test_a_key_is_one_word_and_belongs_to_one_plugin(paste: Paste) -> None:
    assert "Key may have letters" in paste({"key": "../post"}).text
    assert "Another plugin has the key" in paste({}, {"name": "Motto"}).text
    assert paste({}, {"key": "motto"}).status_code == 200, "two packages may have one name"


def test_links_name_a_plugin_by_its_key(installed: httpx2.Client, paste: Paste) -> None:
    paste({"name": "Saying"})
    for name in ("quote", "Saying"):
        found = data(installed, f"/editor?plugin={name}")
        assert found["insert"], name
    assert installed.get("/preview/quote").status_code == 200
    assert installed.get("/preview/saying").status_code == 200


def test_an_open_editor_shows_another_menu_and_keeps_its_blocks(
    editor: Page, installed: httpx2.Client, record: dict[str, Any], foreign: Any
) -> None:
    record["plugins"][0] |= {"key": "quote", "settings_json": "[]"}

    def change(name: str) -> None:
        record["plugins"][0]["name"] = name
        installed.put("/dashboard/app.json", json={**record, "keep": "none"})
        installed.post("/live", json={"files": ["quote.py"]})

    change("Quote")
    editor.get_by_test_id("insert-quote").click()
    expect(editor.get_by_role("heading", name="Quote", exact=True)).to_be_visible()
    change("Saying")
    expect(editor.get_by_test_id("insert-saying")).to_be_visible()
    expect(editor.get_by_role("heading", name="Saying", exact=True)).to_be_visible()
