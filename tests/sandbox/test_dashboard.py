import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from plugin_server.resources.paths import STATIC
from plugin_server.web.kit_fields import API_ACCESS, APP_DETAILS, PLUGIN_OAUTH, KitField
from plugin_server.web.kit_fields import PLUGIN as PLUGIN_FORM

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
    response = browser.post("/dashboard", data=fields)
    page = LexborHTMLParser(response.text)
    assert response.status_code == 422
    assert "App name is required." in page.css_first('[role="alert"]').text()
    assert page.css_first("#description").text().strip() == fields["description"]
    assert page.css_first("#token_url").attributes["value"] == "ftp://x"


def test_saves_an_app(browser: httpx2.Client) -> None:
    assert browser.post("/dashboard", data={"name": "Blocks"}).status_code == 303
    page = LexborHTMLParser(browser.get("/dashboard").text)
    assert page.css_first("#name").attributes["value"] == "Blocks"
    assert "saved" in page.css_first('[role="status"]').text()


def test_refuses_a_plugin_and_loses_nothing(browser: httpx2.Client) -> None:
    text = '[\n  {"type": "magic", "name": "x", "label": "</textarea>"}\n]'
    response = browser.post("/dashboard/plugins/new", data={**PLUGIN, "settings_json": text})
    page = LexborHTMLParser(response.text)
    assert response.status_code == 422
    alert = page.css_first('[role="alert"]').text()
    # Kit's bare response first, then what it does not say.
    assert alert.index("422 Unprocessable Content") < alert.index('"magic" is not a type')
    assert page.css_first("#settings_json").text().strip() == text
    assert page.css_first("#name").attributes["value"] == "Countdown"
    assert "checked" in page.css_first("#active").attributes


def test_shows_every_type_in_the_form_as_it_was_pasted(browser: httpx2.Client) -> None:
    made = browser.post("/dashboard/plugins/new", data={**PLUGIN, "settings_json": ALL_TYPES})
    page = LexborHTMLParser(browser.get(made.headers["Location"]).text)
    assert page.css_first("#settings_json").text().strip() == ALL_TYPES.strip()
    assert "refuses 11 things in the settings JSON" in page.css_first('[role="status"]').text()


def test_saves_changes_and_deletes_a_plugin(browser: httpx2.Client) -> None:
    made = browser.post("/dashboard/plugins/new", data=PLUGIN)
    assert made.status_code == 303
    url = made.headers["Location"]
    assert browser.post(url, data={**PLUGIN, "sort_order": "7"}).status_code == 303
    page = LexborHTMLParser(browser.get(url).text)
    assert page.css_first("#sort_order").attributes["value"] == "7"
    assert browser.post(f"{url}/delete").status_code == 303
    assert browser.get(url).status_code == 404


def test_refuses_a_second_plugin_of_the_same_name(browser: httpx2.Client) -> None:
    browser.post("/dashboard/plugins/new", data=PLUGIN)
    response = browser.post("/dashboard/plugins/new", data=PLUGIN)
    assert response.status_code == 422
    assert "Another plugin is called" in response.text


def described(page: LexborHTMLParser, name: str) -> str:
    """Return the description of a field that a screen reader speaks."""
    field = page.css_first(f"#{name}")
    assert field.attributes["aria-invalid"] == "true"
    ids = (field.attributes["aria-describedby"] or "").split()
    return " ".join(page.css_first(f"#{each}").text(strip=True) for each in ids)


def test_each_mistake_stands_beside_its_field(browser: httpx2.Client) -> None:
    fields = {**PLUGIN, "sort_order": "first", "html_url": "x", "dynamic": "on"}
    page = LexborHTMLParser(browser.post("/dashboard/plugins/new", data=fields).text)
    assert "must be a whole number" in described(page, "sort_order")
    assert "Request URL must be an absolute" in described(page, "html_url")
    assert "Identifier is required." in described(page, "identifier")
    assert "aria-invalid" not in page.css_first("#name").attributes
    links = [link.attributes["href"] for link in page.css('[role="alert"] a')]
    assert links == ["#sort_order", "#html_url", "#identifier"]


def upload(browser: httpx2.Client, content: bytes, **fields: str) -> httpx2.Response:
    files = {"icon": ("icon", content)}
    return browser.post("/dashboard/plugins/new", data={**PLUGIN, **fields}, files=files)


