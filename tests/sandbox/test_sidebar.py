"""All twelve types of setting in the editor's sidebar, in a real browser."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser.accessibility import violations_in_both_themes
from support.waiting import wait_for

ALL_TYPES = Path(__file__).parents[1] / "settings" / "all_types.json"

CITIES = [{"label": "Oldhaven", "value": "c1"}, {"label": "Rain Harbour", "value": "c2"}]
VENUES = [{"label": f"Hall {number}", "value": f"v{number}"} for number in range(1, 5)]
CITY, VENUE = "/blocks/event/search/city", "/blocks/event/search/venues"

# What a new block sends when only the title and the day are filled in.
START = {
    "title": "Low tide",
    "invitation": "Bring a friend, and something to share.",
    "day": "2026-10-07T20:00:00.000Z",
    "place": "online",
    "has_fee": False,
}


@pytest.fixture
def record(record: dict[str, Any], foreign: Any) -> dict[str, Any]:
    """The app with one plugin whose settings are of every type."""
    text = ALL_TYPES.read_text().replace("https://blocks.example.com", foreign.url)
    record["plugins"][0] |= {"name": "Event", "settings_json": json.loads(text)}
    return record


@pytest.fixture
def page(editor: Page, foreign: Any) -> Page:
    """The editor with a new block."""

    def responding(options: list[dict[str, str]]) -> Any:
        def search(request: dict[str, Any]) -> tuple[int, Any]:
            search = request["body"]["search"]
            stored = search if isinstance(search, list) else [search]
            matching = [o for o in options if o["value"] in stored or stored[0] in o["label"]]
            return 200, {"data": matching}

        return search

    foreign.responses |= {CITY: responding(CITIES), VENUE: responding(VENUES)}
    editor.get_by_test_id("insert-event").click()
    expect(editor.locator("#canvas")).to_have_attribute("data-state", "incomplete")
    return editor


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[data-setting="{name}"]')


def color(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=label, exact=True)


def fill_in(page: Page) -> None:
    """Fill in what is required of a new block."""
    page.get_by_role("textbox", name="Title").fill("Low tide")
    page.get_by_label("Day", exact=True).fill("2026-10-08")


def shows(page: Page, foreign: Any, settings: dict[str, Any]) -> None:
    """Wait until the block stands there, and compare what the app was last sent."""
    wait_for(lambda: [each["body"]["settings"] for each in foreign.to("/html")][-1:], [settings])
    expect(page.locator("#canvas")).to_have_attribute("data-state", "ready")


def in_a_room(page: Page) -> None:
    """Choose a city, on which the venues depend."""
    page.get_by_role("radio", name="In a room").check()
    page.get_by_role("combobox", name="City").click()
    page.get_by_role("option", name="Rain Harbour").click()


def choose_venues(page: Page, *labels: str) -> None:
    search = page.get_by_role("combobox", name="Venues")
    search.click()
    for label in labels:
        page.get_by_role("option", name=label).click()
    # The list stays open for one more choice.
    search.press("Escape")


def test_each_type_has_a_control_of_its_kind(page: Page) -> None:
    page.get_by_role("radio", name="In a room").check()
    page.get_by_role("switch", name="Ask for a fee").check()
    color(page, "Background").fill("#FFEECC")
    expect(page.get_by_placeholder("Summer sing-along")).to_have_attribute("type", "text")
    expect(page.get_by_placeholder("What awaits your guests?")).to_have_js_property(
        "tagName", "TEXTAREA"
    )
    expect(page.get_by_label("Day", exact=True)).to_have_attribute("type", "date")
    for role, name in (
        ("group", "Place"),
        ("radio", "Online"),
        ("combobox", "City"),
        ("switch", "Ask for a fee"),
        ("group", "Fee"),
        ("spinbutton", "Price"),
        ("spinbutton", "Members save"),
        ("group", "Design"),
        ("combobox", "Layout"),
        ("textbox", "Background"),
        ("group", "Frame"),
        ("slider", "Rounding"),
        ("combobox", "Font"),
    ):
        expect(page.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
    expect(page.get_by_role("combobox", name="City")).to_have_attribute(
        "placeholder", "Search for a city"
    )
    expect(page.locator('[name="layout"] option').first).to_have_text("Poster")


def test_a_new_block_sends_its_defaults(page: Page, foreign: Any) -> None:
    assert foreign.to("/html") == []
    fill_in(page)
    shows(page, foreign, START)


def test_every_type_sends_its_value_as_kit_does(page: Page, foreign: Any) -> None:
    fill_in(page)
    page.get_by_placeholder("What awaits your guests?").fill("Boots.\nBring some.")
    in_a_room(page)
    choose_venues(page, "Hall 3", "Hall 1")
    page.get_by_role("switch", name="Ask for a fee").check()
    page.get_by_role("spinbutton", name="Price").fill("9.90")
    page.get_by_role("spinbutton", name="Members save").fill("10")
    page.locator('[name="layout"]').select_option(label="Ticket")
    color(page, "Background").fill("#FFEECC")
    page.get_by_role("slider", name="Rounding").press("ArrowRight")
    page.locator('[name="font"]').select_option(label="Courier New")
    shows(
        page,
        foreign,
        {
            "title": "Low tide",
            "invitation": "Boots.\nBring some.",
            "day": "2026-10-07T20:00:00.000Z",
            "place": "room",
            "city": "c2",
            "venues": ["v3", "v1"],
            "has_fee": True,
            "price": "9.90",
            "discount": "10",
            "layout": "ticket",
            "background": "#FFEECC",
            "rounding": 10,
            "font": {"fontFamily": "'Courier New', Courier, monospace", "fontWeight": 400},
        },
    )


def test_the_request_waits_for_required_settings_that_appear(page: Page, foreign: Any) -> None:
    fill_in(page)
    shows(page, foreign, START)
    before = len(foreign.to("/html"))
    page.get_by_role("radio", name="In a room").check()
    page.get_by_role("switch", name="Ask for a fee").check()
    expect(page.get_by_test_id("missing")).to_have_text(
        "To see this block, fill in City and Price."
    )
    expect(page.locator("#saving")).to_have_text("Saved")
    assert len(foreign.to("/html")) == before
    page.get_by_role("radio", name="Online").check()
    page.get_by_role("switch", name="Ask for a fee").uncheck()
    shows(page, foreign, START)


def test_what_depends_on_a_value_appears_with_it_and_sends_nothing_when_hidden(
    page: Page, foreign: Any
) -> None:
    fill_in(page)
    expect(field(page, "accent")).to_be_visible()
    for hidden in ("city", "venues", "fee", "price", "frame", "rounding"):
        expect(field(page, hidden)).to_be_hidden()
    color(page, "Accent").fill("#AA3300")
    color(page, "Background").fill("#FFEECC")
    expect(field(page, "rounding")).to_be_visible()
    expect(field(page, "accent")).to_be_hidden()
    shows(page, foreign, {**START, "background": "#FFEECC", "rounding": 8})
    page.get_by_role("button", name="Clear: Background").click()
    expect(field(page, "rounding")).to_be_hidden()
    shows(page, foreign, {**START, "accent": "#AA3300"})
    in_a_room(page)
    expect(field(page, "venues")).to_be_visible()
    body = {"city": "c2", "search": ""}
    wait_for(lambda: [request["body"] for request in foreign.to(VENUE)], [body])
    # Without a place there is no city, and so there are no venues either.
    page.get_by_role("radio", name="Online").check()
    expect(field(page, "venues")).to_be_hidden()


def test_several_choices_are_removed_with_the_keyboard(page: Page, foreign: Any) -> None:
    fill_in(page)
    in_a_room(page)
    choose_venues(page, "Hall 1", "Hall 2", "Hall 3", "Hall 4", "Hall 2")
    search = page.get_by_role("combobox", name="Venues")
    chosen = field(page, "venues").locator(".chips li span")
    expect(chosen).to_have_text(["Hall 1", "Hall 3", "Hall 4"])
    search.press("Backspace")
    expect(chosen).to_have_text(["Hall 1", "Hall 3"])
    page.get_by_role("button", name="Remove Hall 1").press("Enter")
    expect(chosen).to_have_text(["Hall 3"])
    expect(page.get_by_role("button", name="Remove Hall 3")).to_be_focused()
    expect(field(page, "venues").locator("[role=status].unseen")).to_have_text(
        "Hall 1 removed, 1 in all."
    )
    page.keyboard.press("Space")
    expect(chosen).to_have_count(0)
    expect(search).to_be_focused()
    shows(page, foreign, {**START, "place": "room", "city": "c2"})


def test_reopening_a_draft_requests_all_stored_choices_at_once(page: Page, foreign: Any) -> None:
    fill_in(page)
    in_a_room(page)
    choose_venues(page, "Hall 2", "Hall 4")
    stored = {**START, "place": "room", "city": "c2", "venues": ["v2", "v4"]}
    shows(page, foreign, stored)
    foreign.responses[VENUE] = {"data": [VENUES[1]]}
    foreign.requests.clear()
    page.reload()
    expect(field(page, "venues").locator(".chips li span")).to_have_text(["Hall 2", "v4"])
    expect(field(page, "venues").locator(".wrong")).to_contain_text("not available any more")
    for path, body in (
        (VENUE, {"city": "c2", "search": ["v2", "v4"]}),
        (CITY, {"place": "room", "search": "c2"}),
    ):
        wait_for(lambda path=path: [each["body"] for each in foreign.to(path)][:1], [body])
    expect(page.get_by_role("combobox", name="City")).to_have_value("Rain Harbour")
    page.get_by_test_id("refresh").click()
    shows(page, foreign, stored)


def test_help_is_shown_and_read(page: Page) -> None:
    expect(page.locator("#settings [id$=-help]:visible")).to_have_count(5)
    expect(page.get_by_role("textbox", name="Title")).to_have_accessible_description(
        "Shown large, above everything else"
    )
    expect(page.get_by_role("group", name="Place")).to_have_accessible_description(
        "Guests see a link, or an address"
    )


def test_a_stored_date_is_the_day_that_was_picked(page: Page, foreign: Any) -> None:
    fill_in(page)
    shows(page, foreign, START)
    page.reload()
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-10-08")
    expect(page.get_by_role("combobox", name="Sent as midnight in")).to_have_value("Asia/Dubai")


# Time zones, days there, and what is sent: midnight there.
MIDNIGHTS = [
    ("Pacific/Kiritimati", "2026-10-08", "2026-10-07T10:00:00.000Z"),
    ("Pacific/Tongatapu", "2026-10-08", "2026-10-07T11:00:00.000Z"),
    ("Pacific/Auckland", "2026-07-01", "2026-06-30T12:00:00.000Z"),
    ("Pacific/Pago_Pago", "2026-10-08", "2026-10-08T11:00:00.000Z"),
    ("Asia/Kathmandu", "2026-10-08", "2026-10-07T18:15:00.000Z"),
    ("America/Sao_Paulo", "2026-10-08", "2026-10-08T03:00:00.000Z"),
    # The days on which the clocks change, an hour after midnight and two.
    ("Europe/London", "2026-10-25", "2026-10-24T23:00:00.000Z"),
    ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z"),
    ("UTC", "2026-10-08", "2026-10-08T00:00:00.000Z"),
]


def test_a_date_is_sent_as_midnight_in_the_chosen_zone(
    page: Page, foreign: Any, subtests: pytest.Subtests
) -> None:
    fill_in(page)
    for zone, day, sent in MIDNIGHTS:
        with subtests.test(zone):
            page.get_by_role("combobox", name="Sent as midnight in").select_option(zone)
            page.get_by_label("Day", exact=True).fill(day)
            shows(page, foreign, {**START, "day": sent})
            page.reload()
            expect(page.get_by_label("Day", exact=True)).to_have_value(day)
            expect(page.get_by_role("combobox", name="Sent as midnight in")).to_have_value(zone)


def test_another_zone_sends_the_same_day_again(page: Page, foreign: Any) -> None:
    fill_in(page)
    shows(page, foreign, START)
    page.get_by_role("combobox", name="Sent as midnight in").select_option("UTC")
    shows(page, foreign, {**START, "day": "2026-10-08T00:00:00.000Z"})
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-10-08")


def test_an_example_fills_the_sidebar_until_that_is_undone(page: Page, foreign: Any) -> None:
    fill_in(page)
    shows(page, foreign, START)
    examples = page.get_by_role("combobox", name="Examples")
    examples.select_option(label="Stress right to left")
    wait_for(lambda: foreign.to("/html")[-1]["body"]["settings"]["title"] != "Low tide", True)
    expect(page.get_by_role("textbox", name="Title")).not_to_have_value("Low tide")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Low tide")
    shows(page, foreign, START)


def test_values_of_another_type_do_not_break_the_sidebar(
    page: Page, foreign: Any, installed: httpx2.Client
) -> None:
    """A draft can be older than the plugin's settings."""
    fill_in(page)
    shows(page, foreign, START)
    names = [*START, "city", "venues", "price", "layout", "background", "rounding", "font"]
    for value in ("text", 7, {"a": 1}):
        settings = dict.fromkeys(names, value)
        saved = installed.put("/editor/1/blocks/1", json={"settings": settings})
        assert saved.status_code == 200
        page.reload()
        expect(page.get_by_role("group", name="Design")).to_be_visible()


