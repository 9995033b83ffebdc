"""The dashboard's automation event plugins, identifiers, and the whole dashboard as JSON."""

import json
from typing import Any

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from plugin_server.sandbox.dashboard.sample_data import LONGEST, check_sample_data, excerpt_of

SAMPLE = '{\n  "items": [{"title": "A lamp"}],\n  "checkout_url": "https://shop.example.com/"\n}'
EVENT = {
    "name": "Abandoned cart",
    "description": "Somebody left without paying",
    "identifier": "abandoned_cart",
    "sample_data": SAMPLE,
}
BLOCK = {
    "name": "Cart",
    "description": "What is left in it",
    "sort_order": "0",
    "html_url": "https://plugins.example.com/html",
    "settings_json": "[]",
    "active": "on",
    "authorization": "none",
    "dynamic": "on",
    "identifier": "cart_list",
    "event": "abandoned_cart",
}


def described(page: LexborHTMLParser, name: str) -> str:
    """Return the description of a field that a screen reader speaks."""
    field = page.css_first(f"#{name}")
    assert field.attributes["aria-invalid"] == "true"
    ids = (field.attributes["aria-describedby"] or "").split()
    return " ".join(page.css_first(f"#{each}").text(strip=True) for each in ids)


def refusals(response: httpx2.Response) -> list[str]:
    assert response.status_code == 422
    page = LexborHTMLParser(response.text)
    return [each.text() for each in page.css('[role="alert"] a')]


@pytest.fixture
def event(browser: httpx2.Client) -> str:
    """The URL of a saved event plugin."""
    made = browser.post("/dashboard/events/new", data=EVENT)
    assert made.status_code == 303
    return made.headers["Location"]


def test_saves_changes_and_deletes_an_event_plugin(browser: httpx2.Client, event: str) -> None:
    page = LexborHTMLParser(browser.get(event).text)
    assert page.css_first("#sample_data").text().strip() == SAMPLE
    assert "automation.my_app.abandoned_cart." in page.css_first("main").text()
    assert browser.post(event, data={**EVENT, "name": "Cart left"}).status_code == 303
    assert "Cart left" in browser.get("/dashboard").text
    assert browser.post(f"{event}/delete").status_code == 303
    assert browser.get(event).status_code == 404


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("[]", 1, "it is an array, not an object"),
        ('{\n  "a": 1,\n}', 2, "a comma before “}”: remove it"),
        ('{\n  "items": [1, 2\n}', 3, "expected"),
        ('{"a": 1,\n "2nd": 2}', 2, '"2nd" cannot be a field of the event'),
        ('{"check-out": 1}', 1, '"check-out" cannot be a field of the event'),
        ('{"": 1}', 1, '"" cannot be a field of the event'),
        ('{"a": {"x": 1,\n "x": 2}}', 2, '"x" is written twice'),
        ('{"a": NaN}', 1, "expected"),
        ('{"a": "' + "x" * LONGEST + '"}', 1, "it is longer than 20,000 characters"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", 1, "nested more than 64 levels deep"),
    ],
)
def test_sample_data_is_refused_with_its_line(
    browser: httpx2.Client, text: str, line: int, sentence: str
) -> None:
    response = browser.post("/dashboard/events/new", data={**EVENT, "sample_data": text})
    (refused, *_) = refusals(response)
    assert refused.startswith(f"Sample data, line {line}: ")
    assert sentence in refused
    page = LexborHTMLParser(response.text)
    assert refused in described(page, "sample_data")
    assert page.css_first("#sample_data").text().strip() == text[: LONGEST + 100].strip()


def test_a_caret_stands_below_the_mistake(browser: httpx2.Client) -> None:
    text = '{"items": [],\n "the title": 2}'
    (finding,) = check_sample_data(text)
    line, caret = excerpt_of(text, finding)
    assert (line, caret) == (' "the title": 2}', " ^")
    response = browser.post("/dashboard/events/new", data={**EVENT, "sample_data": text})
    (shown,) = LexborHTMLParser(response.text).css("main pre")
    assert shown.text() == f"{line}\n{caret}"