def test_an_uploaded_icon_is_kept_and_shown(browser: httpx2.Client) -> None:
    made = upload(browser, (STATIC / "icons" / "post.png").read_bytes())
    assert made.status_code == 303
    page = LexborHTMLParser(browser.get(made.headers["Location"]).text)
    shown = page.css_first(".icon img").attributes["src"] or ""
    assert shown.startswith("data:image/png;base64,")
    kept = {"kept_icon": page.css_first("[name=kept_icon]").attributes["value"]}
    browser.post(made.headers["Location"], data={**PLUGIN, **kept, "description": "Else"})
    assert shown in browser.get("/apps/1").text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a\x10\x00\x10\x00", "Icon has 16 by 16 pixels; Kit takes 150 by 120."),
        (b"\x89PNG\r\n\x1a\n", "Icon is damaged: its size cannot be read."),
        (b"\xff\xd8\xff\xe0\x00\x02\xff\xc0\x00\x11\x08\x00\x78\x00\x97", "151 by 120"),
        (b"<svg><path fill='red'/><path fill='#00f'/></svg>", "several colors (#00f, red)"),
        (b"<svg><path/><path fill='#00f'/></svg>", "several colors (#00f, black)"),
        (b"<svg><script>1</script></svg>", "more in it than a drawing (<script>)"),
        (b"<html><svg/></html>", "its outermost element must be <svg>"),
        (b"plain", "Icon must be a PNG, GIF, JPEG or SVG file."),
        (b"<svg>" + b" " * 100_000, "Icon is larger than 100 kB."),
    ],
)
def test_an_icon_that_kit_would_not_take_is_refused(
    browser: httpx2.Client, content: bytes, words: str
) -> None:
    response = upload(browser, content)
    assert response.status_code == 422
    assert words in described(LexborHTMLParser(response.text), "icon")


@pytest.mark.parametrize(
    "content",
    [
        b"GIF87a\x96\x00\x78\x00",
        b"\xff\xd8\xff\xe0\x00\x02\xff\xc0\x00\x11\x08\x00\x78\x00\x96",
        b"<svg><path fill='none' stroke='#123'/></svg>",
    ],
)
def test_every_kind_of_icon_that_kit_takes_is_taken(browser: httpx2.Client, content: bytes) -> None:
    assert upload(browser, content).status_code == 303


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("svg+xml", b"<svg><path fill='red'/></svg>", ""),
        ("png", (STATIC / "icons" / "post.png").read_bytes(), ""),
        ("svg+xml", b"<svg><path fill='red'/><path fill='#00f'/></svg>", "several colors"),
        ("svg+xml", b"<svg onload='alert(1)'/>", "more in it than a drawing (onload)"),
        ("svg+xml", (STATIC / "icons" / "post.png").read_bytes(), "another kind of file"),
        ("png", b"plain", "must be a PNG, GIF, JPEG or SVG file"),
        ("gif", b"GIF89a\x10\x00\x10\x00", "16 by 16 pixels"),
    ],
)
def test_an_icon_that_is_pasted_is_judged_as_an_uploaded_one(
    browser: httpx2.Client, kind: str, content: bytes, words: str
) -> None:
    url = f"data:image/{kind};base64,{b64encode(content).decode()}"
    plugin = {**PLUGIN, "logo_url": url}
    response = browser.put(
        "/dashboard/app.json", json={"app": {"name": "App"}, "plugins": [plugin]}
    )
    assert response.status_code == (422 if words else 200)
    assert words in response.text


def shown_labels(browser: httpx2.Client, path: str) -> dict[str, str]:
    """Return the labels of a form by the names of its fields."""
    page = LexborHTMLParser(browser.get(path).text)
    return {label.attributes["for"] or "": label.text() for label in page.css("form label")}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/dashboard", APP_DETAILS),
        ("/dashboard", PLUGIN_OAUTH),
        ("/dashboard", API_ACCESS),
        ("/dashboard/plugins/new", PLUGIN_FORM),
    ],
)
def test_the_forms_have_kits_fields_in_kits_words(
    browser: httpx2.Client, path: str, form: dict[str, KitField]
) -> None:
    page = LexborHTMLParser(browser.get(path).text)
    labels = shown_labels(browser, path)
    for key, field in form.items():
        if key == "logo_url":  # one field with two ways in, under the field's name
            legends = [legend.text() for legend in page.css("legend")]
            assert field.label in legends
        else:
            assert labels[key] == field.label
        assert not field.formerly or f"“{field.formerly}” in older pages of Kit" in page.text()