def test_a_text_area_counts_its_characters(page: Page) -> None:
    area = page.get_by_placeholder("What awaits your guests?")
    expect(field(page, "invitation")).to_contain_text("39 of 280 characters")
    area.fill("x" * 279)
    area.press_sequentially("yz")
    expect(area).to_have_value("x" * 279 + "y")
    expect(field(page, "invitation").get_by_role("status")).to_contain_text("280 characters")
    expect(area).to_have_accessible_description("280 of 280 characters Two or three sentences")


def test_a_number_outside_its_range_is_not_sent(page: Page, foreign: Any) -> None:
    fill_in(page)
    page.get_by_role("switch", name="Ask for a fee").check()
    price = page.get_by_role("spinbutton", name="Price")
    expect(price).to_have_accessible_description("$ Before any discount")
    price.fill("501")
    expect(field(page, "price").locator(".wrong")).to_have_text("Write a number from 1 to 500.")
    expect(page.get_by_test_id("missing")).to_contain_text("Price")
    price.fill("500")
    shows(page, foreign, {**START, "has_fee": True, "price": "500"})


def test_a_color_can_be_transparent_where_that_is_allowed(page: Page, foreign: Any) -> None:
    fill_in(page)
    expect(page.get_by_role("checkbox", name="Transparent")).to_have_count(1)
    page.get_by_role("checkbox", name="Transparent").check()
    shows(page, foreign, {**START, "background": "transparent", "rounding": 8})
    page.reload()
    expect(page.get_by_role("checkbox", name="Transparent")).to_be_checked()
    expect(color(page, "Background")).to_be_disabled()
    page.get_by_role("checkbox", name="Transparent").uncheck()
    shows(page, foreign, START)


def test_a_slider_shows_its_value_with_the_unit(page: Page) -> None:
    color(page, "Background").fill("#FFEECC")
    slider = page.get_by_role("slider", name="Rounding")
    expect(field(page, "rounding").locator("output")).to_have_text("8px")
    slider.press("End")
    expect(field(page, "rounding").locator("output")).to_have_text("24px")
    expect(slider).to_have_attribute("aria-valuetext", "24px")


def test_groups_fold_with_the_keyboard(page: Page) -> None:
    fold = page.get_by_role("group", name="Design").locator("summary").first
    fold.press("Enter")
    expect(field(page, "layout")).to_be_hidden()
    fold.press("Enter")
    expect(field(page, "layout")).to_be_visible()


def test_all_types_are_accessible_and_fit_a_phone(page: Page) -> None:
    fill_in(page)
    in_a_room(page)
    choose_venues(page, "Hall 1")
    page.get_by_role("switch", name="Ask for a fee").check()
    color(page, "Background").fill("#FFEECC")
    expect(field(page, "rounding")).to_be_visible()
    assert violations_in_both_themes(page) == {}
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