@pytest.mark.parametrize("text", ["{}", '{"a": {"Any Name": [null, true, 1e9]}}', "\ufeff{}", ""])
def test_sample_data_is_accepted(browser: httpx2.Client, text: str) -> None:
    response = browser.post("/dashboard/events/new", data={**EVENT, "sample_data": text})
    assert response.status_code == 303


@pytest.mark.parametrize("identifier", ["", "Cart", "a-b", "ä", "a b", "x" * 101])
def test_an_identifier_has_small_letters_digits_and_underscores(
    browser: httpx2.Client, identifier: str
) -> None:
    changes = {"identifier": identifier}
    assert refusals(browser.post("/dashboard/events/new", data={**EVENT, **changes}))
    browser.post("/dashboard/events/new", data=EVENT)
    assert refusals(browser.post("/dashboard/plugins/new", data={**BLOCK, **changes}))
    if identifier:
        refused = refusals(browser.post("/dashboard", data={"name": "App", **changes}))
        assert refused == [
            "App identifier may have lowercase letters, digits and underscores, at most 100 of them."
        ]


def test_no_two_plugins_have_the_same_identifier(browser: httpx2.Client, event: str) -> None:
    taken = ['Another plugin has the identifier "abandoned_cart".']
    assert refusals(browser.post("/dashboard/events/new", data=EVENT)) == taken
    block = {**BLOCK, "identifier": "abandoned_cart"}
    assert refusals(browser.post("/dashboard/plugins/new", data=block)) == taken
    assert browser.post("/dashboard/plugins/new", data=BLOCK).status_code == 303
    own = {**EVENT, "identifier": "cart_list"}
    assert refusals(browser.post(event, data=own)) == [
        'Another plugin has the identifier "cart_list".'
    ]
    # Its own identifier is no other's.
    assert browser.post(event, data=EVENT).status_code == 303


def test_the_app_needs_an_identifier_as_soon_as_liquid_has_it(
    browser: httpx2.Client, event: str
) -> None:
    (refused,) = refusals(browser.post("/dashboard", data={"name": "Shop", "identifier": ""}))
    assert "required as soon as there is a dynamic plugin or an event plugin" in refused
    assert browser.post(f"{event}/delete").status_code == 303
    assert browser.post("/dashboard", data={"name": "Shop", "identifier": ""}).status_code == 303
    assert "required as soon as" in refusals(browser.post("/dashboard/events/new", data=EVENT))[0]


def test_a_block_is_related_to_an_event_plugin(browser: httpx2.Client, event: str) -> None:
    unknown = refusals(browser.post("/dashboard/plugins/new", data={**BLOCK, "event": "other"}))
    assert unknown == ['The app has no event plugin with the identifier "other".']
    url = browser.post("/dashboard/plugins/new", data=BLOCK).headers["Location"]

    def chosen() -> list[str | None]:
        page = LexborHTMLParser(browser.get(url).text)
        return [each.attributes["value"] for each in page.css("#event [selected]")]

    assert chosen() == ["abandoned_cart"]
    assert "Cart" in LexborHTMLParser(browser.get(event).text).css_first("form.card").text()
    # The block follows a new identifier, and has no event when it is deleted.
    browser.post(event, data={**EVENT, "identifier": "left_cart"})
    assert chosen() == ["left_cart"]
    browser.post(f"{event}/delete")
    assert chosen() == []
    assert browser.post(url, data={**BLOCK, "event": ""}).status_code == 303


RECORD: dict[str, Any] = {
    "app": {"name": "Shop", "identifier": "shop_app"},
    "events": [{**EVENT, "sample_data": json.loads(SAMPLE)}],
    "plugins": [{**BLOCK, "key": "cart", "settings_json": [], "dynamic": True}],
}