def test_what_the_app_store_shows_is_on_the_apps_page(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    links = {
        "app_settings_url": "https://plugins.example.com/settings",
        "support_url": "https://plugins.example.com/support",
        "help_url": "https://plugins.example.com/help",
        "privacy_url": "https://plugins.example.com/privacy",
    }
    app = {**pasted["app"], **links, "summary": "A short word from the quay"}
    browser.put("/dashboard/app.json", json={**pasted, "app": app})
    page = LexborHTMLParser(browser.get("/apps/1").text)
    shown = [link.attributes["href"] for link in page.css(".links a")]
    assert sorted(filter(None, shown)) == sorted(links.values())
    assert "A short word from the quay" in page.text()
    assert "Blocks from the quay" in page.text()


def test_scopes_are_shown_again_as_they_were_typed(browser: httpx2.Client) -> None:
    fields = {**PLUGIN, "scopes": "read:posts, read:forms"}
    made = browser.post("/dashboard/plugins/new", data=fields)
    page = LexborHTMLParser(browser.get(made.headers["Location"]).text)
    assert page.css_first("#scopes").attributes["value"] == "read:posts, read:forms"


def test_an_identifier_belongs_to_one_plugin(browser: httpx2.Client) -> None:
    fields = {**PLUGIN, "dynamic": "on", "identifier": "days_left"}
    assert browser.post("/dashboard/plugins/new", data=fields).status_code == 303
    response = browser.post("/dashboard/plugins/new", data={**fields, "name": "Another"})
    assert "has the identifier" in described(LexborHTMLParser(response.text), "identifier")


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
    response = browser.put("/dashboard/app.json", json=pasted)
    names = [plugin["name"] for plugin in response.json()["plugins"]]
    assert sorted(names) == sorted(["Post", PLUGIN["name"]])


def test_pasting_refuses_everything_at_once_and_saves_nothing(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    broken = json.loads(json.dumps(pasted))
    broken["app"]["name"] = ""
    broken["plugins"][0]["settings_json"] = '[{"type": "text"}]'
    broken["plugins"].append(broken["plugins"][0])
    response = browser.put("/dashboard/app.json", json=broken)
    assert response.status_code == 422
    missing = [
        'Plugin Post: Settings JSON, line 1: [0]: "name" is missing. '
        'Add "name": the key under which Kit sends its value.',
        'Plugin Post: Settings JSON, line 1: [0]: "label" is missing. '
        'Add "label": what the creator reads.',
    ]
    assert response.json()["errors"] == [
        "App name is required.",
        *missing,
        *missing,
        'Plugin Post: Another plugin is called "Post".',
    ]
    assert "Harbour blocks" in browser.get("/apps/1").text


def test_pasting_refuses_an_identifier_that_another_plugin_has(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    dynamic = {**pasted["plugins"][0], "dynamic": True, "identifier": "quay"}
    refusal = 'Plugin Post: Another plugin has the identifier "quay".'
    twice = {**pasted, "plugins": [{**dynamic, "name": "Quay"}, dynamic]}
    assert browser.put("/dashboard/app.json", json=twice).json() == {"errors": [refusal]}
    browser.put("/dashboard/app.json", json={**pasted, "plugins": [{**dynamic, "name": "Quay"}]})
    again = {**pasted, "plugins": [{**dynamic, "html_url": f"{dynamic['html_url']}/2"}]}
    assert browser.put("/dashboard/app.json", json=again).json() == {"errors": [refusal]}
    itself = {**pasted, "plugins": [{**dynamic, "name": "Quay"}]}
    assert browser.put("/dashboard/app.json", json=itself).status_code == 200


def test_pasting_the_same_app_keeps_the_api_access_that_was_entered(
    browser: httpx2.Client, pasted: dict[str, Any]
) -> None:
    ours = ("authorization_url", "redirect_uris", "kit_client_id", "kit_client_secret")
    app = {name: value for name, value in pasted["app"].items() if name not in ours}

    def redirect_uris(**changed: str) -> str:
        again = browser.put("/dashboard/app.json", json={**pasted, "app": {**app, **changed}})
        assert again.status_code == 200
        form = LexborHTMLParser(browser.get("/dashboard").text)
        return form.css_first("#redirect_uris").text().strip()

    assert redirect_uris() == pasted["app"]["redirect_uris"][0]
    assert redirect_uris(authorization_url="", redirect_uris="") == ""
    browser.put("/dashboard/app.json", json=pasted)
    assert redirect_uris(client_id="another-app") == ""


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
    response = browser.put("/dashboard/app.json", content=body)
    assert response.status_code == 422
    assert response.json()["errors"]


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
    response = browser.post("/dashboard/plugins/new", data=fields)
    assert response.status_code == status
    assert ("too long" in response.text) == (status == 422)
