"""The For some readers block: who gets which text, and how it looks."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blocks.block_html import one, parse, style
from support.blocks.readers import ADA, judge_sent
from support.blocks.served import find

from plugin_server.blocks import SearchQuery
from plugin_server.errors import ContentNotFound, SettingsInvalid
from plugin_server.examples.block_examples import examples
from plugin_server.examples.sample_accounts import bare_account, typical_account
from plugin_server.rendering.css_properties import readable_on
from plugin_server.rendering.email_styles import EmailStyles
from plugin_server.testing import render, sent

BLOCK = find("for_some")
LINK = "https://letters.example/crew"


def block(subscriber: Mapping[str, object] = ADA, **given: object) -> str:
    """Return what a subscriber gets of a block for members."""
    values = {"field": "membership", "text": "For you.", **given}
    return sent(BLOCK, values, subscriber=subscriber)


def words(html: str) -> list[str]:
    return [" ".join(p.text().split()) for p in parse(html).css("h2, p")]


# Who gets it.


@pytest.mark.parametrize(
    ("rule", "value", "is_shown"),
    [
        (None, "Crew", True),
        ("has", "Crew", True),
        ("has", "", False),
        ("has", " \n", False),
        ("has", None, False),
        ("lacks", "Crew", False),
        ("lacks", "", True),
        ("lacks", None, True),
        ("equals", "Crew", True),
        ("equals", " cREW ", True),
        ("equals", "Crews", False),
        ("equals", "", False),
        ("equals", None, False),
    ],
)
def test_a_rule_decides_who_gets_which_text(
    rule: str | None, value: str | None, *, is_shown: bool
) -> None:
    given = {"rule": rule, "value": "crew"}
    subscriber = {"membership": value}
    assert words(block(subscriber, **given)) == (["For you."] if is_shown else [])
    other = block(subscriber, **given, other_text="For all others.")
    assert words(other) == (["For you."] if is_shown else ["For all others."])


@pytest.mark.parametrize("value", ['Crew "A" & co', "{{ x }}", "100 %", "Ñandú", "שלום", "a|b: c"])
def test_any_text_can_be_compared(value: str) -> None:
    given = {"rule": "equals", "value": value}
    assert words(block({"membership": value}, **given)) == ["For you."]
    assert block({"membership": f"{value}."}, **given) == ""


def test_first_names_can_decide() -> None:
    assert words(block({"first_name": "Ada"}, field="first_name")) == ["For you."]


def test_a_comparison_needs_something_to_compare_with() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        block(rule="equals")
    assert raised.value.messages == ['"Exactly this" is empty. Fill it in.']


def test_a_field_that_is_gone_is_reported() -> None:
    with pytest.raises(ContentNotFound, match="a custom field gone any more"):
        block(field="gone")


def test_a_field_is_needed() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        block(field=None)
    assert raised.value.messages == ['"Custom field" is not set. Search and choose one.']


def test_the_search_offers_first_names_and_custom_fields() -> None:
    options = BLOCK.search("field", SearchQuery("member"), typical_account())
    assert [(each.label, each.value) for each in options] == [("Membership", "membership")]


# What is shown.


def test_a_heading_a_text_and_a_button_are_for_them_alone() -> None:
    given = {"heading": "Crew", "text": "A.\n\nB.", "button_link": LINK, "other_text": "Others."}
    html = block(**given)
    assert words(html) == ["Crew", "A.", "B."]
    assert one(html, "a").attributes["href"] == LINK
    assert one(html, "a").text().strip() == "Take a look"
    others = block({}, **given)
    assert words(others) == ["Others."]
    assert not parse(others).css("h2, a")


def test_what_is_left_empty_leaves_no_hole() -> None:
    html = block()
    assert not parse(html).css("h2, a")
    assert not [td for td in parse(html).css("td") if not td.text(strip=True)]


def test_a_button_takes_the_creators_color_then_the_brands() -> None:
    def color(account: Any, **given: object) -> str | None:
        values = {"field": "first_name", "text": "x", "button_link": LINK, **given}
        html = sent(BLOCK, values, account, subscriber=ADA)
        return one(html, "td[bgcolor]").attributes["bgcolor"]

    assert color(typical_account(), button_color="#7a1f3d") == "#7a1f3d"
    assert color(typical_account()) == "#1f4e5f"
    assert color(bare_account()) == "#1f5fbf"


@pytest.mark.parametrize("chosen", ["#1f4e5f", "#fdf1e3"])
def test_all_text_can_be_read_on_a_chosen_background(chosen: str) -> None:
    given = {"heading": "Crew", "background_color": chosen, "other_text": "Others."}
    for subscriber in (ADA, {}):
        html = block(subscriber, **given)
        assert {style(n)["color"] for n in parse(html).css("h2, p")} == {readable_on(chosen)}
        assert one(html, f'td[bgcolor="{chosen}"]')


def test_right_to_left_text_mirrors_the_block() -> None:
    html = block(text="רק בשבילך", heading="Crew")
    root = parse(html).root
    assert root is not None
    assert root.attributes["dir"] == "ltr"
    html = block(text="רק בשבילך")
    assert {td.attributes["align"] for td in parse(html).css("td[align]")} == {"right"}


def test_every_example_stays_small() -> None:
    for example in examples(BLOCK):
        html = example.render(EmailStyles())
        assert len(html.encode()) < (8_000 if example.name == "very_long" else 5_000)


# Any text, any value.

PIECES = st.sampled_from(
    ["{", "}", "{{", "{%", "%}", "url", "(", '"', "'", "<", ">", "&", "</p>", "<script>", "\n"]
    + ["\n\n", " ", "a", "\u05d0", "\u202e", "\0", "|", "\\", "endif", "%22", "+"]
)
TEXT = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
VALUE = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())


@given(
    texts=st.fixed_dictionaries(
        {name: TEXT for name in ("value", "heading", "text", "other_text", "button_text")}
    ),
    rule=st.sampled_from(["has", "lacks", "equals"]),
    value=VALUE,
)
@settings(max_examples=60)
def test_no_text_and_no_value_breaks_what_is_sent(
    texts: dict[str, str], rule: str, value: str
) -> None:
    typed = {name: f"x{text}" for name, text in texts.items()}
    given = {"field": "membership", "rule": rule, "button_link": LINK, **typed}
    assert judge_sent(BLOCK, render(BLOCK, given), {"membership": value}) == []