def put(browser: httpx2.Client, **changes: Any) -> httpx2.Response:
    return browser.put("/dashboard/app.json", json={**RECORD, **changes})


def test_what_the_dashboard_shows_as_json_it_takes_again(browser: httpx2.Client) -> None:
    assert put(browser).status_code == 200
    shown = browser.get("/dashboard/app.json").json()
    assert shown["app"]["identifier"] == "shop_app"
    assert shown["events"] == RECORD["events"]
    (plugin,) = shown["plugins"]
    assert (plugin["dynamic"], plugin["identifier"], plugin["event"]) == (
        True,
        "cart_list",
        "abandoned_cart",
    )
    assert browser.put("/dashboard/app.json", json=shown).status_code == 200
    assert browser.get("/dashboard/app.json").json() == shown


def test_a_script_is_refused_all_at_once(browser: httpx2.Client) -> None:
    events = [{**EVENT, "sample_data": [1]}, {**EVENT, "identifier": "B"}, EVENT]
    plugins = [{**RECORD["plugins"][0], "identifier": "abandoned_cart", "event": "none"}]
    response = put(browser, events=events, plugins=plugins)
    assert response.status_code == 422
    assert [each[:60] for each in response.json()["errors"]] == [
        "Event plugin Abandoned cart: Sample data, line 1: it is an a",
        "Event plugin Abandoned cart: Identifier may have lowercase l",
        "Event plugin Abandoned cart: Another plugin has the identifi",
        "Plugin Cart: The app has no event plugin with the identifier",
        'Plugin Cart: Another plugin has the identifier "abandoned_ca',
    ]
    assert browser.get("/dashboard/app.json").json()["events"] == []


@pytest.mark.parametrize("body", [{"app": {}, "events": 3}, {"app": {}, "events": [3]}])
def test_another_shape_is_refused(browser: httpx2.Client, body: Any) -> None:
    response = browser.put("/dashboard/app.json", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0].startswith('Send {"app"')


def test_an_event_plugin_goes_with_the_program_that_pasted_it(
    browser: httpx2.Client, event: str
) -> None:
    def identifiers() -> list[str]:
        found = browser.get("/dashboard/app.json").json()["events"]
        return [each["identifier"] for each in found]

    pasted = [{**EVENT, "identifier": "paid", "name": "Paid"}]
    plugins = [{**RECORD["plugins"][0], "event": "paid"}]
    put(browser, events=pasted, plugins=plugins, keep="by_hand")
    assert identifiers() == ["abandoned_cart", "paid"]
    # Left out, the block stays with its event; then both go. What was entered by hand stays.
    put(browser, events=[], plugins=[], keep="by_hand", left_out=["cart"])
    assert identifiers() == ["abandoned_cart", "paid"]
    put(browser, events=[], plugins=[], keep="by_hand")
    assert identifiers() == ["abandoned_cart"]


def test_a_plugin_stays_dynamic_when_nothing_is_said_of_it(browser: httpx2.Client) -> None:
    put(browser)
    said = dict(RECORD["plugins"][0])
    silent = {name: said[name] for name in said if name not in ("dynamic", "identifier", "event")}
    body = {"app": {"name": "Shop"}, "plugins": [silent], "keep": "none"}
    assert browser.put("/dashboard/app.json", json=body).status_code == 200
    shown = browser.get("/dashboard/app.json").json()
    assert shown["plugins"][0]["event"] == "abandoned_cart"
    assert [each["identifier"] for each in shown["events"]] == ["abandoned_cart"]
    assert shown["app"]["identifier"] == "shop_app"
    body["plugins"] = [{**silent, "dynamic": False, "identifier": "", "event": ""}]
    browser.put("/dashboard/app.json", json=body)
    shown = browser.get("/dashboard/app.json").json()
    assert (shown["plugins"][0]["dynamic"], shown["events"]) == (False, [])
