"""Settings JSON beside the sidebar: checked while it is typed, in effect at once, saved, and undone."""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.browser.editor_page import insert_letter, respond_with_letters

from plugin_server.sandbox.records import Plugin
from plugin_server.sandbox.settings_edits import NotSaved, SettingsEdits

MOTTO = {"type": "text", "name": "motto", "label": "Motto"}
URL = "http://127.0.0.1:8000/blocks/quote/html"


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with a block, and its settings JSON open."""
    respond_with_letters(foreign)
    insert_letter(editor, 1)
    editor.get_by_role("tab", name="JSON").click()
    expect(text(editor)).to_have_value(re.compile("post"))
    return editor


def text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Settings JSON")


def edit(page: Page, change: Any) -> None:
    """Change the settings in the panel, as a list."""
    settings = json.loads(text(page).input_value())
    change(settings)
    text(page).fill(json.dumps(settings, indent=2))


def panel(page: Page) -> Locator:
    return page.get_by_role("tabpanel", name="JSON")


def test_the_sidebar_follows_at_once_and_the_dashboard_when_it_is_saved(
    page: Page, foreign: Any, installed: httpx2.Client
) -> None:
    expect(panel(page)).to_contain_text("in the dashboard")
    save = panel(page).get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    edit(page, lambda settings: settings.append(MOTTO))
    motto = page.get_by_role("textbox", name="Motto")
    expect(motto).to_be_visible()
    expect(page.get_by_role("combobox", name="Post")).to_have_value("Letter 1")
    expect(panel(page).get_by_role("status")).to_have_text("Not saved.")
    motto.fill("Be early")
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")
    expect(page.locator("#saving")).to_have_text("Saved")
    assert foreign.to("/html")[-1]["body"]["settings"] == {"post": "p1", "motto": "Be early"}
    assert "motto" not in installed.get("/dashboard/plugins/1").text
    page.reload()
    expect(motto).to_have_value("Be early")
    save.click()
    expect(panel(page).get_by_role("status")).to_have_text("Saved.")
    assert "motto" in installed.get("/dashboard/plugins/1").text
    panel(page).get_by_role("button", name="Undo").click()
    expect(motto).to_have_count(0)
    expect(panel(page).get_by_role("status")).to_have_text("Restored.")
    assert "motto" not in installed.get("/dashboard/plugins/1").text
    expect(panel(page).get_by_role("button", name="Undo")).to_be_disabled()


def test_findings_are_shown_while_typing_with_their_line_and_a_caret(page: Page) -> None:
    edit(page, lambda settings: settings.append({**MOTTO, "type": "magic"}))
    finding = page.locator("#json-findings li").first
    expect(finding).to_contain_text("Error. ")
    expect(finding).to_contain_text("magic")
    expect(finding.locator("pre")).to_have_text(re.compile(r'"type": "magic".*\n +\^'))
    expect(panel(page).get_by_role("status")).to_have_text("Not in effect: it has errors.")
    expect(panel(page).get_by_role("button", name="Save")).to_be_disabled()
    # What was there before stays in effect.
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()
    finding.get_by_role("button", name="line").click()
    expect(text(page)).to_be_focused()
    chosen = text(page).evaluate("e => e.value.slice(e.selectionStart, e.selectionStart + 7)")
    assert chosen == '"magic"'
    text(page).fill("[")
    expect(page.locator("#json-findings li")).to_have_count(1)
    panel(page).get_by_role("button", name="Undo").click()
    expect(page.locator("#json-findings")).to_have_text("No problems found.")
    expect(text(page)).to_have_value(re.compile('"label": "Title"'))


def test_a_new_search_setting_finds_something_before_it_is_saved(page: Page, foreign: Any) -> None:
    more = {
        "type": "search",
        "name": "more",
        "label": "More",
        "request_url": f"{foreign.url}/related",
    }
    edit(page, lambda settings: settings.append(more))
    page.get_by_role("combobox", name="More").click()
    page.get_by_role("option", name="Letter 3").click()
    expect(page.locator("#saving")).to_have_text("Saved")
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")
    assert foreign.to("/html")[-1]["body"]["settings"] == {"post": "p1", "more": "p3"}


def test_each_block_has_the_json_of_its_own_plugin(
    page: Page, pasted: dict[str, Any], installed: httpx2.Client
) -> None:
    quote = {**pasted["plugins"][0], "name": "Quote", "sort_order": 1, "settings_json": [MOTTO]}
    quote["html_url"] += "?quote"
    pasted["plugins"].append(quote)
    assert installed.put("/dashboard/app.json", json=pasted).status_code == 200
    page.reload()
    page.get_by_test_id("insert-quote").click()
    expect(page.get_by_role("textbox", name="Motto")).to_be_visible()
    expect(text(page)).not_to_have_value(re.compile('"post"'))
    expect(text(page)).to_have_value(re.compile("motto"))
    page.get_by_role("button", name="Remove", exact=True).first.click()
    expect(text(page)).to_have_value(re.compile('"post"'))
    page.get_by_role("button", name="Remove", exact=True).first.click()
    expect(panel(page)).to_contain_text("Select a block")


def test_the_panel_is_accessible(page: Page) -> None:
    edit(page, lambda settings: settings.append({**MOTTO, "type": "magic"}))
    expect(page.locator("#json-findings li").first).to_contain_text("magic")
    assert violations_in_both_themes(page) == {}


def test_only_a_text_of_a_known_plugin_is_taken(installed: httpx2.Client) -> None:
    url = "/editor/plugins/1/settings-json"
    assert installed.put(url, json={"text": 7}).status_code == 400
    assert installed.put(url, json={"text": "x" * 200_001}).status_code == 400
    assert installed.get("/editor/plugins/9/settings-json").status_code == 404
    response = installed.post(f"{url}/save")
    assert (response.status_code, response.json()["errors"]) == (409, ["There is nothing to save."])
    assert installed.post(f"{url}/undo").status_code == 200


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "quote.json"
    search = {
        "type": "search",
        "name": "post",
        "label": "Post",
        "request_url": "/blocks/quote/search/post",
    }
    file.write_text(json.dumps([search, MOTTO], indent=2) + "\n")
    return file


@pytest.fixture
def edits(tmp_path: Path, file: Path) -> SettingsEdits:
    return SettingsEdits((tmp_path,), ())


def plugin(settings_json: str = "[]", key: str = "quote") -> Plugin:
    return Plugin(1, "Quote", "", 0, "", URL, settings_json, key=key)


def test_the_file_of_a_block_is_written_and_its_paths_become_urls(
    edits: SettingsEdits, file: Path
) -> None:
    before = file.read_text()
    assert edits.text(plugin()) == before
    after = before.replace("Motto", "Saying")
    report = edits.change(plugin(), after)
    assert report.errors == ()
    shown = json.loads(edits.apply(plugin()).settings_json)
    assert [each["label"] for each in shown] == ["Post", "Saying"]
    assert shown[0]["request_url"] == "http://127.0.0.1:8000/blocks/quote/search/post"
    assert file.read_text() == before
    saved = edits.save(plugin())
    assert file.read_text() == after
    assert json.loads(saved.settings_json) == shown
    assert not edits.is_edited(plugin())
    restored = edits.undo(plugin())
    assert file.read_text() == before
    assert json.loads(restored.settings_json)[1]["label"] == "Motto"
    assert not edits.can_undo(plugin())
    assert [each.name for each in file.parent.iterdir()] == ["quote.json"]


def test_undo_drops_first_what_is_not_saved(edits: SettingsEdits, file: Path) -> None:
    before = file.read_text()
    first, second = before.replace("Motto", "Saying"), before.replace("Motto", "Adage")
    edits.change(plugin(), first)
    edits.save(plugin())
    edits.change(plugin(), second)
    edits.undo(plugin())
    assert (edits.text(plugin()), file.read_text()) == (first, first)
    edits.undo(plugin())
    assert file.read_text() == before


def test_what_another_program_wrote_is_not_overwritten(edits: SettingsEdits, file: Path) -> None:
    before = file.read_text()
    edits.change(plugin(), before.replace("Motto", "Saying"))
    theirs = before.replace("Motto", "Theirs")
    file.write_text(theirs)
    with pytest.raises(NotSaved, match="changed by another program"):
        edits.save(plugin())
    assert file.read_text() == theirs
    edits.undo(plugin())
    assert edits.text(plugin()) == theirs
    assert edits.apply(plugin()).settings_json == "[]"


def test_errors_are_not_saved_and_the_last_good_text_stays_in_effect(
    edits: SettingsEdits, file: Path
) -> None:
    before = file.read_text()
    edits.change(plugin(), before.replace("Motto", "Saying"))
    assert edits.change(plugin(), before[:-5]).errors != ()
    assert "Saying" in edits.apply(plugin()).settings_json
    with pytest.raises(NotSaved, match="errors"):
        edits.save(plugin())
    assert file.read_text() == before


def test_line_ends_of_the_file_stay(edits: SettingsEdits, file: Path) -> None:
    windows = file.read_text().replace("\n", "\r\n")
    file.write_bytes(windows.encode())
    edits.change(plugin(), file.read_text().replace("Motto", "Saying"))
    edits.save(plugin())
    assert file.read_bytes() == windows.replace("Motto", "Saying").encode()


def test_the_file_that_a_command_named_belongs_to_its_plugin(tmp_path: Path, file: Path) -> None:
    edits = SettingsEdits((), (("my_quote", file),))
    assert edits.file_of(plugin(key="my_quote")) == file
    assert edits.file_of(plugin(key="quote")) is None
    assert edits.file_of(plugin(key="")) is None
    assert edits.text(plugin("[ ]", key="")) == "[ ]"


def test_a_file_that_cannot_be_written_is_reported(edits: SettingsEdits, file: Path) -> None:
    edits.change(plugin(), file.read_text().replace("Motto", "Saying"))
    # A folder is in the way.
    file.with_name(".quote.json~").mkdir()
    with pytest.raises(NotSaved, match="quote.json cannot be written"):
        edits.save(plugin())
