import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

ALL_TYPES = (Path(__file__).parents[1] / "settings" / "all_types.json").read_text()
PLUGIN = {
    "name": "Countdown",
    "description": "Days until something",
    "sort_order": "2",
    "logo_url": "",
    "html_url": "https://plugins.example.com/html",
    "settings_json": "[]",
    "active": "on",
    "authorization": "none",
}


def test_refuses_an_app_and_loses_nothing(browser: httpx2.Client) -> None:
    fields = {"name": "", "description": 'A "quoted" <text>', "token_url": "ftp://x"}
    answer = browser.post("/dashboard", data=fields)
    page = LexborHTMLParser(answer.text)
    assert answer.status_code == 422
    assert "Name is required." in page.css_first('[role="alert"]').text()
    assert page.css_first("#description").attributes["value"] == fields["description"]
    assert page.css_first("#token_url").attributes["value"] == "ftp://x"


def test_saves_an_app(browser: httpx2.Client) -> None:
    assert browser.post("/dashboard", data={"name": "Blocks"}).status_code == 303
    page = LexborHTMLParser(browser.get("/dashboard").text)
    assert page.css_first("#name").attributes["value"] == "Blocks"
    assert "saved" in page.css_first('[role="status"]').text()


def test_refuses_a_plugin_and_loses_nothing(browser: httpx2.Client) -> None:
    text = '[\n  {"type": "magic", "name": "x", "label": "</textarea>"}\n]'
    answer = browser.post("/dashboard/plugins/new", data={**PLUGIN, "settings_json": text})
    page = LexborHTMLParser(answer.text)
    assert answer.status_code == 422
    alert = page.css_first('[role="alert"]').text()
    # Kit's bare answer first, then what it does not tell.
    assert alert.index("422 Unprocessable Content") < alert.index("'magic' is not one of")
    assert page.css_first("#settings_json").text().strip() == text
    assert page.css_first("#name").attributes["value"] == "Countdown"
    assert "checked" in page.css_first("#active").attributes


def test_shows_every_type_in_the_form_as_it_was_pasted(browser: httpx2.Client) -> None:
    made = browser.post("/dashboard/plugins/new", data={**PLUGIN, "settings_json": ALL_TYPES})
    page = LexborHTMLParser(browser.get(made.headers["Location"]).text)
    assert page.css_first("#settings_json").text().strip() == ALL_TYPES.strip()


def test_saves_changes_and_deletes_a_plugin(browser: httpx2.Client) -> None:
    made = browser.post("/dashboard/plugins/new", data=PLUGIN)
    assert made.status_code == 303
    address = made.headers["Location"]
    assert browser.post(address, data={**PLUGIN, "sort_order": "7"}).status_code == 303
    page = LexborHTMLParser(browser.get(address).text)
    assert page.css_first("#sort_order").attributes["value"] == "7"
    assert browser.post(f"{address}/delete").status_code == 303
    assert browser.get(address).status_code == 404


def test_refuses_a_second_plugin_of_the_same_name(browser: httpx2.Client) -> None:
    browser.post("/dashboard/plugins/new", data=PLUGIN)
    answer = browser.post("/dashboard/plugins/new", data=PLUGIN)
    assert answer.status_code == 422
    assert "Another plugin is called" in answer.text


def test_pasting_twice_changes_nothing(browser: httpx2.Client, record: dict[str, Any]) -> None:
    first = browser.put("/dashboard/app.json", json=record)
    assert first.json() == {"plugins": [{"id": 1, "name": "Post"}]}
    assert browser.put("/dashboard/app.json", json=record).json() == first.json()


def test_pasting_keeps_installations_and_drafts(
    installed: httpx2.Client, pasted: dict[str, Any]
) -> None:
    draft = installed.post("/drafts", json={}).json()["id"]
    pasted["plugins"].insert(0, {**PLUGIN, "active": True})
    assert installed.put("/dashboard/app.json", json=pasted).status_code == 200
    assert 'data-testid="uninstall"' in installed.get("/apps/1").text
    assert installed.get(f"/editor/{draft}").status_code == 200


def test_pasting_leaves_plugins_alone_that_a_developer_has_added(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    browser.post("/dashboard/plugins/new", data=PLUGIN)
    answer = browser.put("/dashboard/app.json", json=pasted)
    names = [plugin["name"] for plugin in answer.json()["plugins"]]
    assert sorted(names) == sorted(["Post", PLUGIN["name"]])


def test_pasting_refuses_everything_at_once_and_saves_nothing(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    broken = json.loads(json.dumps(pasted))
    broken["app"]["name"] = ""
    broken["plugins"][0]["settings_json"] = '[{"type": "text"}]'
    broken["plugins"].append(broken["plugins"][0])
    answer = browser.put("/dashboard/app.json", json=broken)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        "Name is required.",
        "Plugin Post: Settings JSON: setting 1: name, label are missing.",
        "Plugin Post: Settings JSON: setting 1: name, label are missing.",
        "Two plugins have the same name.",
    ]
    assert "Harbour blocks" in browser.get("/apps/1").text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"app": 1}',
        b'{"app": {}, "plugins": 1}',
        b'{"app": {}, "plugins": ["x"]}',
    ],
)
def test_pasting_refuses_what_has_another_shape(browser: httpx2.Client, body: bytes) -> None:
    answer = browser.put("/dashboard/app.json", content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("value", [[], {}, 1, None, ["on"]])
@pytest.mark.parametrize("field", [*PLUGIN])
def test_pasting_survives_members_of_another_type(
    browser: httpx2.Client, field: str, value: Any
) -> None:
    body = {"app": {"name": "App"}, "plugins": [{**PLUGIN, field: value}]}
    assert browser.put("/dashboard/app.json", json=body).status_code in {200, 422}


@pytest.mark.parametrize(("options", "status"), [(250, 303), (4000, 422)])
def test_a_long_settings_json_is_taken_whole_or_refused(
    browser: httpx2.Client, options: int, status: int
) -> None:
    many = [{"label": f"Country {n}", "value": f"{n:040}"} for n in range(options)]
    setting = {"type": "select", "name": "country", "label": "Country", "options": many}
    fields = {**PLUGIN, "settings_json": json.dumps([setting], indent=2)}
    answer = browser.post("/dashboard/plugins/new", data=fields)
    assert answer.status_code == status
    assert ("too long" in answer.text) == (status == 422)
