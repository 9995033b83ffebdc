"""Every example of every block in an email, in a real browser: what readers would stumble over."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from coloraide import Color
from playwright.sync_api import Browser, Page
from support.blocks.emails import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    VIEWS,
    email,
    email_of,
    serve_images,
    styles_of_email,
)
from support.blocks.readers import as_sent
from support.blocks.served import BLOCKS
from support.browser.accessibility import theme, violations

from plugin_server.blocks.base import Block
from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import Example, example_settings, examples
from plugin_server.examples.example_files import EVERYTHING
from plugin_server.examples.sample_accounts import typical_account
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.settings.setting import Setting
from plugin_server.settings.values import TRANSPARENT

MEASURE = (Path(__file__).parent / "measure.js").read_text("utf-8")
COLOR_CHOICES = 200
Open = Callable[[str, int], Page]

# By the scope, all tests of a block in a view run after each other: ``show`` loads the email once for them.
each_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name, scope="module")
each_view = pytest.mark.parametrize("view", VIEWS, scope="module")


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """One page for all: what differs is its content and its width."""
    context = chromium.new_context()
    serve_images(context)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def styles(page: Page) -> EmailStyles:
    return EmailStyles.parse(styles_of_email(page))


@pytest.fixture(scope="module")
def show(page: Page) -> Open:
    """A function that opens an email at a width; one that is open already is only resized."""
    opened = ""

    def show(html: str, width: int) -> Page:
        nonlocal opened
        page.set_viewport_size({"width": width, "height": 800})
        if html != opened:
            page.set_content(html)
            page.evaluate(MEASURE)
            opened = html
        return page

    return show


@pytest.fixture(scope="module")
def show_block(show: Open, styles: EmailStyles) -> Callable[..., Page]:
    """A function that opens an email with all examples of a block."""
    emails: dict[str, str] = {}

    def show_block(block: Block, view: str, width: int) -> Page:
        if block.name not in emails:
            emails[block.name] = email_of(examples(block), styles)
        return show(VIEWS[view](emails[block.name]), width)

    return show_block


def measured(page: Page, what: str) -> Any:
    return page.evaluate(f"measure.{what}()")


def side_by_side(first: dict[str, float], second: dict[str, float]) -> bool:
    return first["top"] < second["bottom"] - 1 and second["top"] < first["bottom"] - 1


@cache
def contrast(color: str, background: str) -> float:
    return float(Color(color).contrast(Color(background), method="wcag21"))


@cache
def same(color: str) -> str:
    """Return a color in the one spelling by which colors are compared."""
    return str(Color(color).convert("srgb").to_string(hex=True))


def post_list(columns: int, styles: EmailStyles) -> str:
    """Return an email with a list of posts in so many columns."""
    block = next(each for each in BLOCKS if each.name == "post_list")
    settings = {**example_settings(block, "typical"), "columns": str(columns)}
    return email_of([Example("list", block, settings, typical_account())], styles)


def hard_to_read(texts: list[dict[str, Any]]) -> list[str]:
    """Return the texts on a block's own background that WCAG 2.2 calls hard to read."""
    problems = []
    for text in texts:
        is_large = text["size"] >= 24 or (text["size"] >= 18.66 and text["weight"] >= 700)
        found = contrast(text["color"], text["background"])
        if text["isOnBlock"] and found < (3 if is_large else 4.5):
            pair = f"{text['color']} on {text['background']}"
            problems.append(f"{text['example']}: {text['text']!r} is {found:.2f}:1, {pair}")
    return problems


@each_block
@each_view
def test_nothing_sticks_out_of_a_small_phone(
    block: Block, view: str, show_block: Callable[..., Page]
) -> None:
    page = show_block(block, view, SMALL_PHONE)
    assert measured(page, "overflowing") == []
    assert not measured(page, "scrollsSideways")
    # In an email whose own text runs from right to left, what sticks out does so on the left.
    page.evaluate("document.documentElement.dir = 'rtl'")
    overflowing, scrolls = measured(page, "overflowing"), measured(page, "scrollsSideways")
    page.evaluate("document.documentElement.dir = 'ltr'")
    assert overflowing == []
    assert not scrolls
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 800})
        assert measured(page, "overflowing") == []


@each_block
@each_view
def test_columns_stand_side_by_side_and_stack_on_phones(
    block: Block, view: str, show_block: Callable[..., Page]
) -> None:
    page = show_block(block, view, DESKTOP)
    for row in measured(page, "columns"):
        for first, second in pairwise(row["boxes"]):
            assert side_by_side(first, second), row["example"]
            comes_first = (first["left"] < second["left"]) == (row["direction"] == "ltr")
            assert comes_first, row["example"]
    for width in (PHONE, SMALL_PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        for row in measured(page, "columns"):
            for first, second in pairwise(row["boxes"]):
                assert not side_by_side(first, second), (width, row["example"])


# Screens: phones, the widest ones, phones held sideways, reading panes, and desktops.
WIDTHS = [320, 360, 375, 390, 412, 430, 440, 480, 500, 520, 539, 540, 541, 560, 580, 600, 620]


def in_columns(columns: str) -> list[Example]:
    """Return the examples of the post list in so many columns, in both directions of text."""
    block = next(each for each in BLOCKS if each.name == "post_list")
    return [
        replace(each, settings={**each.settings, "columns": columns}) for each in examples(block)
    ]


def assert_whole_rows(page: Page) -> None:
    """Assert that of each row either all columns stand beside each other or each stands alone."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert measured(page, "overflowing") == []
        for row in measured(page, "columns"):
            boxes, starts = row["boxes"], "left" if row["direction"] == "ltr" else "right"
            beside = {side_by_side(*pair) for pair in pairwise(boxes)}
            assert len(beside) == 1, (width, row["example"])
            if beside == {False}:
                assert len({round(box[starts]) for box in boxes}) == 1, (width, row["example"])
            else:
                # The first lines stand on one level, and nothing of another row between them.
                assert all(side_by_side(boxes[0], box) for box in boxes), (width, row["example"])


@each_block
def test_without_style_either_all_columns_of_a_row_fit_or_each_is_alone(
    block: Block, show_block: Callable[..., Page]
) -> None:
    assert_whole_rows(show_block(block, "style dropped", DESKTOP))


@pytest.mark.parametrize("view", ["as sent", "style dropped"])
@pytest.mark.parametrize("columns", ["1", "2", "3"])
def test_rows_of_a_post_list_are_whole_at_every_width(
    columns: str, view: str, show: Open, styles: EmailStyles
) -> None:
    page = show(VIEWS[view](email_of(in_columns(columns), styles)), DESKTOP)
    assert {row["direction"] for row in measured(page, "columns")} == {"ltr", "rtl"}
    assert_whole_rows(page)


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize(("width", "style"), [(640, True), (640, False), (580, False)])
def test_columns_of_a_post_list_are_equally_wide_on_desktops(
    columns: int, width: int, style: bool, show: Open, styles: EmailStyles
) -> None:
    html = post_list(columns, styles)
    page = show(html if style else VIEWS["style dropped"](html), width)
    rows = [row["boxes"] for row in measured(page, "columns")]
    assert {len(boxes) for boxes in rows[:1]} == {columns}
    for boxes in rows:
        assert len({round(box["top"]) for box in boxes}) == 1
    images = [round(image["width"]) for image in measured(page, "images")]
    assert max(images) - min(images) <= 4


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize(("width", "style"), [(375, True), (320, True), (375, False), (320, False)])
def test_columns_of_a_post_list_are_one_below_the_other_on_phones(
    columns: int, width: int, style: bool, show: Open, styles: EmailStyles
) -> None:
    html = post_list(columns, styles)
    page = show(html if style else VIEWS["style dropped"](html), width)
    for row in measured(page, "columns"):
        for above, below in pairwise(row["boxes"]):
            assert below["top"] >= above["bottom"] - 1
            assert round(below["left"]) == round(above["left"])
        if style:
            assert {round(box["right"] - box["left"]) for box in row["boxes"]} == {width - 40}


@each_block
@each_view
def test_texts_and_buttons_are_large_enough(
    block: Block, view: str, show_block: Callable[..., Page]
) -> None:
    for width in (DESKTOP, SMALL_PHONE):
        page = show_block(block, view, width)
        texts = measured(page, "texts")
        assert [text for text in texts if text["size"] < 14] == []
        assert hard_to_read(texts) == []
        buttons = measured(page, "buttons")
        assert [each for each in buttons if min(each["width"], each["height"]) < 44] == []


@each_block
def test_texts_on_a_background_can_be_read_in_an_email_with_a_dark_theme(
    block: Block, page: Page, show_block: Callable[..., Page]
) -> None:
    with theme(page, "dark"):
        texts = measured(show_block(block, "as sent", DESKTOP), "texts")
    assert hard_to_read([text for text in texts if not text["isAlternative"]]) == []


@each_block
def test_alternative_texts_stand_in_for_images_that_are_off(
    block: Block, show_block: Callable[..., Page]
) -> None:
    for width in (DESKTOP, SMALL_PHONE):
        images = measured(show_block(block, "images off", width), "images")
        assert not any(image["isShown"] for image in images)
        # A line of text of 14 px needs that much room; cut off, it could not be read.
        cut = [each for each in images if each["alt"] and min(each["width"], each["height"]) < 14]
        assert cut == []
    assert all(
        image["isShown"] for image in measured(show_block(block, "as sent", width), "images")
    )


@each_block
@pytest.mark.parametrize(("view", "width"), [("as sent", SMALL_PHONE), ("images off", DESKTOP)])
def test_axe_finds_nothing(
    block: Block, view: str, width: int, show_block: Callable[..., Page]
) -> None:
    assert violations(show_block(block, view, width)) == []


def chosen_at_random(setting: Setting, value: object, dice: random.Random) -> object:
    """Return another value for what a creator picks rather than types."""
    if setting.type == "color":
        if setting.allow_transparent and dice.random() < 0.2:
            return TRANSPARENT
        return None if dice.random() < 0.1 else f"#{dice.randrange(0x1000000):06x}"
    if setting.type == "toggle":
        return dice.random() < 0.5
    return dice.choice(setting.options) if setting.options else value


def colored_at_random(block: Block, styles: EmailStyles) -> Iterator[tuple[Example, str]]:
    """Yield examples and their HTML; a choice may need another that the dice did not give: it is refused."""
    dice = random.Random(block.name)
    number = 0
    while number < COLOR_CHOICES:
        sample = example_settings(block, EVERYTHING)
        settings = {
            each.name: chosen_at_random(each, sample.get(each.name), dice)
            for each in block.settings.settings
        }
        example = Example(f"colors {number}", block, settings, typical_account())
        with suppress(ContentNotFound, SettingsInvalid):
            html = example.render(styles)
            number += 1
            yield example, html


@each_block
def test_texts_can_be_read_in_whatever_colors_a_creator_picks(
    block: Block, show: Open, styles: EmailStyles
) -> None:
    drawn = list(colored_at_random(block, styles))
    found = [example for example, _ in drawn]
    source = email({example.name: as_sent(block, html) for example, html in drawn})
    texts = measured(show(source, DESKTOP), "texts")
    assert {text["example"] for text in texts} == {each.name for each in found}
    assert hard_to_read(texts) == []
    # On the email's own background the email's own colors can be read, and what the creator chose.
    emails = {same(color) for e in ("p", "h2", "h3", "a") if (color := styles.color(e))}
    brand = {same(color) for color in typical_account().brand_colors()}
    for text in texts:
        if not text["isOnBlock"]:
            example = next(each for each in found if each.name == text["example"])
            picked = {same(str(v)) for v in example.settings.values() if str(v).startswith("#")}
            assert same(text["color"]) in emails | brand | picked, text


BAD = """<div><table><tr><td class="kb-x-column">one</td><td class="kb-x-column">two</td></tr></table>
<p style="font-size:12px; color:#999999; background-color:#ffffff; width:700px">small and faint</p>
<a href="https://example.com" style="background-color:#000000; color:#ffffff">low</a></div>"""


def test_the_measures_see_what_they_are_for(show: Open) -> None:
    page = show(email({"bad": BAD}), SMALL_PHONE)
    assert "bad: small and faint" in measured(page, "overflowing")
    assert measured(page, "scrollsSideways")
    assert side_by_side(*measured(page, "columns")[0]["boxes"])
    assert measured(page, "buttons")[0]["height"] < 44
    assert min(text["size"] for text in measured(page, "texts")) == 12
    assert len(hard_to_read(measured(page, "texts"))) == 1
